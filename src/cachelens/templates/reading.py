"""The door to all template languages: paths to files, and each file to what it holds."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

import msgspec

from cachelens.catalog import load_catalog
from cachelens.errors import InputError
from cachelens.model.location import Location
from cachelens.model.template import ParsedFile, TemplateProblem
from cachelens.templates.base import MOST_BYTES, MOST_DEPTH, Language, TemplateFile
from cachelens.templates.files import (
    NOT_TEXT,
    TOO_LARGE,
    UNREADABLE,
    UnusableError,
    odd_line,
    read_as_is,
    read_text,
    with_line_feeds,
)

IGNORED = frozenset(
    {"node_modules", "__pycache__", "venv", "env", "site-packages", "dist", "build", "target", "vendor"}
)
"""Folders that hold other people's files; hidden ones are passed over as well."""
_ABOUT = ("readme", "changelog", "contributing", "license")
"""Pages about a project: templates that make them are no prompts."""
SURE_ENOUGH = 20
"""How sure a language must be of a file that was found in a folder."""


UNREAD = frozenset({"syntax", "too-deep", TOO_LARGE, NOT_TEXT, UNREADABLE, "not-a-template", "not-installed"})
"""Codes of problems by which a file, or a part of one, could not be read."""
_AS_IS = frozenset({"dotprompt", "handlebars", "markdown", "prompty", "text"})
"""Languages that send line ends as they stand in the file; the others have their own way with them."""


class _Suffixes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    languages: dict[str, tuple[str, ...]]
    plain: frozenset[str]
    others: frozenset[str]


