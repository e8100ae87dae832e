"""Laws of all fixes, over generated templates: nothing is lost, nothing gets worse, and once is enough."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.fixes.laws import lines, names
from cachelens.templates.reading import language_of, parse_text
from tests.fixes.judging import every_value, mended

RULES = ("V101", "V103", "V106", "F205", "V107")
PARAGRAPHS = st.sampled_from(
    [
        "It is {{ now }}.",
        "Guest: {{ user.name }}, {{ user.mail }}",
        "Be kind and do not sing.",
        "Do not sing of the sea,\nand bow to the guest.",
        "As said above, bow.",
        "Mind the following.",
        "1. Bow.",
        "   and again",
        "# Manners",
        "## In the night\nSleep, and do not dream.",
        "Pages:",
        "<page>\n\n{{ page }}\n\n</page>",
        "<open>",
        "```\n{{ code }}",
        "```",
        "[{{ a }}]({{ b }})",
        "Réponds au client, é.",
        "",
    ]
)
SPACE = st.sampled_from(["\n\n", "\n", "\n\n\n", "\n \t\n"])
JINJA = st.sampled_from(
    [
        "{% if late %}\nIt is {{ now() }}.\n\nSleep.\n{% endif %}",
        "{% for page in pages %}\n\n- {{ page }}\n{% endfor %}",
        "{% set day = now() %}",
        "{# of {{ no }} use #}",
        "{{- trimmed -}}",
        "{% raw %}{{ no }}{% endraw %}",
        "It is {{ now().strftime('%Y-%m-%d %H:%M') }}.",
        "system:",
        "user:",
        "{% include 'gone.j2' %}",
    ]
)
HANDLEBARS = st.sampled_from(
    [
        "{{#if late}}\nIt is {{now}}.\n\nSleep.\n{{/if}}",
        "{{#each pages}}\n\n- {{this}}\n{{/each}}",
        "{{! a }}",
        "{{> gone}}",
    ]
)
PYTHON = st.sampled_from(
    ["{os.listdir('a')}", "{json.dumps(day)}", "{', '.join(set(day))}", "{day:%Y-%m-%d %H:%M}", "{{kept}}"]
)


@st.composite
def texts(draw: st.DrawFn, blocks: st.SearchStrategy[str], end: st.SearchStrategy[str]) -> str:
    pieces = draw(st.lists(st.one_of(PARAGRAPHS, blocks), min_size=1, max_size=8))
    text = "".join(piece + draw(SPACE) for piece in pieces).rstrip("\n") + draw(st.sampled_from(["", "\n"]))
    return text.replace("\n", draw(end))


ENDS = st.sampled_from(["\n", "\r\n"])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a file and its name."""
    kind = draw(st.sampled_from(["jinja2", "hbs", "prompty", "py", "yaml"]))
    if kind == "hbs":
        return draw(texts(HANDLEBARS, ENDS)), "system.hbs"
    if kind == "py":
        body = draw(texts(PYTHON, st.just("\n"))).replace("{{ ", "{").replace(" }}", "}")
        return (
            f'import json, os\ndef prompt(day, now, user, page, code, a, b):\n    system_prompt = f"""{body}"""\n',
            "app.py",
        )
    text = draw(texts(JINJA, ENDS if kind != "yaml" else st.just("\n")))
    if kind == "prompty":
        return f"---\nname: a\n---\nsystem:\n{text}\nuser:\n{{{{ q }}}}\n", "a.prompty"
    if kind == "yaml":
        inner = text.replace("\n", "\n    ")
        return (
            f"- role: system\n  content: |\n    {inner}\n- role: user\n  content: |\n    {{{{ q }}}}\n",
            "prompts/chat.yaml",
        )
    return text, draw(st.sampled_from(["system.jinja2", "chat.jinja2"]))


@settings(max_examples=300)
@given(files(), st.booleans(), st.lists(st.sampled_from(RULES), min_size=1, max_size=2, unique=True))
def test_a_fixed_file_holds_the_same_and_is_fixed_once(case: tuple[str, str], unsafe: bool, rules: list[str]) -> None:
    text, name = case
    fixed = mended(text, name, *rules, unsafe=unsafe)
    after = fixed.after.decode()
    again = mended(after, name, *rules, unsafe=unsafe)
    assert again.after == fixed.after
    assert (fixed.after == text.encode()) == (fixed.applied == ())
    if not fixed.applied:
        return
    assert len({step.fix for step in fixed.applied}) <= len(fixed.applied) < 60
    before, now = (_parsed(one, name) for one in (text, after))
    assert [problem.code for problem in now.problems] == [problem.code for problem in before.problems]
    assert [names(one) for one in now.templates] == [names(one) for one in before.templates]
    if {step.fix for step in fixed.applied} == {"static-first"}:
        assert [lines(one) for one in now.templates] == [lines(one) for one in before.templates]
        assert sorted(after) == sorted(text)
    judge = every_value(*rules)
    findings, left = (sum(len(list(judge(one))) for one in parsed.templates) for parsed in (before, now))
    assert left <= findings


def _parsed(text: str, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    text = text.replace("\r\n", "\n")
    return parse_text(text, Path(name), name=name, language=language_of(name, text))
