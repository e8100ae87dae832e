"""The forms of what a change costs: as reviewed, and harmless whatever things are called."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.catalog import load_catalog
from cachelens.model.change import Cause, ChangeNote, ChangeResult, Difference, Move, Note, Reason, Side, Why
from cachelens.model.location import Location
from cachelens.model.result import Evidence, InputSummary, SkipCount
from cachelens.reports.audit_diff_json import schema_document
from cachelens.reports.base import ReportOptions
from tests.reports.snapshots import check

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "audit-diff.v1.json"
FORMS = {"text": "audit-diff.txt", "json": "audit-diff.v1.json", "markdown": "audit-diff.md"}


def side(read: int, cost: str) -> Side:
    return Side(
        input_tokens=1_000_000,
        read_tokens=read,
        token_hit_rate=read / 1_000_000,
        cost=Decimal(cost),
        cost_per_month=Decimal(cost) * 4,
    )


def difference(name: str) -> Difference:
    return Difference(
        workload=name,
        requests=6_000,
        changed=1_200,
        before=side(780_000, "332"),
        after=side(410_000, "435"),
        delta=Decimal(103),
        delta_per_month=Decimal(412),
        delta_share=0.31,
    )


def sample(name: str = "support-bot", path: str = "prompts/support.jinja2", text: str = "request_id") -> ChangeResult:
    def cause(move: Move, before: int | None, after: int | None) -> Cause:
        return Cause(
            expression=text,
            location=Location(path, 3, 12, 3, 22),
            workload=name,
            move=move,
            token_before=before,
            token_after=after,
            share_before=None if before is None else 0.5,
            share_after=None if after is None else 1.0,
        )

    return ChangeResult(
        version="0.1.0",
        base=text if name != "support-bot" else "main",
        inputs=(InputSummary(path="week.jsonl", format="api", lines=6_001, requests=6_000),),
        skips=(SkipCount(path=path, reason="not valid JSON", detail="", lines=1, first_line=41),),
        requests=6_000,
        days=7.5,
        templates=5,
        changed=2,
        tied=1,
        total=difference(""),
        workloads=(difference(name),),
        causes=(
            cause(Move.NEW, None, 14),
            cause(Move.GONE, 20, None),
            cause(Move.EARLIER, 6_210, 14),
            cause(Move.LATER, 14, 6_210),
            cause(Move.OFTENER, 14, 14),
            cause(Move.RARER, 14, 15),
        ),
        reasons=tuple(
            Reason(why=why, workload=name, tokens_before=1_500, tokens_after=700, minimum=least)
            for why, least in ((Why.BELOW_MINIMUM, 1_024), (Why.SHORTER, None), (Why.UNKNOWN, None))
        ),
        notes=(
            ChangeNote(
                code=Note.NOT_IN_TRAFFIC, message=f"template `{text}` changed", location=Location(path, 1, 1, 1, 2)
            ),
            ChangeNote(code=Note.TOO_MUCH_WORK, message="too much work"),
        ),
        evidence=Evidence.FITTED,
    )


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_as_reviewed(form: str) -> None:
    rendered = load_catalog("reports").get(f"audit-diff-{form}")().render(sample(), ReportOptions())
    check(FORMS[form], rendered)


def test_the_schema_on_disk_is_the_one_of_the_code() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_without_prices_and_without_a_tie_it_is_said() -> None:
    import msgspec

    unpriced = msgspec.structs.replace(difference(""), delta=None, delta_per_month=None, delta_share=None)
    text = load_catalog("reports").get("audit-diff-text")()
    shown = text.render(msgspec.structs.replace(sample(), total=unpriced), ReportOptions())
    assert "cost unknown" in shown
    shown = text.render(msgspec.structs.replace(sample(), tied=0), ReportOptions())
    assert "cannot be told" in shown.replace("\n", " ")


HOSTILE = st.text(
    alphabet=st.sampled_from("\x1b\x07\x9b[]|<>&`*_#@!\n\r:-(){}$~\\ab\u202e\ud800"), min_size=1, max_size=40
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_names_stay_names(name: str, path: str, text: str) -> None:
    result = sample(name, path, text)
    for form in FORMS:
        rendered = load_catalog("reports").get(f"audit-diff-{form}")().render(result, ReportOptions())
        assert not any(sign in rendered for sign in "\x1b\x07\x9b\r\u202e")
        assert not any(line.startswith(("::", "##[")) for line in rendered.splitlines())
        if form == "json":
            assert json.loads(rendered)["causes"][0]["move"] == "new"
        if form == "markdown":
            rows = [line for line in rendered.splitlines() if line.startswith("| ")]
            assert len(rows) == 3
            assert {line.count("|") for line in rows} == {9}
