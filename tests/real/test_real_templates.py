"""Real templates of eight projects: all are read, only what is really wrong is a problem, and all places are right."""

from pathlib import Path

import pytest

from cachelens.model.template import ParsedFile, SpanKind
from cachelens.templates.reading import Found, discover, parse_file
from tests.templates.outline import all_spans, cut

pytestmark = pytest.mark.real

SYNTAX_EXPECTED = {
    "autocomplete.prompt",  # tags left open on purpose
    "no_end.jinja2",
    "02-schema-and-config.prompt",  # heads that are no YAML
    "06-partials.prompt",
    "08-sections-thinking.prompt",  # ends a block that it never opened
    "10-kitchen-sink.prompt",  # both
}


@pytest.fixture(scope="module")
def read(real_data: Path) -> list[tuple[Found, ParsedFile]]:
    folder = real_data / "templates"
    if not folder.is_dir():
        pytest.skip("no real templates")
    return [
        (file, parse_file(file.path, [folder], name=file.name, language=file.language))
        for file in discover([str(folder)])
    ]


def test_most_files_hold_a_template(read: list[tuple[Found, ParsedFile]]) -> None:
    empty = [file.path.name for file, parsed in read if not parsed.templates]
    assert len(read) > 470
    assert sorted(empty) == ["no_end.jinja2", "user_prompt.j2", "user_prompt.j2"]


def test_only_what_is_wrong_is_a_problem(read: list[tuple[Found, ParsedFile]]) -> None:
    for file, parsed in read:
        for problem in parsed.problems:
            if problem.code == "syntax":
                assert file.path.name in SYNTAX_EXPECTED or file.path.name.startswith("error-"), problem
            elif problem.code == "include-cycle":
                assert file.path.name.startswith("circular-")
            else:  # partials that a program registers
                assert problem.code == "include-missing"
                assert file.language == "dotprompt"


def test_every_value_stands_where_it_is_said_to_stand(read: list[tuple[Found, ParsedFile]]) -> None:
    texts: dict[str, str] = {}
    for _, parsed in read:
        for span in all_spans(parsed):
            if span.kind is SpanKind.LITERAL:
                continue
            path = span.location.path
            text = texts.setdefault(path, "") or Path(path).read_text(encoding="utf-8-sig")
            texts[path] = text
            assert cut(text, span.location) == span.text


def test_chats_have_roles_and_a_history(read: list[tuple[Found, ParsedFile]]) -> None:
    for file, parsed in read:
        if file.language == "swe_agent":
            for template in parsed.templates:
                sections = [message.section for message in template.messages]
                assert sections[0] == "system"
                assert "history" in sections
        if file.language == "promptflow":
            (template,) = parsed.templates
            assert template.messages[0].section == "system"
