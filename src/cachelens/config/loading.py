"""Finding and reading the file with a project's settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec

from cachelens.config.lines import Step, line_of
from cachelens.config.rules import ids_of
from cachelens.config.settings import Configuration, Settings
from cachelens.errors import UsageError

OWN_FILE = "cachelens.toml"
SHARED_FILE = "pyproject.toml"
_TABLE = ("tool", "cachelens")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_PAGE = "docs/configuration.md names all keys."


def find(start: Path) -> Configuration:
    """Read the nearest settings from a folder upwards, as far as the folder that holds `.git`; defaults without any.

    In one folder `cachelens.toml` goes before `pyproject.toml`, which counts if it has a table `[tool.cachelens]`.
    Raises `UsageError` for a file that cannot be read or says what nobody understands.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        for name in (OWN_FILE, SHARED_FILE):
            if (folder / name).is_file():
                text, table = _parsed(folder / name)
                if table is not None:
                    return _configuration(folder / name, text, table)
        if (folder / ".git").exists():
            break
    return Configuration(root=start)


def load(path: Path) -> Configuration:
    """Read the settings from one file; `UsageError` if it is missing, has none, or says what nobody understands."""
    text, table = _parsed(path)
    if table is None:
        raise UsageError(f"{path} has no table [tool.cachelens]", hint="add it, or leave out --config")
    return _configuration(path, text, table)


def _parsed(path: Path) -> tuple[str, dict[str, object] | None]:
    """Return the text and our table in it; a file of our own is that table."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        found: object = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name another file with --config") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8", hint="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}", hint="correct it, or use --no-config") from None
    for key in _prefix(path):
        found = found.get(key) if isinstance(found, dict) else None
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{path}: tool.cachelens is no table", hint=_PAGE)
    return text, found


def _prefix(path: Path) -> tuple[str, ...]:
    return _TABLE if path.name == SHARED_FILE else ()


def _configuration(path: Path, text: str, table: dict[str, object]) -> Configuration:
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise _wrong(path, text, table, str(error)) from None
    for steps, word in _rules_named(settings):
        try:
            ids_of(word)
        except UsageError as error:
            raise UsageError(f"{_at(path, text, steps)}: {error.message}", hint=error.hint) from None
    return Configuration(settings=settings, root=path.resolve().parent, file=path)


def _rules_named(settings: Settings) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Yield every word for a rule, and where it stands."""
    yield from _words(("select",), settings.select)
    yield from _words(("ignore",), settings.ignore)
    yield from ((("severity", word), word) for word in settings.severity)
    for index, path in enumerate(settings.ignore_path):
        yield from _words(("ignore-path", index, "rules"), path.rules)
    for index, traffic in enumerate(settings.ignore_traffic):
        yield from _words(("ignore-traffic", index, "rules"), traffic.rules)


def _words(steps: tuple[Step, ...], words: Iterable[str]) -> Iterator[tuple[tuple[Step, ...], str]]:
    return (((*steps, index), word) for index, word in enumerate(words))


def _wrong(path: Path, text: str, table: dict[str, object], message: str) -> UsageError:
    """Say what is wrong, in which line, and which key is meant."""
    why, _, where = message.partition(" - at `")
    steps: list[Step] = [int(index) if index else key for key, index in _STEP.findall(where.rstrip("`"))]
    if where.rstrip("`").endswith("[...]"):
        steps.append(_misfit(table, steps))
    if "matching regex" in why:
        why = "it is blank"
    unknown = _UNKNOWN.search(why)
    if unknown:
        steps.append(unknown[1])
        return UsageError(f"{_at(path, text, steps)}: there is no key `{unknown[1]}`", hint=_near(steps))
    return UsageError(f"{_at(path, text, steps)}: {_named(steps)}{why[:1].lower()}{why[1:]}", hint=_PAGE)


def _misfit(table: dict[str, object], steps: Sequence[Step]) -> str:
    """Return the key of a table of severities whose value is none: the one place where a message names no key."""
    from cachelens.model.finding import Severity

    known = {severity.value for severity in Severity}
    found: object = table
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    rows = found if isinstance(found, dict) else {}
    return next((key for key, value in rows.items() if value not in known), "")


def _named(steps: Sequence[Step]) -> str:
    names = [str(step) for step in steps if isinstance(step, str) and step]
    return f"{'.'.join(names)}: " if names else ""


def _near(steps: Sequence[Step]) -> str:
    *above, key = [step for step in steps if isinstance(step, str)]
    fields = _keys(Settings if not above else _element(above[0]))
    near = get_close_matches(key, fields, 1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return f"{meant}Choose from: {', '.join(fields)}."


def _keys(kind: type[msgspec.Struct]) -> list[str]:
    return sorted(kind.__struct_encode_fields__)


def _element(name: str) -> type[msgspec.Struct]:
    """Return what a list of tables holds."""
    from cachelens.config import settings

    tables: dict[str, type[msgspec.Struct]] = {"targets": settings.Target, "ignore-path": settings.IgnoredPath}
    return tables.get(name, settings.IgnoredTraffic)


def _at(path: Path, text: str, steps: Sequence[Step]) -> str:
    return f"{path}:{line_of(text, [*_prefix(path), *steps])}"
