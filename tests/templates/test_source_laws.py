"""Laws of the readers of source: nothing raises, places lie in the file, and a variable's place holds its text."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cachelens.model.location import Location
from cachelens.model.template import ParsedFile, Span, SpanKind
from cachelens.templates.code.source import ByteOffsets, Source
from tests.templates.code_runs import parse, spans

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "templates"
SEEDS = {
    "app.py": (FIXTURES / "python" / "twelve_cases.py").read_text(encoding="utf-8"),
    "agents.py": (FIXTURES / "python" / "shop" / "agents.py").read_text(encoding="utf-8"),
    "app.tsx": (FIXTURES / "typescript" / "travel.tsx").read_text(encoding="utf-8"),
}
PIECES = (
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "'",
        '"',
        '"""',
        "`",
        "${",
        "f'",
        "\\",
        "\n",
        "\r",
        "\r\n",
        "    ",
        "#",
        "//",
        "%s",
        "%(x)s",
    ),
    *(
        "{{ x }}",
        "{% for a in b %}",
        "{x}",
        "é",
        "🚲",
        "\ufeff",
        "\x00",
        "\ud800",
        ", ",
        "= ",
        "+",
        "system",
        "messages=",
        "await ",
    ),
    *(
        "def f(x):\n",
        "return ",
        "for a in b:\n",
        "if c:\n",
        "lambda: ",
        "...",
        "**k",
        "*a",
        "=>",
        "const ",
        "prompt = ",
        "x += ",
    ),
    *(
        ".format(x=",
        ".join(",
        "client.responses.create(",
        "instructions=",
        "now()",
        "role: ",
        "class A:\n",
        "self.x",
        "print 1\n",
    ),
)


def check(text: str, parsed: ParsedFile) -> None:
    """Hold a result to the laws."""
    source = Source("", text)
    for problem in parsed.problems:
        inside(source, problem.location)
        assert problem.code
        assert problem.message
    for template in parsed.templates:
        inside(source, template.location)
        for message in template.messages:
            inside(source, message.location)
        for span in spans(template):
            inside(source, span.location)
            for origin in span.origins:
                inside(source, origin.location)
                assert source.cut(source.range(origin.location)) == origin.expression
            if span.kind is not SpanKind.LITERAL and span.text:
                assert source.cut(source.range(span.location)) == span.text or holds(source, span)


def inside(source: Source, at: Location) -> None:
    start, end = source.range(at)
    assert 0 <= start <= end <= len(source.text)
    back = source.location((start, end))
    assert (back.line, back.column, back.end_line, back.end_column) == (at.line, at.column, at.end_line, at.end_column)


def holds(source: Source, span: Span) -> bool:
    """An included file is placed at the string that names it."""
    return span.kind is SpanKind.INCLUDE and span.location.line <= len(source.starts)


@pytest.mark.parametrize("name", SEEDS)
def test_the_fixtures_obey(name: str) -> None:
    if name.endswith(".tsx"):
        pytest.importorskip("tree_sitter_typescript")
    check(SEEDS[name], parse(SEEDS[name], name))


@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), max_size=6),
)
def test_no_mutation_raises(name: str, edits: list[tuple[float, int, str]]) -> None:
    text = SEEDS[name]
    for where, removed, piece in edits:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + removed :]
    check(text, parse(text, name))


@given(st.sampled_from(["app.py", "app.ts", "app.jsx"]), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_no_text_raises(name: str, text: str) -> None:
    source = f"prompt = 1\n{text}"
    check(source, parse(source, name))


@given(
    st.lists(
        st.sampled_from(["Fixed ", "ä{{", "{value}", "{now():%H}", "{d['k']!r}", "\\n", "🚲"]), min_size=1, max_size=12
    )
)
@example(["{value}", "{value}"])
def test_spans_written_in_one_string_are_in_order(parts: list[str]) -> None:
    source = f'client.responses.create(instructions=f"{"".join(parts)}", input="x")\n'
    places = [span.location for template in parse(source).templates for span in template.messages[0].spans]
    assert places == sorted(places)
    assert len(places) >= sum(part.startswith("{") for part in parts)


@given(st.text(alphabet="aä€🚲\n\r ", max_size=60), st.data())
def test_bytes_and_characters_agree(text: str, data: st.DataObject) -> None:
    source = Source("x", text)
    offset = data.draw(st.integers(0, len(text)))
    width = len(text[:offset].encode())
    assert ByteOffsets(source).whole(width) == offset
    line = source.location((offset, offset)).line
    assert ByteOffsets(source).line(line, width - len(text[: source.starts[line - 1]].encode())) == offset


@pytest.mark.parametrize("name", ["app.py", "app.ts"])
@pytest.mark.parametrize(
    "text",
    [
        "prompt = " + "(" * 10_000 + ")" * 10_000,
        "prompt = " + "-" * 10_000 + "1",
        "prompt = " + "[" * 150 + "now()" + "]" * 150,
        "prompt = " + " + ".join(["a"] * 10_000),
        "prompt = a" + ".b()" * 3_000,
        "prompt = a" + "[0]" * 5_000,
        "prompt = " + "x if y else " * 2_000 + "z",
    ],
)
def test_depth_ends_in_a_problem_at_worst(name: str, text: str) -> None:
    parsed = parse(text + "\n", name)
    check(text + "\n", parsed)
    assert {problem.code for problem in parsed.problems} <= {"too-deep", "too-large", "syntax", "not-installed"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("prompt = 'x'\nprint prompt\n", "syntax"),
        ("prompt = (\n", "syntax"),
        ("prompt = '\x00'\n", "syntax"),
        ("prompt = '\ud800'\n", "syntax"),
        ("prompt = 1\n" + "# \n" * 700_000, "too-large"),
        ("prompt = " + "[" * 80 + "]" * 80 + "\n", "too-deep"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, code: str) -> None:
    assert [problem.code for problem in parse(text).problems] == [code]


def test_python_2_is_named() -> None:
    assert "Python 2" in parse("prompt = 'x'\nprint 'Hello', prompt\n").problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return f(x)\nprompt = f(1)\n",
        "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nprompt = f(1)\n",
        "class A:\n    def __init__(self):\n        self.a = A()\n    def prompt(self):\n        return self.a\n",
        "prompt = 'a b c d e'\n" + "prompt = prompt + prompt\n" * 60,
        "prompt = ['a']\n" + "prompt = [prompt, prompt]\n" * 60,
        "prompt = 'a b c d e'\n" + "if x:\n    prompt = prompt + y\nelse:\n    prompt = z + prompt\n" * 60,
        "prompt = {}\n" + "prompt = {'a': prompt, 'b': prompt}\n" * 60,
        "def f0(): return now()\n"
        + "".join(f"def f{n}(): return f{n - 1}() + f{n - 1}()\n" for n in range(1, 40))
        + "prompt = f39()\n",
    ],
)
def test_cycles_and_doubling_come_to_an_end(text: str) -> None:
    check(text, parse(text))


def test_a_file_without_a_word_of_prompts_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cachelens.templates.python.lower_python", lambda _source: pytest.fail("was parsed"))
    assert parse("def add(a, b):\n    return a + (b\n").templates == ()
