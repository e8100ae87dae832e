"""The door: which files are found, which language reads them, and what is said of those that cannot be read."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cachelens.errors import InputError
from cachelens.model.template import ParsedFile
from cachelens.templates import following
from cachelens.templates.base import MOST_BYTES
from cachelens.templates.reading import discover, language_of, not_listed, parse_file, parse_text
from tests.templates.outline import all_spans


def put(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def codes(parsed: ParsedFile) -> list[str]:
    return [problem.code for problem in parsed.problems]


def found_in(folder: Path) -> list[str]:
    return [file.path.relative_to(folder).as_posix() for file in discover([str(folder)])]


def test_a_folder_is_searched_but_for_what_is_no_template(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.jinja2": "x",
            "deep/er/b.prompty": "x",
            ".git/c.j2": "x",
            "node_modules/d.j2": "x",
            ".venv/e.j2": "x",
            ".hidden.j2": "x",
            "page.html.j2": "x",
            "Dockerfile.j2": "x",
            "big.txt": "{a}" * MOST_BYTES,
            "blob.txt": b"\x00\x01{name}",
            "README.md": "About {this}",
            "requirements.txt": "jinja2",
            "config.yaml": "a: 1",
            "prompts/plain.txt": "Be kind.",
            "notes/plain.txt": "Be kind.",
            "code.rs": "{x}",
        },
    )
    assert found_in(tmp_path) == ["a.jinja2", "deep/er/b.prompty", "prompts/plain.txt"]


def test_a_file_that_is_named_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path, {"README.md": "About {this}", "page.html.j2": "{{ x }}", "x.rs": "fn"})
    found = discover([str(tmp_path / "README.md"), str(tmp_path / "page.html.j2"), str(tmp_path / "x.rs")])
    parsed = [parse_file(file.path, name=file.name, language=file.language) for file in found]
    assert [[template.language for template in item.templates] for item in parsed] == [["text"], ["jinja2"], []]
    assert codes(parsed[2]) == ["not-a-template"]


def test_patterns_and_overlapping_inputs_give_each_file_once(tmp_path: Path) -> None:
    put(tmp_path, {"a.j2": "x", "b/c.j2": "x", "b/d.txt": "x"})
    found = discover([str(tmp_path), str(tmp_path / "b"), str(tmp_path / "**" / "*.j2"), str(tmp_path / "a.j2")])
    assert [file.path.name for file in found] == ["a.j2", "c.j2"]


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        discover([str(tmp_path / "none.j2")])


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, {"in/a.j2": "x", "secret.j2": "y"})
    (tmp_path / "in" / "out.j2").symlink_to(tmp_path / "secret.j2")
    (tmp_path / "in" / "same.j2").symlink_to(tmp_path / "in" / "a.j2")
    assert found_in(tmp_path / "in") == ["a.j2"]


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.jinja2", "Hello {{ x }}", "jinja2"),
        ("a.jinja2", "system:\nHello", "promptflow"),
        ("a.jinja2", "{# note #}\n{% set x = 1 %}\n# System:\nHello", "promptflow"),
        ("a.tmpl", "{% if x %}{% endif %}", "jinja2"),
        ("a.tmpl", "{{ range .Items }}{{ .Name }}{{ end }}", "text"),
        ("a.prompt", '---\nmodel: x\n---\n{{role "user"}}', "dotprompt"),
        ("a.prompt", "{% if x %}{% endif %}", "jinja2"),
        ("a.txt", "{{#if x}}{{/if}}", "handlebars"),
        ("a.txt", "{% for x in y %}{% endfor %}", "jinja2"),
        ("a.txt", "nothing", "text"),
        ("SKILL.md", "---\nname: x\n---\nbody", "markdown"),
        ("agents.yaml", "a:\n  role: x\n  goal: y\n  backstory: z\n", "crewai"),
        ("c.yaml", "agent:\n  templates:\n    system_template: x\n    instance_template: y\n", "swe_agent"),
        ("c.yaml", "prompts: [a]\nproviders: [b]\n", "promptfoo"),
        ("c.yaml", "_type: prompt\ntemplate: x\n", "langchain"),
        ("prompts.yaml", "messages:\n- role: system\n  content: x\n", "chat"),
        ("c.yaml", "messages:\n- role: system\n  content: x\n", ""),
        ("c.json", "{}", ""),
        ("a.unknown", "{{ x }}", ""),
    ],
)
def test_the_language_is_told_by_suffix_and_text(name: str, text: str, language: str) -> None:
    assert language_of(name, text) == language


# --- Files that cannot be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\x00\x01", "not-text"), (b"caf\xe9", "not-text"), (b"x" * (MOST_BYTES + 1), "too-large")],
)
def test_what_is_no_text_is_a_problem(tmp_path: Path, content: bytes, code: str) -> None:
    put(tmp_path, {"a.j2": content})
    assert codes(parse_file(tmp_path / "a.j2")) == [code]


def test_a_folder_or_nothing_is_a_problem(tmp_path: Path) -> None:
    assert codes(parse_file(tmp_path)) == ["unreadable"]
    assert codes(parse_file(tmp_path / "none.j2")) == ["unreadable"]


def test_marks_and_line_ends_do_not_move_places(tmp_path: Path) -> None:
    put(tmp_path, {"a.j2": b"\xef\xbb\xbfHi\r\nyou {{ x }}\r\n", "b.j2": "Hi\nyou {{ x }}\n".encode("utf-16")})
    for name in ("a.j2", "b.j2"):
        parsed = parse_file(tmp_path / name)
        (place,) = [span.location for span in all_spans(parsed) if span.names]
        assert (place.line, place.column, place.end_column) == (2, 8, 9)


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("jinja2", "{% if a %}" * 10_000 + "{% endif %}" * 10_000, "too-deep"),
        ("jinja2", "{{ " + "(" * 10_000 + "a" + ")" * 10_000 + " }}", "too-deep"),
        ("jinja2", "{{ " + "not " * 10_000 + "a }}", "too-deep"),
        ("jinja2", "{{ a }}" * 30_000, "too-large"),
        ("jinja2", "one\n{{ two\n", "syntax"),
        ("jinja2", "{% unknown %}", "syntax"),
        ("handlebars", "{{#if a}}" * 10_000 + "{{/if}}" * 10_000, "too-deep"),
        ("handlebars", "{{#if a}}x", "syntax"),
        ("handlebars", "{{ a", "syntax"),
        ("crewai", "[" * 100_000, "too-deep"),
        ("crewai", "- " * 100_000, "too-deep"),
        ("crewai", "a: [", "syntax"),
        ("prompty", "---\na: [\n---\nsystem:\nHi", "syntax"),
    ],
)
def test_what_cannot_be_parsed_is_a_problem(language: str, text: str, code: str) -> None:
    assert code in codes(parse_text(text, Path("a"), language=language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("jinja2", "{{ a" + " + a" * 20_000 + " }}"),
        ("jinja2", "{{ a" + ".a" * 20_000 + " }}"),
        ("jinja2", "{% if a %}" + "{% elif b %}" * 5_000 + "{% endif %}"),
        ("text", "{a} " * 5_000 + " " * 100_000 + "<A" * 5_000),
        ("text", "\\a{b}" * 20_000),
        ("promptflow", "system" + " " * 100_000 + ":\n" + "#" * 100_000),
        ("handlebars", "{{" + "\"a' " * 20_000),
        ("handlebars", "{{{" * 20_000),
        ("dotprompt", "#\n" * 50_000),
        ("crewai", "a: &a [*a, *a]\nb: *a\n"),
        ("chat", "a: &a {prompt: &b [*a]}\n"),
        ("langchain", "{" * 90 + "}" * 90),
    ],
)
def test_long_and_strange_files_are_read_soon(language: str, text: str) -> None:
    parse_text(text, Path("a"), language=language)


# --- Other files -----------------------------------------------------------------------------------------------------


def problems(folder: Path, name: str, root: Path) -> list[str]:
    return [f"{p.location.path.rpartition('/')[2]}:{p.code}" for p in parse_file(folder / name, [root]).problems]


def test_nothing_outside_the_roots_is_opened(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "secret.j2": "{{ secret }}",
            "in/up.j2": '{% include "../secret.j2" %}',
            "in/rooted.j2": f'{{% include "{tmp_path.as_posix()}/secret.j2" %}}',
            "in/drive.j2": "{% extends 'c:\\\\secret.j2' %}",
            "in/link.j2": '{% import "linked.j2" as x %}',
            "in/partial.hbs": "{{> ../secret}}",
        },
    )
    (tmp_path / "in" / "linked.j2").symlink_to(tmp_path / "secret.j2")
    for name in ("up.j2", "rooted.j2", "drive.j2", "link.j2", "partial.hbs"):
        parsed = parse_file(tmp_path / "in" / name, [tmp_path / "in"])
        assert codes(parsed) == ["include-outside"], name
        assert "secret" not in {name for span in all_spans(parsed) for name in span.names}
    assert problems(tmp_path / "in", "up.j2", tmp_path) == []
    assert codes(parse_file(tmp_path / "in" / "up.j2")) == ["include-outside"]


def test_a_file_is_sought_beside_and_above_and_in_the_roots(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "root/a/b/c.j2": '{% include "beside.j2" %}{% include "shared/above.j2" %}{% include "other.j2" %}',
            "root/a/b/beside.j2": "{{ one }}",
            "root/a/shared/above.j2": "{{ two }}",
            "other/other.j2": "{{ three }}",
        },
    )
    parsed = parse_file(tmp_path / "root/a/b/c.j2", [tmp_path / "root", tmp_path / "other"], name="b/c.j2")
    assert parsed.problems == ()
    values = [span for span in all_spans(parsed) if span.names]
    assert [(span.text, span.location.path) for span in values] == [
        ("one", "b/beside.j2"),
        ("two", "shared/above.j2"),
        ("three", "../../other/other.j2"),
    ]


def test_circles_are_broken(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "self.j2": 'a{% include "self.j2" %}b',
            "one.j2": '{% extends "two.j2" %}',
            "two.j2": '{% extends "one.j2" %}',
            "import.j2": '{% import "import.j2" as x %}c',
            "ring.hbs": "d{{> ring}}",
            "macro.j2": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        },
    )
    assert problems(tmp_path, "self.j2", tmp_path) == ["self.j2:include-cycle"]
    assert "two.j2:include-cycle" in problems(tmp_path, "one.j2", tmp_path)
    assert problems(tmp_path, "import.j2", tmp_path) == ["import.j2:include-cycle"]
    assert problems(tmp_path, "ring.hbs", tmp_path) == ["ring.hbs:include-cycle"]
    assert problems(tmp_path, "macro.j2", tmp_path) == []


@pytest.mark.parametrize("how", ["{% include 'FILE' %}", "{% import 'FILE' as x %}", "{% extends 'FILE' %}"])
def test_a_bomb_of_includes_goes_off_quietly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(following, "MOST_SPANS", 500)
    for level in range(70):
        line = how.replace("FILE", f"{level + 1}.j2")
        put(tmp_path, {f"{level}.j2": line * (1 if "extends" in how else 3) + "{{ x }}"})
    found = {code.partition(":")[2] for code in problems(tmp_path, "0.j2", tmp_path)}
    assert found <= {"too-large", "too-deep", "include-missing"}
    assert found & {"too-large", "too-deep"}


def test_a_missing_file_is_said_unless_it_may_be_missing(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.j2": '{% include "no.j2" %}{% include "no.j2" ignore missing %}{% include name %}'
            '{% include ["no.j2", "yes.j2"] %}',
            "yes.j2": "{{ yes }}",
            "bytes.j2": '{% include "raw.j2" %}',
            "raw.j2": b"\x00",
        },
    )
    parsed = parse_file(tmp_path / "a.j2", [tmp_path])
    assert codes(parsed) == ["include-missing"]
    assert [bool(span.branches) for span in all_spans(parsed) if span.kind == "include"] == [False, False, False, True]
    assert problems(tmp_path, "bytes.j2", tmp_path) == ["bytes.j2:not-text"]


def test_a_language_is_imported_only_when_a_file_needs_it() -> None:
    code = (
        "import sys; from pathlib import Path; from cachelens.templates.reading import parse_text;"
        "parse_text('x', Path('a'), language='text');"
        "sys.exit('jinja2' in sys.modules or 'cachelens.templates.prompty' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_template_in_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """What its suffix calls a template counts; a binary among texts does not."""
    put(
        tmp_path,
        {
            "latin.jinja2": "H\xf6flich {{ name }}".encode("latin-1"),
            "blob.prompt": b"\x00\x01{{ name }}",
            "big.jinja2": "{{ a }} " * MOST_BYTES,
            "blob.txt": b"\x00\x01{name}",
            "blob.md": b"\xff\xff{name}",
        },
    )
    told = {file.path.name: codes(parse_file(file.path, language=file.language)) for file in discover([str(tmp_path)])}
    assert told == {"big.jinja2": ["too-large"], "blob.prompt": ["not-text"], "latin.jinja2": ["not-text"]}


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"a.j2": "x", "closed/b.j2": "x"})
    scan = os.scandir

    def refuse(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    refused: list[Path] = []
    assert [file.path.name for file in discover([str(tmp_path)], refused.append)] == ["a.j2"]
    assert refused == [tmp_path / "closed"]
    problem = not_listed(refused[0])
    assert (problem.code, problem.location.path) == ("unreadable", (tmp_path / "closed").as_posix())
