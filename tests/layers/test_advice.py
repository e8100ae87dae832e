"""Kinds of workloads by what the log shows, one case each, in the order in which they are tried."""

from typing import Any

import pytest

from cachelens.layers.advice import Signs, kinds, shape_of

USUAL: dict[str, Any] = {
    "workload": "desk",
    "requests": 100,
    "questions": 100,
    "comparable": 100,
    "repeats": 30,
    "same": 30,
    "different": 0,
    "first_change_us": None,
    "regulated": False,
    "personal": False,
}


@pytest.mark.parametrize(
    ("signs", "kind"),
    [
        ({"questions": 49}, "coding"),
        ({"regulated": True}, "regulated"),
        ({"comparable": 0, "repeats": 0, "same": 0}, "unknown"),
        ({"same": 20, "different": 10, "first_change_us": 900_000_000}, "status"),
        ({"repeats": 4, "same": 4}, "unique"),
        ({"personal": True}, "support"),
        ({}, "faq"),
        ({"same": 4}, "unclear"),
    ],
)
def test_each_kind(signs: dict[str, Any], kind: str) -> None:
    found = shape_of(Signs(**{**USUAL, **signs}))
    assert found.kind == kind
    assert "{" not in found.why
    if kind == "status":
        assert "15.0 minutes" in found.why


def test_every_kind_is_tried() -> None:
    assert [kind.id for kind in kinds()] == [
        "coding",
        "regulated",
        "unknown",
        "status",
        "unique",
        "support",
        "faq",
        "unclear",
    ]
