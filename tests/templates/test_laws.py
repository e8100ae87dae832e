"""Laws: nothing that is sent is lost, and everything stands where it is said to stand."""

from __future__ import annotations

import json
import string
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.catalog import load_catalog
from cachelens.model.location import Location
from cachelens.model.template import ParsedFile, Span, SpanKind
from cachelens.templates.json_nodes import parse_json
from cachelens.templates.nodes import Items, Mapping, Node, Scalar, text_of, walk
from cachelens.templates.placeholders import format_spans
from cachelens.templates.places import Places, Text
from cachelens.templates.reading import parse_text
from cachelens.templates.yaml_nodes import parse_yaml
from tests.templates import outline
from tests.templates.outline import cut
from tests.templates.test_languages import FILES

PROSE = st.text("abc XY.,:;\n\té😀#-'\"()[]", min_size=1, max_size=20)
NAMES = st.sampled_from(["user", "doc.title", "items[0]", "now()", "a|upper", "x if y else z"])
PATHS = st.sampled_from(["user", "doc.title", "this", "../up", "json order indent=2"])

Parts = list[tuple[str, str]]
"""What is sent: (`text`, literal) and (`value`, source), in order."""


def flat(spans: tuple[Span, ...]) -> Parts:
    """Write spans as parts, the head of a block in front of what it holds."""
    parts: Parts = []
    for span in spans:
        parts.append(("text" if span.kind is SpanKind.LITERAL else "value", span.text))
        parts += [part for branch in span.branches for part in flat(branch)]
    return joined(parts)


def joined(parts: Parts) -> Parts:
    """Join neighbouring texts."""
    result: Parts = []
    for kind, text in parts:
        if result and result[-1][0] == kind == "text":
            result[-1] = (kind, result[-1][1] + text)
        elif text:
            result.append((kind, text))
    return result


def read(text: str, language: str) -> ParsedFile:
    return parse_text(text, Path("t.txt"), language=language)


def spans_of(parsed: ParsedFile) -> tuple[Span, ...]:
    return tuple(span for template in parsed.templates for message in template.messages for span in message.spans)


Written = tuple[str, Parts]


