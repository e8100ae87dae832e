"""Reports on one request: masked unless asked, escaped always, and JSON under its schema."""

from __future__ import annotations

import json
import os
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.model.explanation import (
    Advice,
    Cause,
    Change,
    Counts,
    Difference,
    Explanation,
    Loss,
    Owner,
    Paid,
    Predecessor,
    RequestRef,
)
from cachelens.reports import explain_shape as v1
from cachelens.reports.base import Report, ReportOptions
from cachelens.reports.diff_json import DiffJson
from cachelens.reports.diff_text import DiffText
from cachelens.reports.explain_json import ExplainJson, schema_document
from cachelens.reports.explain_markdown import ExplainMarkdown
from cachelens.reports.explain_text import ExplainText
from cachelens.reports.masking import lines_shown
from tests.reports.test_markdown_safety import PARSER

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "explain.v1.json"
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that a terminal obeys instead of showing."""
PLAIN, LOUD = ReportOptions(), ReportOptions(show_values=True)
REPORTS: tuple[Report[Explanation], ...] = (ExplainText(), ExplainMarkdown(), ExplainJson(), DiffText(), DiffJson())


def ref(number: int, name: str = "msg_1") -> RequestRef:
    return RequestRef(
        number=number,
        id=name,
        path="week.jsonl",
        line=number,
        model="claude-opus-5",
        provider="anthropic",
        session="s1",
        workload="chat",
        at_us=1_794_227_314_000_000,
        tokens=2000,
    )


def explanation(name: str = "msg_1", before: str = "Monday", after: str = "Tuesday") -> Explanation:
    line = "It is {}."
    change = Change(
        before=before, after=after, kind="text", line=1, column=7, around=(line.format(before), line.format(after))
    )
    return Explanation(
        version="1",
        request=ref(2, name),
        predecessor=Predecessor(request=ref(1), relation="same session", gap_us=90_000_000, shared_tokens=3),
        recorded=Counts(read=0, written=2000, plain=0, total=2000),
        replayed=Counts(read=0, written=2000, plain=0, total=2000),
        readable=1984,
        cause=Cause.DIVERGED,
        evidence=("request #1 left 2,000 tokens to be read; this one begins with 3 of them",),
        difference=Difference(
            place="system 1",
            section="system",
            other_place="system 1",
            token=3,
            exact=True,
            line=1,
            column=7,
            first_tokens=(" Monday", " Tuesday"),
            parameters=(("tool_choice", "", after),),
            tools="1 tool added",
            tool_names=(after,),
            changes=(change,),
            changes_in_all=1,
            context=(f"-It is {before}.", f"+It is {after}."),
            unchanged_behind=1990,
        ),
        loss=Loss(
            tokens=1990,
            money=Decimal("0.0114425"),
            read_price=Decimal("0.5"),
            paid=(Paid(unit="write_5m", tokens=1990, price=Decimal("6.25")),),
            price_id="claude-opus-5",
            price_checked="2026-11-23",
        ),
        advice=Advice(owner=Owner.YOURS, reason="it lies in what is sent", next_step="move it", rule="V101"),
        rules="anthropic_messages",
        rules_checked="2026-11-23",
        requests=2,
    )


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_values_are_shown_on_request_only(report: Report[Explanation]) -> None:
    quiet, loud = report.render(explanation(), PLAIN), report.render(explanation(), LOUD)
    assert "Monday" not in quiet
    assert "Tuesday" not in quiet
    assert "Monday" in loud
    assert "Tuesday" in loud
    assert report.render(explanation(), PLAIN) == quiet


SECRET = "sk-ant-api03-aaaaaaaaaaaaaaaa"


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_a_secret_is_never_shown(report: Report[Explanation]) -> None:
    shown = report.render(explanation(before=SECRET, after=f"password: {SECRET}"), LOUD)
    assert SECRET not in shown
    assert "secret" in shown


def test_the_rest_of_a_secret_is_one_too() -> None:
    """Two keys begin alike, so that what differs does not look like one."""
    change = Change(before="AAAA", after="BBBB", kind="id", line=1, column=12, around=(f"key {SECRET}AAAA", "key BBBB"))
    result = explanation()
    assert result.difference is not None
    found = msgspec.structs.replace(result.difference, changes=(change,), context=(f"-key {SECRET}AAAA",))
    for report in REPORTS:
        assert "AAAA" not in report.render(msgspec.structs.replace(result, difference=found), LOUD)


def test_a_private_key_is_hidden_to_its_last_line() -> None:
    lines = ["-a", "+-----BEGIN KEY-----", "+MIIEvQIBADANBg", "+kqhkiG9w0BAQEF", "+-----END KEY-----", " b"]
    shown = lines_shown(lines)
    assert (shown[0], shown[-1]) == ("-a", " b")
    assert "MIIE" not in "".join(shown)
    assert "kqhk" not in "".join(shown)


@given(st.text(st.characters(codec=None), min_size=1))
def test_nothing_in_a_log_is_obeyed(text: str) -> None:
    hostile = explanation(name=text, before=text, after=text + "x")
    for options in (PLAIN, LOUD):
        screen = ExplainText().render(hostile, options) + DiffText().render(hostile, options)
        assert {unicodedata.category(char) for char in screen if char != "\n"}.isdisjoint(OBEYED)
        tokens = PARSER.parse(ExplainMarkdown().render(hostile, options))
        live = [token.tag for token in tokens if token.type == "heading_open"]
        assert live == ["h3"]
        kinds = {part.type for token in tokens for part in token.children or ()}
        assert kinds <= {"text", "text_special", "strong_open", "strong_close", "html_inline", "code_inline"}
        for report in (ExplainJson(), DiffJson()):
            json.loads(report.render(hostile, options).encode())


def test_published_schema_is_the_one_in_use() -> None:
    """Rewrite with CACHELENS_UPDATE_SNAPSHOTS=1; within v1 only additions are allowed."""
    if os.environ.get("CACHELENS_UPDATE_SNAPSHOTS") == "1":
        SCHEMA.write_text(schema_document(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


@pytest.mark.parametrize("options", [PLAIN, LOUD])
def test_documents_are_valid_under_the_schema(options: ReportOptions) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for report in (ExplainJson(), DiffJson()):
        jsonschema.Draft202012Validator(schema).validate(json.loads(report.render(explanation(), options)))


def test_the_shape_knows_every_cause_and_owner() -> None:
    assert set(get_args(v1.CauseName)) == {cause.value for cause in Cause}
    assert set(get_args(v1.OwnerName)) == {owner.value for owner in Owner}


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = ExplainText().render(explanation(), ReportOptions(width=width, show_values=True))
    assert max(map(len, text.splitlines())) <= max(width, 40), "a table of counts needs 40 columns"