class Found(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """A file that may hold templates."""

    name: str
    """As the user would open it."""
    path: Path
    language: str = ""
    """Id of the language that reads it; empty where the file itself has to be looked at."""


Unreadable = Callable[[Path], None]
"""Is told of a folder that cannot be listed."""


def _nothing_said(folder: Path) -> None:
    del folder


def discover(paths: Sequence[str], unreadable: Unreadable = _nothing_said) -> list[Found]:
    """Find the template files behind files, folders and patterns, each once, sorted by name.

    In folders, a file counts if its suffix and its text say that it is a template, and also if its suffix alone does
    and the text cannot be read; a file that is named always counts. `unreadable` is told of folders that cannot be
    listed. Raises `InputError` for a path that does not exist.
    """
    found: dict[str, Found] = {}
    for given in paths:
        for path, sought in _files(given, unreadable):
            language = language_in_folder(path) if sought else ""
            if language or not sought:
                found.setdefault(_identity(path), Found(name=_name(path), path=path, language=language))
    return sorted(found.values())


def not_listed(folder: Path) -> TemplateProblem:
    """Say that a folder cannot be listed."""
    return _failed(_name(folder), UNREADABLE, "the folder cannot be listed; check its permissions").problems[0]


def parse_file(path: Path, roots: Sequence[Path] = (), *, name: str = "", language: str = "") -> ParsedFile:
    """Read one file; whatever is wrong with it comes back as a problem.

    `roots` are the folders below which includes may be followed, `name` is how the user calls the file, and `language`
    an id of the catalogue that is used without asking.
    """
    name = name or _name(path)
    try:
        raw = read_as_is(path)
    except UnusableError as error:
        return _failed(name, error.code, error.why)
    identifier = language or language_of(name, with_line_feeds(raw))
    if not identifier:
        return _failed(name, "not-a-template", "no template language knows it; name it by one of their suffixes")
    return parse_raw(raw, path, roots, name=name, language=identifier)


def parse_raw(raw: str, path: Path, roots: Sequence[Path] = (), *, name: str = "", language: str) -> ParsedFile:
    """Read a text with its own line ends as the file `path` in a language of the catalogue."""
    parsed = parse_text(with_line_feeds(raw), path, roots, name=name, language=language)
    odd = odd_line(raw) if language in _AS_IS else 0
    if not odd:
        return parsed
    templates = tuple(msgspec.structs.replace(template, odd_line=odd) for template in parsed.templates)
    return msgspec.structs.replace(parsed, templates=templates)


def parse_text(text: str, path: Path, roots: Sequence[Path] = (), *, name: str = "", language: str) -> ParsedFile:
    """Read a text as the file `path` in a language of the catalogue."""
    file = TemplateFile(path=path, name=name or _name(path), text=text, roots=roots)
    try:
        return _get(language).parse(file)
    except RecursionError:
        return _failed(file.name, "too-deep", f"it nests more than {MOST_DEPTH} levels; flatten it")


def language_of(name: str, text: str) -> str:
    """Return the language that reads a file; a prose file that no language claims is plain text, others are nothing."""
    candidates = _candidates(name)
    identifier, score = _surest(candidates, name, text)
    if score > 0:
        return identifier
    return "text" if "text" in candidates else ""


def _surest(candidates: Sequence[str], name: str, text: str) -> tuple[str, int]:
    """Ask the languages that a suffix may mean, unless there is only one."""
    if len(candidates) == 1:
        return candidates[0], 100
    best, score = "", 0
    for identifier in candidates:
        sure = _get(identifier).sniff(name, text)
        if sure > score:
            best, score = identifier, sure
    return best, score


def _candidates(name: str) -> tuple[str, ...]:
    return _suffixes().languages.get(_suffix(name), ())


def _suffix(name: str) -> str:
    """Return the longest suffix that the table knows; empty for none."""
    table = _suffixes().languages
    parts = name.rpartition("/")[2].lower().split(".")
    suffixes = ("." + ".".join(parts[first:]) for first in range(1, len(parts)))
    return next((suffix for suffix in suffixes if suffix in table), "")


def language_in_folder(path: Path) -> str:
    """Return the language of a file that was not named itself; empty for one that is no template.

    A file that cannot be read is a template if its suffix leaves no doubt.
    """
    name = _name(path)
    candidates = _candidates(name)
    if not candidates or _makes_something_else(path):
        return ""
    unread = candidates[0] if _suffix(name) in _suffixes().plain else ""
    try:
        if path.stat().st_size > MOST_BYTES:
            return unread
        if len(candidates) == 1:
            return candidates[0]
        text = read_text(path)
    except (UnusableError, OSError):
        return unread
    identifier, score = _surest(candidates, name, text)
    return identifier if score >= SURE_ENOUGH else ""


def sure_suffixes() -> tuple[str, ...]:
    """Return the suffixes of templates and sources that leave no doubt: all others need a look at the text."""
    table = _suffixes()
    return tuple(sorted(name for name, ids in table.languages.items() if len(ids) == 1 or name in table.plain))


def inner_suffixes() -> tuple[str, ...]:
    """Return what stands in front of a template's suffix where it makes something else than a prompt: `html`."""
    return tuple(sorted(_suffixes().others))


def _makes_something_else(path: Path) -> bool:
    stem, _, inner = path.stem.lower().rpartition(".")
    about = inner == "md" and stem.startswith(_ABOUT)
    return about or inner == "dockerfile" or (bool(stem) and inner in _suffixes().others)


def _files(given: str, unreadable: Unreadable) -> Iterator[tuple[Path, bool]]:
    """Yield the files behind one input, and whether they were sought rather than named."""
    path = Path(given)
    if path.is_dir():
        yield from ((file, True) for file in _walk(path, unreadable))
    elif path.exists():
        yield path, False
    else:
        matches = sorted(glob.glob(given, recursive=True))  # noqa: PTH207  # patterns come as typed, absolute or not
        if not matches:
            raise InputError(f"{given} does not exist", hint="name a file, a folder, or a pattern in quotes")
        for match in matches:
            inside = _walk(Path(match), unreadable) if Path(match).is_dir() else [Path(match)]
            yield from ((file, True) for file in inside)


def _walk(folder: Path, unreadable: Unreadable) -> list[Path]:
    """Return the files of a folder; a link that leads out of it is not followed."""
    files: list[str] = []
    top = os.path.realpath(folder)
    for root, folders, names in os.walk(folder, onerror=lambda error: unreadable(Path(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in IGNORED)
        paths = [f"{root}{os.sep}{name}" for name in names if not name.startswith(".")]
        files += [path for path in paths if _candidates(path) and not _leads_out(path, top)]
    return [Path(path) for path in sorted(files)]


def _leads_out(path: str, top: str) -> bool:
    return Path(path).is_symlink() and not Path(os.path.realpath(path)).is_relative_to(top)


def _identity(path: Path) -> str:
    return os.path.realpath(path) if path.is_symlink() else os.path.abspath(path)  # noqa: PTH100  # keeps links as they are


def _name(path: Path) -> str:
    return path.as_posix()


def _failed(name: str, code: str, why: str) -> ParsedFile:
    return ParsedFile(templates=(), problems=(TemplateProblem(Location(name, 1, 1, 1, 1), code, f"not read: {why}"),))


def _get(identifier: str) -> Language:
    return cast("Language", load_catalog("templates").get(identifier))


@cache
def _suffixes() -> _Suffixes:
    import yaml

    text = resources.files("cachelens.templates").joinpath("suffixes.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), _Suffixes)