@st.composite
def written(draw: st.DrawFn, values: st.SearchStrategy[str], blocks: list[tuple[str, str, str]], empty: str) -> Written:
    """Draw a template and what it sends."""

    def one(depth: int) -> Written:
        kind = draw(st.sampled_from(["text", "value", "empty", *(["block"] if depth < 3 else [])]))
        if kind == "text":
            text = draw(PROSE)
            return text, [("text", text)]
        if kind == "value":
            source = draw(values)
            return "{{ " + source + " }}", [("value", source)]
        if kind == "empty":
            return empty, []
        opening, head, closing = draw(st.sampled_from(blocks))
        body = [one(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        parts = [part for _, inner in body for part in inner]
        return opening + "".join(text for text, _ in body) + closing, [("value", head), *parts]

    pieces = [one(0) for _ in range(draw(st.integers(1, 6)))]
    # Text around all: the last line end, and a tag alone in its line, have rules of their own.
    return "^" + "|".join(text for text, _ in pieces) + "$", joined(
        [("text", "^"), *[part for _, inner in pieces for part in [*inner, ("text", "|")]][:-1], ("text", "$")]
    )


JINJA_BLOCKS = [("{% if q %}", "q", "{% endif %}"), ("{% for i in q %}", "i in q", "{% endfor %}")]
HANDLEBARS_BLOCKS = [("{{#if q}}", "if q", "{{/if}}"), ("{{#each q}}", "each q", "{{/each}}")]


@given(written(NAMES, JINJA_BLOCKS, "{# no {{ x }} #}"))
def test_jinja_loses_no_text_and_no_value(case: Written) -> None:
    text, parts = case
    parsed = read(text, "jinja2")
    assert parsed.problems == ()
    assert flat(spans_of(parsed)) == parts
    assert all(cut(text, span.location) == span.text for span in outline.all_spans(parsed))
    check_places(text, parsed)


@given(written(PATHS, HANDLEBARS_BLOCKS, "{{!-- no {{x}} --}}"))
def test_handlebars_loses_no_value_and_keeps_its_order(case: Written) -> None:
    text, parts = case
    parsed = read(text, "handlebars")
    assert parsed.problems == ()
    assert only_values(flat(spans_of(parsed))) == only_values(parts)
    check_places(text, parsed)


def only_values(parts: Parts) -> Parts:
    return [part for part in parts if part[0] == "value"]


@given(st.lists(st.one_of(PROSE, st.sampled_from(["{a}", "{b.c[0]}", "{d!r:>10}", "{{", "}}"])), max_size=8))
def test_a_format_string_is_read_as_python_reads_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    wanted: Parts = []
    for literal, field, form, conversion in string.Formatter().parse(text):
        wanted.append(("text", literal))
        if field is not None:
            tail = (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            wanted.append(("value", field + tail))
    assert joined(flat(format_spans(Text.whole("t", text)))) == joined(wanted)


# --- Values in files -----------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t"), max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def plain(node: Node | None) -> object:
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.pairs}
    return node.value if node is not None else None


def check_words(text: str, root: Node | None) -> None:
    """Every run of letters of a value stands in the file where the value says."""
    places = Places("t", text)
    for node in walk(root):
        if isinstance(node, Scalar):
            value = text_of(node, places)
            for start, sign in enumerate(node.value):
                if sign.isascii() and sign.isalnum():
                    assert cut(text, value.location(start, start + 1)) in {sign, *escapes(sign)}


def escapes(sign: str) -> set[str]:
    return {f"\\u{ord(sign):04x}", f"\\x{ord(sign):02x}"}


@given(VALUES, st.sampled_from([None, '"', "'", "|", ">"]), st.sampled_from([20, 80]))
def test_a_value_of_yaml_is_what_yaml_says_and_stands_where_it_is_said(value: object, style: str, width: int) -> None:
    text = yaml.safe_dump(value, default_style=style, width=width, allow_unicode=True)
    root = parse_yaml(text)
    assert plain(root) == yaml.load(text, yaml.BaseLoader)  # noqa: S506  # builds nothing but texts
    check_words(text, root)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_a_value_of_json_is_what_json_says_and_stands_where_it_is_said(
    value: object, ascii_only: bool, indent: int
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    root = parse_json(text)
    assert plain(root) == value
    check_words(text, root)


# --- Any input -----------------------------------------------------------------------------------------------------


def check_places(text: str, parsed: ParsedFile) -> None:
    """Places lie inside the file, in order, and what is put in stands there."""
    lines = text.split("\n")
    for span in outline.all_spans(parsed):
        place = span.location
        assert 1 <= place.line <= place.end_line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert 1 <= place.end_column <= len(lines[place.end_line - 1]) + 1
        if span.kind is SpanKind.VARIABLE:
            assert cut(text, place) == span.text
    for template in parsed.templates:
        for message in template.messages:
            assert all(start(a.location) <= start(b.location) for a, b in pairwise(message.spans))


def start(place: Location) -> tuple[int, int]:
    return place.line, place.column


SNIPPETS = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "- ",
    "\n",
    "---\n",
    '"',
    "'",
    "\\",
    "{",
    "}",
    "[",
    ": ",
    "|",
    ">",
    "&a ",
    "*a",
]
SNIPPETS += [
    "{% if a %}",
    "{% endif %}",
    "{{#each x}}",
    "{{/each}}",
    "{{else}}",
    "system:\n",
    "\x00",
    "\r",
    "\u2028",
    "\ufeff",
]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a fixture with pieces cut out, put in and doubled, and the language to read it as."""
    path = draw(st.sampled_from(FILES))
    text = path.read_text(encoding="utf-8")
    for _ in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, len(text)))
        last = min(first + draw(st.integers(0, 30)), len(text))
        put = draw(st.one_of(st.just(""), st.sampled_from(SNIPPETS), st.just(text[first:last] * 2)))
        text = text[:first] + put + text[last:]
    return text, draw(st.sampled_from([*load_catalog("templates").ids]))


@settings(max_examples=400)
@given(damaged())
def test_damage_is_a_problem_and_never_an_error(case: tuple[str, str]) -> None:
    text, language = case
    parsed = read(text, language)
    lines = text.split("\n")
    for span in outline.all_spans(parsed):
        assert 1 <= span.location.line <= span.location.end_line <= len(lines)
        assert span.location.end_column <= len(lines[span.location.end_line - 1]) + 1
    for problem in parsed.problems:
        assert problem.location.line <= len(lines)


@pytest.mark.parametrize("language", load_catalog("templates").ids)
@given(text=st.text(max_size=60) | st.text("{}%#/-\"' \nab:[]&*|>!<$", max_size=60))
def test_any_text_is_read_by_any_language(language: str, text: str) -> None:
    read(text, language)
