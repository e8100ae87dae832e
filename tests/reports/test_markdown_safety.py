"""Markdown as a renderer reads it: no text of a log makes a heading, a list, a link, HTML or a mention."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cachelens.model.result import InputSummary, Note, SimulateResult, SkipCount, Status, TokenBasis
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.phrases import Phrase
from cachelens.reports.simulate_markdown import SimulateMarkdown
from tests.reports.sample import sample, scenario, totals, workload

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OUR_TAGS = {"<!-- -->", "<code>", "</code>"}
NAMES = (
    "# BIG.jsonl",
    "#12",
    "- [ ] task",
    "1. first",
    "    code.jsonl",
    "> quote",
    "---",
    "+ plus",
    "@user",
    "owner/repo#3",
    "GH-7",
    "a|b",
    "a\nb",
    "<b>x</b>",
    "https://evil.example",
    "www.evil.example",
    "[x](y)",
    "![x](y)",
    "`tick`",
    "~~gone~~",
)


def live(markdown: str) -> set[str]:
    """Name everything in a bullet with this text that is not plain text or code."""
    found = set()
    for token in PARSER.parse(f"- {markdown}\n"):
        found.add(token.type)
        for part in token.children or ():
            found.add(part.content if part.type == "html_inline" else part.type)
    return found - {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"}


PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "code_inline", "text_special", *OUR_TAGS}


@given(st.text(st.characters(codec=None)) | st.sampled_from(NAMES))
def test_no_text_becomes_markup(text: str) -> None:
    for shown in (markdown_prose(text), markdown_name(text), Phrase("", text, ": 1 line").markdown):
        assert live(shown) <= PLAIN


@pytest.mark.parametrize("name", NAMES)
def test_no_reference_is_left_outside_code(name: str) -> None:
    shown = re.sub(r"<code>.*?</code>|`[^`]*`", "", markdown_prose(name) + markdown_name(name))
    assert not re.search(r"[@#](?!<!--|\d+;)|gh-\d|://|www\.", shown.replace("&#", ""), re.IGNORECASE)


def hostile(name: str) -> SimulateResult:
    """A result in which everything that a log can name is called so."""
    row = workload(name, cost=None)
    preview = scenario(name, status=Status.PREVIEW, note=name, model=name, total=totals(), workloads=(row,))
    return msgspec.structs.replace(
        sample(),
        inputs=(InputSummary(path=name, format="x", lines=1, requests=1),),
        skips=(SkipCount(path=name, reason="not valid JSON", detail=name, lines=1, first_line=2),),
        bases=(
            TokenBasis(model=name, evidence=sample().bases[0].evidence, tokenizer="t", ratio=1, recorded_requests=1),
        ),
        validation=(sample().validation[0], msgspec.structs.replace(sample().validation[1], group=name)),
        notes=(Note(code="x", text=name),),
        scenarios=(scenario("as-recorded", total=totals(), workloads=(row,)), preview),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_comment_keeps_its_shape(name: str) -> None:
    """The same blocks come out whatever the log names."""

    def shape(result: SimulateResult) -> list[str]:
        text = SimulateMarkdown().render(result, ReportOptions(detail=True))
        return [token.type for token in PARSER.parse(text)]

    assert shape(hostile(name)) == shape(hostile("plain"))
