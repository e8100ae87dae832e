"""Eleven faults and a clean prompt in one file of source: each fault is visible where it stands."""

from pathlib import Path

import pytest

from cachelens.model.prompt import Role
from cachelens.model.template import SpanKind
from tests.templates.code_runs import named, parse_file, spans, varying

CASES = "templates/python/twelve_cases.py"


@pytest.mark.parametrize(
    ("function", "section", "kind", "text", "place", "call", "origin"),
    [
        ("format_with_clock", "message", "variable", "now", (25, 37), "datetime.datetime.now", (25, 68)),
        ("percent_with_clock", "message", "variable", "%s", (32, 28), "datetime.date.today", (32, 43)),
        ("jinja_with_clock", "system", "variable", "now", (39, 51), "datetime.datetime.now", (43, 36)),
        ("helper_with_clock", "system", "variable", "stamp()", (54, 30), "datetime.datetime.now", (49, 14)),
        ("shuffled_tools", "tools", "variable", "tools", (67, 32), "random.shuffle", (65, 5)),
        ("tools_from_a_set", "tools", "loop", "name in {w.lower() for w in wanted}", (74, 69), "set", (74, 77)),
        ("langchain_with_clock", "message", "variable", "today", (90, 32), "datetime.date.today", (93, 35)),
        ("files_in_any_order", "system", "loop", 'name in os.listdir("notes")', (97, 68), "os.listdir", (97, 76)),
        ("unsorted_json", "system", "variable", "json.dumps(settings)", (104, 22), "json.dumps", (104, 22)),
        ("fresh_id", "system", "variable", "uuid.uuid4()", (109, 25), "uuid.uuid4", (109, 25)),
    ],
)
def test_a_fault_is_visible_where_it_stands(
    fixtures: Path,
    function: str,
    section: str,
    kind: str,
    text: str,
    place: tuple[int, int],
    call: str,
    origin: tuple[int, int],
) -> None:
    template = named(parse_file(fixtures / CASES), function)
    found = [
        span
        for message in template.messages
        if message.section == section and message.role is not Role.USER
        for span in message.spans
        if call in span.calls
    ]
    assert [(span.kind.value, (span.location.line, span.location.column)) for span in found] == [(kind, place)]
    ends = [(end.location.line, end.location.column) for end in found[0].origins] or [place]
    assert ends[0] == origin
    assert found[0].text == text


def test_a_session_id_in_the_system_prompt_keeps_its_name(fixtures: Path) -> None:
    template = named(parse_file(fixtures / CASES), "session_in_system")
    first = varying(template)[0]
    assert (first.names, first.location.line, first.location.column) == (("session_id",), 83, 27)
    assert [(end.expression, end.location.line, end.location.column) for end in first.origins] == [
        ("session_id", 79, 38)
    ]


def test_the_clean_prompt_is_literal_up_to_its_last_message(fixtures: Path) -> None:
    template = named(parse_file(fixtures / CASES), "clean")
    *stable, last = template.messages
    assert [(message.section, message.marked) for message in stable] == [("tools", True), ("system", True)]
    assert all(span.kind is SpanKind.LITERAL for message in stable for span in message.spans)
    assert [span.calls for span in last.spans if span.calls] == [("datetime.datetime.now",)]


def test_unsorted_json_says_nothing_of_sorted_keys(fixtures: Path) -> None:
    template = named(parse_file(fixtures / CASES), "unsorted_json")
    assert all("sort_keys=True" not in span.filters for span in spans(template))
