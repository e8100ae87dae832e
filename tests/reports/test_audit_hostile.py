"""Whatever a path, a workload, a prompt or a message says, every form of the audit stays what it is."""

from __future__ import annotations

import json
import re
import unicodedata
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from cachelens.reports.audit_escaping import inert, xml_document, xml_text
from cachelens.reports.json_documents import json_report
from tests.reports.audit_sample import HOSTILE, hostile
from tests.reports.test_audit_formats import FORMATS, render

PIECES = (
    "::error::",
    "##[add-mask]",
    "##vso[x]",
    "\n",
    "\r",
    "\x1b[2J",
    "|",
    "<b>",
    "`",
    "[a](b)",
    "%0A",
    "]]>",
    "&#10;",
    ",",
)
ANY_TEXT = (
    st.text(st.characters(codec=None))
    | st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join)
    | st.just(HOSTILE)
)
COMMAND = re.compile(r"##\w*\[")
"""What a build server obeys wherever it stands in a line."""


@given(ANY_TEXT, st.integers(10, 130))
def test_no_form_obeys_or_breaks(text: str, width: int) -> None:
    for form in FORMATS:
        shown = render(form, hostile(text), detail=True, show_values=True, width=width)
        assert not {unicodedata.category(char) for char in shown if char != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for line in shown.splitlines():
            if line.lstrip().startswith("::"):
                assert form == "github"
                assert re.match(r"::(error|warning|notice) [^:]*title=[^:]*::", line)
            else:
                assert not COMMAND.search(line)
        if form in {"json", "sarif", "gitlab"}:
            json.loads(shown)
        if form == "junit":
            ET.fromstring(shown)  # noqa: S314 - ours


@given(ANY_TEXT)
def test_inert_text_holds_no_command_however_it_is_cut(text: str) -> None:
    shown = inert(text)
    assert "::" not in shown
    assert not COMMAND.search(shown)


@given(ANY_TEXT)
def test_xml_keeps_what_it_can_hold(text: str) -> None:
    element = ET.Element("a", b=xml_text(text))
    element.text = xml_text(text)
    read = ET.fromstring(xml_document(ET.tostring(element, encoding="unicode")))  # noqa: S314 - ours
    assert read.text == (xml_text(text) or None)
    assert read.get("b") == xml_text(text)


@given(st.dictionaries(st.text(), st.text(), max_size=3))
def test_json_means_what_it_was_given(document: dict[str, str]) -> None:
    assert json.loads(json_report(document)) == document
