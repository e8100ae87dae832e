"""Untrusted text is harmless in every format, whatever it is."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cachelens.reports.escaping import (
    csv_cell,
    json_document,
    json_text,
    markdown_name,
    markdown_prose,
    visible,
)

ANY_TEXT = st.text(st.characters(codec=None))
"""Any code point, lone surrogates included."""


def test_escapes_name_the_character() -> None:
    assert visible("a\x1b[0m\n\u202e\udce9é") == r"a\x1b[0m\n\u202e\udce9é"


@given(ANY_TEXT)
def test_nothing_left_that_a_terminal_obeys(text: str) -> None:
    assert not {unicodedata.category(char) for char in visible(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(ANY_TEXT)
def test_no_cell_starts_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = csv_cell(text)
    assert not cell.startswith(("=", "@", "\t", "\r"))
    if cell.startswith(("+", "-")):
        float(cell)


@given(ANY_TEXT)
def test_a_cell_stays_one_cell(text: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([csv_cell(text), "end"])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""), strict=True)) == [[csv_cell(text), "end"]]


@given(ANY_TEXT)
def test_a_markdown_name_is_one_piece_of_code(text: str) -> None:
    shown = markdown_name(text)
    inner = shown.removeprefix("<code>").removesuffix("</code>").strip("`")
    assert not set(inner) & set("<>|`*[]@~\n")
    assert "\\" not in inner


@given(ANY_TEXT)
def test_markdown_prose_has_no_live_markup(text: str) -> None:
    shown = re.sub("([@#]|gh-)<!-- -->", "", markdown_prose(text), flags=re.IGNORECASE)
    shown = re.sub(r"&#\d+;", "", shown)
    assert not set(shown) & set("<>|`*[]@#~$\\\n")
    assert "://" not in shown


@given(ANY_TEXT)
def test_json_keeps_its_meaning(text: str) -> None:
    safe = json_text(text)
    document = json_document(json.dumps({"name": safe}, ensure_ascii=False))
    assert json.loads(document) == {"name": safe}
    assert not any("\x7f" <= char <= "\x9f" or char == "\u202e" for char in document)
