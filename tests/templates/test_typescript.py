"""TypeScript and JavaScript: what is followed, what is found, and what is said without the grammar."""

from pathlib import Path

import pytest

from cachelens.model.template import SpanKind
from tests.templates.code_runs import cut, named, only, parse, parse_file, said, varying

pytest.importorskip("tree_sitter_typescript", reason="needs the extra `code`")

TRAVEL = "templates/typescript/travel.tsx"
CALL = "client.responses.create({ model: 'm', instructions: system, input: 'Go.' });\n"


@pytest.mark.parametrize(
    ("function", "section", "text", "place", "call"),
    [
        ("clockInSystem", "message", "stamp()", (27, 42), "new Date"),
        ("randomRequest", "system", "randomUUID()", (62, 30), "node:crypto.randomUUID"),
        ("randomRequest", "system", "Math.random()", (62, 47), "Math.random"),
        ("randomRequest", "system", "JSON.stringify(profile)", (62, 66), "JSON.stringify"),
        ("randomRequest", "system", "wanted", (62, 102), "Set"),
        ("geminiPlan", "system", "process.env.REGION", (71, 44), "process.env"),
        ("Concierge.answer", "system", "Date.now()", (78, 46), "Date.now"),
        ("viaLangChain", "message", "today", (94, 25), "new Date"),
    ],
)
def test_a_fault_is_visible_where_it_stands(
    fixtures: Path, function: str, section: str, text: str, place: tuple[int, int], call: str
) -> None:
    template = named(parse_file(fixtures / TRAVEL), function)
    found = [
        (span.text, (span.location.line, span.location.column))
        for message in template.messages
        if message.section == section
        for span in message.spans
        if call in span.calls
    ]
    assert (text, place) in found


def test_roles_sections_and_marks_are_read(fixtures: Path) -> None:
    parsed = parse_file(fixtures / TRAVEL)
    assert parsed.problems == ()
    assert [m.section for m in named(parsed, "clockInSystem").messages] == ["tools", "tools", "message", "message"]
    assert [m.marked for m in named(parsed, "idInSystem").messages] == [True, False]
    assert [m.section for m in named(parsed, "withHistory").messages] == ["message", "history", "message"]
    assert [m.section for m in named(parsed, "Concierge.answer").messages] == ["tools", "system", "message"]
    assert [m.section for m in named(parsed, "viaLangChain").messages] == ["message", "history", "message"]
    marked = next(t for t in parsed.templates if t.name == "Chat.ask").messages[0]
    assert (marked.role.name, marked.marked) == ("SYSTEM", True)


def test_a_sibling_file_is_followed(fixtures: Path) -> None:
    system = named(parse_file(fixtures / TRAVEL), "withHistory").messages[0]
    assert {span.location.path for span in system.spans} == {"rules.ts"}
    assert said(system) == "You plan train journeys across Europe.\nNever invent a connection."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("const system = `One ${two} \\u00e9\\n`;", "One <two> é\n"),
        ("const system = 'One. ' + rules + \"!\";", "One. <rules>!"),
        ("let system = 'One. '; system += 'Two.';", "One. Two."),
        ("const system = ['a', b].join('-');", "a-<b>"),
        ("const make = (x, y = 'Z') => x + y; const system = make('a');", "aZ"),
        ("function make({ x }) { return `${x}!`; } const system = make({ x: 'a' });", "a!"),
        ("const T = { a: 'Under a key' }; const system = T.a as string;", "Under a key"),
        ("const { a } = { a: 'Taken apart' }; const system = a!;", "Taken apart"),
        ("class A { t = 'Field'; get() { return this.t; } } const system = new A().get();", "Field"),
        ("class A { constructor(private t: string) {} } const system = new A('Own').t;", "Own"),
        ("const system = '  Fixed. '.trim().toUpperCase();", "FIXED."),
        ("const system = dedent`\n    a ${b}\n      c`;", "\na <b>\n  c"),
    ],
)
def test_a_text_is_put_together(source: str, text: str) -> None:
    assert said(only(f"{source}\n{CALL}", "app.ts").messages[0]) == text


def test_a_loop_over_items_holds_its_body_once() -> None:
    source = f"const system = docs.filter(ok).map((d) => `- ${{d.title}}`).join('\\n');\n{CALL}"
    (loop,) = only(source, "app.ts").messages[0].spans
    assert (loop.kind, loop.names[0], loop.filters) == (SpanKind.LOOP, "docs", ("filter", "join"))
    assert [span.text for span in loop.branches[0]] == ["- ", "d.title", "\n"]


def test_a_loop_in_other_words_grows_a_list() -> None:
    source = (
        "const messages = [{ role: 'system', content: 'S' }];\nhistory.forEach((t) => { messages.push(t); });\n"
        "client.chat.completions.create({ model: 'm', messages });\n"
    )
    assert [m.section for m in only(source, "app.js").messages] == ["message", "history"]


def test_places_count_characters_not_bytes() -> None:
    source = "const system = `ÄÖÜ 🚲 ${jetzt()} – ${größe}`;\n" + CALL
    found = varying(only(source, "app.ts"))
    assert [(cut(source, span), span.location.column) for span in found] == [("jetzt()", 25), ("größe", 38)]


def test_a_mistake_in_the_syntax_is_named_and_the_rest_is_read() -> None:
    parsed = parse(f"const system = `Kept`;\n{CALL}\nfunction ( {{\n", "app.ts")
    assert [said(template.messages[0]) for template in parsed.templates] == ["Kept"]
    assert [(problem.code, problem.location.line) for problem in parsed.problems] == [("syntax", 4)]


def test_without_the_grammar_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cachelens.templates.typescript.is_installed", lambda: False)
    (problem,) = parse(CALL, "app.ts").problems
    assert problem.code == "not-installed"
    assert "cachelens-sim[code]" in problem.message


def test_only_source_is_taken() -> None:
    from cachelens.templates.typescript import LANGUAGE

    names = ("a.ts", "a.tsx", "a.JSX", "a.mjs", "a.d.ts", "a.min.js", "a.py")
    assert [LANGUAGE.sniff(name, "") > 0 for name in names] == [True, True, True, True, False, False, False]
