"""Every fixture is read as its language says; what it is read as stands in `tests/snapshots/templates`."""

from pathlib import Path

import pytest

from cachelens.catalog import load_catalog
from cachelens.model.template import ParsedFile, SpanKind
from cachelens.templates.reading import discover, parse_file
from tests.reports import snapshots
from tests.templates.outline import all_spans, cut, outline

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "templates"
CODE = ("python", "typescript")
"""Languages whose prompts are followed through values; their own tests say what is found."""
FILES = [
    path
    for path in sorted(FIXTURES.glob("*/**/*"))
    if path.is_file() and path.relative_to(FIXTURES).parts[0] not in CODE
]


def read(path: Path) -> ParsedFile:
    name = path.relative_to(FIXTURES).as_posix()
    return parse_file(path, [FIXTURES / path.relative_to(FIXTURES).parts[0]], name=name)


def test_every_language_knows_its_id_and_has_a_fixture() -> None:
    catalog = load_catalog("templates")
    assert [language.id for language in catalog] == list(catalog.ids)
    assert [name for name in catalog.ids if not (FIXTURES / name).is_dir()] == []


def test_the_fixtures_are_found_in_their_folders() -> None:
    found = {file.path for file in discover([str(FIXTURES)])}
    assert [path for path in FILES if path not in found] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_a_fixture_is_read_as_before(path: Path) -> None:
    snapshots.check(f"templates/{path.relative_to(FIXTURES).as_posix()}.txt", outline(read(path)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_what_is_put_in_stands_where_it_is_said_to_stand(path: Path) -> None:
    for span in all_spans(read(path)):
        if span.kind is not SpanKind.LITERAL:
            text = (FIXTURES / span.location.path).read_text(encoding="utf-8")
            assert cut(text, span.location) == span.text
