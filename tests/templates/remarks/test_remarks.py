"""Comments are told from prompt text that looks like them."""

from __future__ import annotations

import pytest

from cachelens.catalog import load_catalog
from cachelens.templates.remarks.base import Page
from cachelens.templates.remarks.reading import remarks_in, ways

CASES = {
    "jinja2": 'a {# yes 1 #} {% raw %}{# no #}{% endraw %} {{ "{# no #}" }}\n  {#- yes 2 -#}  \nb {# no',
    "handlebars": "{{! yes 1 }} {{!-- yes 2 {{y}} --}} \\{{! no }} {{{{raw}}}} {{! no}} {{{{/raw}}}}",
    "markdown": "x <!-- yes 1 --> \n```\n<!-- no -->\n```\n~~~ \n<!-- no\n--> \n~~~\n<!-- yes 2 -->",
    "python": '# yes 1\nx = """\n# no\n"""  # yes 2\ny = f"""{a}\n# no"""\nz = "# no"\n',
    "typescript": '// yes 1 é\nconst x = `é\n// no ${ y /* no */ }\n`; /* yes 2 */\nconst s = "// no";\n',
    "promptfoo": '# yes 1\na: |  # yes 2\n  # no {# yes 3 #}\nb: "# no"\nc: d#no # yes 4\n',
    "crewai": "a: >\n  # no {# no #}\nb: c # yes 1\n",
    "prompty": "---\n# yes 1\nname: x\n---\nsystem:\n# no\n{# yes 2 #} {{! yes 3}}",
    "dotprompt": "---\nmodel: x # yes 1\n---\n# no {{! yes 2}} {# no #}",
    "text": "# no {# no #} <!-- no --> // no",
}


@pytest.mark.parametrize("language", CASES)
def test_comments_are_told_from_text(language: str) -> None:
    text = CASES[language]
    found = remarks_in(language, Page(f"a.{language}", text)).remarks
    assert [remark.text.strip()[:5] for remark in found] == [f"yes {n}" for n in range(1, text.count("yes") + 1)]
    assert all(remark.text.strip() in text[remark.start : remark.end] for remark in found)
    assert "no" not in "".join(remark.text for remark in found)


def test_text_in_an_element_is_no_comment() -> None:
    page = Page("a.tsx", "const a = <div>{/* yes */}\n// no\n</div>;")
    assert [remark.text for remark in remarks_in("typescript", page).remarks] == [" yes "]


def test_values_of_several_lines_are_known() -> None:
    for language, name, lines in (
        ("python", "a.py", (2, 4)),
        ("typescript", "a.ts", (2, 4)),
        ("chat", "a.yaml", (2, 3)),
    ):
        text = {
            "a.py": 'a = 1\nb = """x\n\n"""\nc = "d"\n',
            "a.ts": "const a = 1;\nconst b = `x\n\n`;\n",
            "a.yaml": "a: 1\nb: |\n  x\n\nc: d\n",
        }[name]
        ((first, last),) = remarks_in(language, Page(name, text)).values
        assert (text.count("\n", 0, first) + 1, text.count("\n", 0, last) + 1) == lines


@pytest.mark.parametrize("language", list(ways().languages))
@pytest.mark.parametrize("text", ["{#", "{{!", '"""', "`", "<!--", "a: |\n b: [", "---\n", "\x00", "\ud800", "(" * 500])
def test_nothing_that_is_broken_raises(language: str, text: str) -> None:
    remarks_in(language, Page("a", text))


def test_every_language_says_how_comments_are_written() -> None:
    assert set(ways().languages) == set(load_catalog("templates").ids)


def test_a_markdown_file_has_its_comments_whatever_reads_it() -> None:
    page = Page("a.md", "<!-- yes 1 --> {# yes 2 #}")
    assert [remark.text for remark in remarks_in("text", page).remarks] == [" yes 1 "]
    assert [remark.text for remark in remarks_in("jinja2", page).remarks] == [" yes 1 ", " yes 2 "]
