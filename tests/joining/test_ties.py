"""What changes in the traffic is told at the variable of the template that made it, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.app import audit
from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.location import Location
from tests.joining.logs import RULES, at, log, row, rows

CLOCK = "You are the support agent of ACME.\nIt is {{ now() }}.\n" + RULES


def template(folder: Path, text: str, name: str = "support.jinja2") -> str:
    prompts = folder / "prompts"
    prompts.mkdir(exist_ok=True)
    (prompts / name).write_text(text, encoding="utf-8")
    return str(prompts)


def volatile(result: AuditResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.rule.startswith("V")]


def with_clock(number: int) -> str:
    return f"You are the support agent of ACME.\nIt is {at(number)}.\n{RULES}"


def test_a_clock_is_one_finding_with_the_line_of_the_template_and_the_money_of_the_traffic(tmp_path: Path) -> None:
    prompts, week = template(tmp_path, CLOCK), log(tmp_path, rows(with_clock))
    (alone,) = volatile(audit([week]))
    (both,) = volatile(audit([prompts, week]))
    assert isinstance(both.location, Location)
    assert (Path(both.location.path).name, both.location.line, both.location.column) == ("support.jinja2", 2, 10)
    assert both.traffic == alone.location
    assert isinstance(both.traffic, TrafficPlace)
    assert (both.rule, both.severity, both.cost) == (alone.rule, alone.severity, alone.cost)
    assert both.stranded_tokens == alone.stranded_tokens
    assert both.samples == alone.samples
    assert both.message.startswith(f"`now()` is a date or time at token {both.traffic.token} of system 1 in workload")


def test_traffic_says_what_a_value_is_better_than_its_name(tmp_path: Path) -> None:
    """By its name `{{ request_id }}` is an id; the traffic shows a clock there, and the template's guess is dropped."""
    prompts = template(tmp_path, CLOCK.replace("now()", "request_id"))
    (found,) = volatile(audit([prompts, log(tmp_path, rows(with_clock))]))
    assert found.rule == "V101"
    assert found.location == Location(f"{prompts}/support.jinja2", 2, 10, 2, 20)


def test_each_of_two_variables_is_told_at_its_place(tmp_path: Path) -> None:
    text = "You are the support agent of ACME.\nIt is {{ a }}.\n" + RULES + "\nRequest {{ b }} of today.\n" + RULES
    prompts = template(tmp_path, text)

    def system(number: int) -> str:
        return text.replace("{{ a }}", at(number)).replace("{{ b }}", f"{number * 7919:08x}-{number:04x}")

    found = {
        finding.location.line: finding.rule
        for finding in volatile(audit([prompts, log(tmp_path, rows(system))]))
        if isinstance(finding.location, Location)
    }
    assert found == {2: "V101", 3 + RULES.count("\n") + 1: "V102"}


def test_two_templates_that_fit_alike_are_both_named_and_neither_is_blamed(tmp_path: Path) -> None:
    template(tmp_path, CLOCK)
    prompts = template(tmp_path, CLOCK, "copy.jinja2")
    found = volatile(audit([prompts, log(tmp_path, rows(with_clock))]))
    shown = [finding for finding in found if isinstance(finding.location, TrafficPlace)]
    assert len(shown) == 1
    assert "one of 2" in shown[0].message
    assert "copy.jinja2:2" in shown[0].message
    assert "support.jinja2:2" in shown[0].message


@pytest.mark.parametrize(
    "text",
    [
        CLOCK.replace("ACME", "EMCA"),  # another fixed text
        "It is {{ now() }}.",  # too little of it
        "{{ now() }}",
    ],
)
def test_a_template_that_did_not_make_the_text_is_not_tied(tmp_path: Path, text: str) -> None:
    prompts = template(tmp_path, text)
    found = volatile(audit([prompts, log(tmp_path, rows(with_clock))]))
    assert [finding.traffic for finding in found if isinstance(finding.location, Location)] in ([], [None])
    assert any(isinstance(finding.location, TrafficPlace) for finding in found)


def test_the_part_that_makes_a_place_is_found_among_blocks_and_rounds(tmp_path: Path) -> None:
    text = (
        "You are the support agent of ACME.\n{% for f in facts %}\n* {{ f }}\n{% endfor %}\n"
        "{% if late %}\nIt is late: {{ clock }}.\n{% else %}\nIt is early: {{ clock }}.\n{% endif %}\n" + RULES
    )

    def system(number: int) -> str:
        facts = "\n* tea is hot\n\n* ice is cold\n"
        return f"You are the support agent of ACME.\n{facts}\n\nIt is early: {at(number)}.\n\n{RULES}"

    everything = volatile(audit([template(tmp_path, text), log(tmp_path, rows(system))]))
    (found,) = (finding for finding in everything if finding.traffic is not None)
    assert isinstance(found.location, Location)
    assert found.location.line == 8


def test_a_template_may_be_a_part_of_the_text(tmp_path: Path) -> None:
    prompts = template(tmp_path, CLOCK)
    written = [
        row(number, f"PREFIX OF THE GATEWAY.\n{with_clock(number)}\nMore of it.", f"Where is parcel {number}?")
        for number in range(12)
    ]
    (found,) = volatile(audit([prompts, log(tmp_path, written)]))
    assert isinstance(found.location, Location)
    assert found.location.line == 2


def test_a_comment_in_the_template_silences_what_traffic_shows(tmp_path: Path) -> None:
    text = CLOCK.replace("It is", "{# cachelens: ignore[V101] the answer needs it #}It is")
    result = audit([template(tmp_path, text), log(tmp_path, rows(with_clock))])
    assert volatile(result) == []
    assert [finding.suppression for finding in result.suppressed] == ["the answer needs it"]
