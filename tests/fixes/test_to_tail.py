"""Values go from the system prompt to the end of the user's last message."""

from __future__ import annotations

import pytest

from tests.fixes.judging import after

CHAT = "system:\nYou sell tea. It is {{ now() }}.\n\nuser:\n{{ question }}\n"


def test_a_clock_moves_and_a_pointer_stays() -> None:
    assert after(CHAT, "chat.jinja2", "V101") == CHAT
    assert after(CHAT, "chat.jinja2", "V101", unsafe=True) == (
        "system:\nYou sell tea. It is [current time, given at the end of the last user message].\n\n"
        "user:\n{{ question }}\n\ncurrent time: {{ now() }}\n"
    )


def test_two_values_are_told_apart_and_one_value_is_sent_once() -> None:
    text = "system:\nGuest {{ user.name }} ({{ user.id }}), {{ user.name }}.\n\nuser:\nHello\n"
    assert after(text, "chat.jinja2", "V103", unsafe=True) == (
        "system:\nGuest [user name, given at the end of the last user message]"
        " ([user id, given at the end of the last user message]),"
        " [user name, given at the end of the last user message].\n\n"
        "user:\nHello\n\nuser name: {{ user.name }}\n\nuser id: {{ user.id }}\n"
    )


def test_a_value_moves_from_one_text_of_a_yaml_file_to_another() -> None:
    text = "- role: system\n  content: |\n    It is {{ now }}.\n- role: user\n  content: |\n    Hello\n    {{ q }}\n"
    assert after(text, "prompts/chat.yaml", "V101", unsafe=True).endswith(
        "  content: |\n    Hello\n    {{ q }}\n\n    current time: {{ now }}\n"
    )


KEPT = {
    "no message of the user": "system:\nIt is {{ now() }}.\n",
    "the answer is begun": "system:\nIt is {{ now() }}.\n\nuser:\nHello\n\nassistant:\nWell\n",
    "it stands in a condition": "system:\n{% if a %}It is {{ now() }}.{% endif %}\n\nuser:\nHello\n",
    "it takes white space away": "system:\nIt is\n{{- now() }}.\n\nuser:\nHello\n",
    "its name is set on the way": "system:\n{% set day = now() %}It is {{ day }}.\n\nuser:\nHello\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_it_stays_where_it_cannot_move(text: str) -> None:
    assert after(text, "chat.jinja2", "V102", unsafe=True) == text


def test_a_yaml_text_that_would_no_longer_be_yaml_is_left_alone() -> None:
    text = "- role: system\n  content: It is {{now}} in the hall\n- role: user\n  content: Hello {{q}}\n"
    assert after(text, "prompts/chat.yaml", "V101", unsafe=True) == text
