"""A file keeps every byte that no edit touches."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.fixes.text import FileText
from cachelens.model.fix import Edit
from cachelens.templates.files import UnusableError
from tests.fixes.judging import mended

MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "": b""}
CONTENT = st.text(st.sampled_from("abé\r\n \u2028😀"), max_size=30)


def encoded(text: str, encoding: str) -> bytes:
    return MARKS[encoding] + text.encode(encoding or "utf-8")


@given(CONTENT, st.sampled_from(sorted(MARKS)))
def test_a_file_that_is_not_edited_keeps_its_bytes(text: str, encoding: str) -> None:
    data = encoded(text, encoding)
    file = FileText.of("a", data)
    assert file.data == data
    assert file.edited(()).data == data
    assert "\r" not in file.text


@given(CONTENT, st.sampled_from(sorted(MARKS)), st.data())
def test_an_edit_changes_what_it_says_and_nothing_else(text: str, encoding: str, data: st.DataObject) -> None:
    file = FileText.of("a", encoded(text, encoding))
    start = data.draw(st.integers(0, len(file.text)))
    end = data.draw(st.integers(start, len(file.text)))
    fixed = file.edited([Edit(start, end, "x\ny")])
    assert fixed.text == file.text[:start] + "x\ny" + file.text[end:]
    assert fixed.data.startswith(MARKS[encoding])
    same = file.edited([Edit(start, end, file.text[start:end])])
    assert same.text == file.text
    if len({end for end in ("\r\n", "\r", "\n") if end in text.replace("\r\n", "" if end != "\r\n" else "\r\n")}) < 2:
        assert same.data == file.data


def test_new_lines_end_as_most_lines_do() -> None:
    for end in ("\n", "\r\n", "\r"):
        file = FileText.of("a", f"one{end}two{end}".encode())
        assert file.edited([Edit(3, 3, "\nmore")]).data == f"one{end}more{end}two{end}".encode()


def test_what_is_no_text_is_refused() -> None:
    for data in (b"\x00a", b"\xff", b"a\xe9"):
        with pytest.raises(UnusableError):
            FileText.of("a", data)


def test_a_move_keeps_mark_line_ends_and_a_missing_last_one() -> None:
    text = "It is {{ now() }}.\r\n\r\nBe kind and\r\ndo not sing."
    fixed = mended(codecs.BOM_UTF8 + text.encode(), "system.jinja2", "V101").after
    assert fixed == codecs.BOM_UTF8 + b"Be kind and\r\ndo not sing.\r\n\r\nIt is {{ now() }}."
