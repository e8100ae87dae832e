"""What looks like a secret is never shown, and what only begins like one is."""

from __future__ import annotations

import pytest

from cachelens.reports.masking import is_secret, shown

JWT_HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"


@pytest.mark.parametrize(
    "text",
    [
        "sk-" + "ant-api03-abcdefgh",
        "sk_" + "live_abcdefgh1234",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ASIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "abcdefghijklmnopqrstuvwxyz",
        "github_pat_" + "11ABCDEFG0",
        "glpat-" + "abcdefghij",
        "xoxb-" + "1234567890",
        "hf_" + "abcdefghijklmnopqrstuvwxyz",
        f"{JWT_HEAD}.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln",
        "postgres://shop:hunter2@db.example/shop",
        "password: hunter2",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_secrets_are_told_wherever_they_stand(text: str) -> None:
    for written in (text, f"the key is {text}, keep it", f'"{text}"'):
        assert is_secret(written)
        assert text not in shown(written, values=True)


@pytest.mark.parametrize(
    "text",
    ["a task-oriented agent", "risk-management", "disk_usage_high", "https://shop.example:8080/a@b", "2026-11-15"],
)
def test_other_words_are_shown(text: str) -> None:
    assert shown(text, values=True) == f'"{text}"'
