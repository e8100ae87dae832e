"""Comments that silence findings, where they hold, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.config.settings import Settings
from cachelens.model.audit import AuditResult
from tests.selection.samples import CLOCK, RULES, audited, written

IGNORE = "cachelens: ignore[V101] the day matters"
PYTHON = (
    "import datetime\n\n{{above}}\n"
    f'SYSTEM_PROMPT = f"""Hello.\nAt {{{{datetime.datetime.now()}}}}:\n{RULES}"""{{end}}\n'
).replace("{{above}}", "{above}")


def counts(result: AuditResult) -> tuple[int, int]:
    return len(result.findings), len(result.suppressed)


def codes(result: AuditResult) -> list[tuple[int, str]]:
    return [(problem.location.line, problem.code) for problem in result.problems]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("same-line.jinja2", f"It is {{{{ now() }}}}. {{# {IGNORE} #}}\n{RULES}"),
        ("line-above.jinja2", f"{{# {IGNORE} #}}\n{CLOCK}{RULES}"),
        ("long.jinja2", f"{{#-\n  {IGNORE},\n  and so on\n-#}}\n{CLOCK}{RULES}"),
        ("by-name.jinja2", f"{{# cachelens: ignore[time-before-fixed-text] why #}}\n{CLOCK}{RULES}"),
        ("by-family.jinja2", f"{{# cachelens: ignore[S, V] why #}}\n{CLOCK}{RULES}"),
        ("stacked.jinja2", f"{{# {IGNORE} #}}\n{{# cachelens: ignore[V102] why #}}\n{CLOCK}{RULES}"),
        ("file.jinja2", f"Hello.\n\n{CLOCK}{RULES}\n{{# cachelens: ignore-file[V101] why #}}\n"),
        ("a.hbs", f"{{{{! {IGNORE} }}}}\nIt is {{{{now}}}}.\n{RULES}"),
        ("b.hbs", f"It is {{{{now}}}}. {{{{!-- {IGNORE} --}}}}\n{RULES}"),
        ("a.md", f"<!-- {IGNORE} -->\nIt is ${{now}}.\n{RULES}"),
        ("above.py", PYTHON.format(above=f"# {IGNORE}", end="")),
        ("end.py", PYTHON.format(above="", end=f"  # {IGNORE}")),
        ("a.ts", f"// {IGNORE}\nconst systemPrompt = `Hello.\nIt is ${{new Date()}}.\n{RULES}`;\n"),
        ("b.ts", f"/* {IGNORE} */\nconst systemPrompt = `It is ${{new Date()}}.\n{RULES}`;\n"),
    ],
)
def test_a_comment_with_a_reason_silences(tmp_path: Path, name: str, text: str) -> None:
    result = audited(written(tmp_path, name, text))
    assert counts(result) == (0, 1)
    assert result.suppressed[0].rule == "V101"
    assert result.suppressed[0].suppression.split()[0] in {"the", "why"}


def test_the_reason_is_kept_without_signs(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.hbs", f"{{{{!-- cachelens: ignore[V101]:  the\n day  matters --}}}}\nAt {{{{now}}}}\n{RULES}"
    )
    assert audited(path).suppressed[0].suppression == "the day matters"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other-rule.jinja2", f"{{# cachelens: ignore[V102] why #}}\n{CLOCK}{RULES}"),
        ("two-lines-above.jinja2", f"{{# {IGNORE} #}}\n\n{CLOCK}{RULES}"),
        ("below.jinja2", f"{CLOCK}{{# {IGNORE} #}}\n{RULES}"),
        ("behind-text-above.jinja2", f"Hello. {{# {IGNORE} #}}\n{CLOCK}{RULES}"),
        ("raw.jinja2", f"{{% raw %}}{{# {IGNORE} #}}{{% endraw %}}\n{CLOCK}{RULES}"),
        ("text.jinja2", f"# {IGNORE}\n{CLOCK}{RULES}"),
        ("string.py", PYTHON.format(above="", end="").replace("Hello.", f"# {IGNORE}")),
        ("string.ts", f"const systemPrompt = `// {IGNORE}\nIt is ${{new Date()}}.\n{RULES}`;\n"),
        ("fence.md", f"```\n<!-- {IGNORE} -->\n```\nIt is ${{now}}.\n{RULES}"),
    ],
)
def test_what_is_no_comment_here_silences_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert counts(audited(written(tmp_path, name, text))) == (1, 0)


def test_one_clock_of_two_is_silenced(tmp_path: Path) -> None:
    result = audited(written(tmp_path, "a.jinja2", f"{CLOCK}Text.\n{{# {IGNORE} #}}\n{CLOCK}{RULES}"))
    assert [finding.location.line for finding in result.findings] == [1]  # type: ignore[union-attr]
    assert [finding.location.line for finding in result.suppressed] == [4]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("cachelens: ignore[V101]", "suppression-without-reason"),
        ("cachelens: ignore[V101] --", "suppression-without-reason"),
        ("cachelens: ignore[V999] why", "suppression-of-unknown-rule"),
        ("cachelens: ignore[] why", "suppression-unreadable"),
        ("cachelens: ignore V101 why", "suppression-unreadable"),
        ("cachelens: ignroe[V101] why", "suppression-unreadable"),
        ("cachelens: ignore[$(x)] why", "suppression-unreadable"),
    ],
)
def test_a_comment_that_cannot_be_followed_is_told_and_silences_nothing(
    tmp_path: Path, comment: str, code: str
) -> None:
    result = audited(written(tmp_path, "a.jinja2", f"{{# {comment} #}}\n{CLOCK}{RULES}"))
    assert counts(result) == (1, 0)
    assert codes(result) == [(1, code)]


def test_a_comment_that_silences_nothing_is_told(tmp_path: Path) -> None:
    text = f"{{# cachelens: ignore[V101, V102] why #}}\n{CLOCK}{RULES}{{# cachelens: ignore-file[V103] why #}}"
    path = written(tmp_path, "a.jinja2", text)
    result = audited(path)
    assert codes(result) == [(1, "suppression-unused"), (63, "suppression-unused")]
    assert "`V102`" in result.problems[0].message
    assert codes(audited(path, settings=Settings(select=("V101",)))) == []


def test_comments_count_in_the_file_in_which_a_finding_stands(tmp_path: Path) -> None:
    written(tmp_path, "part.jinja2", f"{{# {IGNORE} #}}\n{CLOCK}")
    page = written(tmp_path, "page.jinja2", f"{{% include 'part.jinja2' %}}\n{RULES}")
    assert counts(audited(page)) == (0, 1)
