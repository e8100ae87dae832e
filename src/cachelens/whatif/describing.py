"""Reads descriptions of traffic, from a file or from options, and refuses those that mean nothing."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TypeVar

from cachelens.errors import UsageError
from cachelens.fleet import documents
from cachelens.fleet.workloads.spec import Number, Quantiles, Uniform, Weights
from cachelens.whatif.parameters import MESSAGES, Changes, Parameters, Part, Place, placed

Word = TypeVar("Word", bound=enum.StrEnum)
HINT = "docs/whatif.md describes parameter files; fixtures/whatif/ holds some"
PART_FORM = "NAME:TOKENS:CHANGES[:PLACE], such as system:10000:never or clock:20:request:system"
_MOST_SESSIONS = 1_000_000_000
_MOST_USERS = 10_000_000
"""Each has a version of every part that changes with the user."""
_LONGEST_S = 86_400
_MOST_TOKENS = 10_000_000
"""Of one part; longer than any context window."""


def load(path: Path) -> Parameters:
    """Read a parameter file; `UsageError` with file, line and field for what it cannot mean."""
    return checked(placed(documents.read(path, Parameters, hint=HINT)), str(path))


def of_options(
    *,
    sessions_a_day: float,
    turns: int,
    gap_s: float,
    users: int,
    parts: list[str],
    output: int,
    tokens_of: str = "",
) -> Parameters:
    """Return what the options of a command line say; `UsageError`, naming the option, for what they cannot mean."""
    found = Parameters(
        sessions_a_day=sessions_a_day,
        turns=turns,
        gap_s=gap_s,
        users=users,
        parts=tuple(map(part_of, parts)),
        output=output,
        tokens_of=tokens_of,
    )
    return checked(placed(found), "described traffic")


def part_of(text: str) -> Part:
    """Parse a part as an option writes it; `UsageError` for anything else."""
    fields = [field.strip() for field in text.split(":")]
    if not 2 <= len(fields) <= 4 or not all(fields):  # noqa: PLR2004  name and tokens at least, two more at most
        raise UsageError(f"--part {text!r} is no part", hint=f"write {PART_FORM}")
    name, tokens = fields[:2]
    if not (tokens.isascii() and tokens.isdigit()) or int(tokens) > _MOST_TOKENS:
        raise UsageError(
            f"--part {name}: tokens must be a whole number up to {_MOST_TOKENS:,}, not {tokens!r}",
            hint=f"write {PART_FORM}",
        )
    changes = _member(Changes, fields[2], name, "changes") if len(fields) > 2 else Changes.NEVER  # noqa: PLR2004  third
    place = _member(Place, fields[3], name, "place") if len(fields) > 3 else None  # noqa: PLR2004  fourth
    return Part(name=name, tokens=int(tokens), changes=changes, place=place)


def _member(kind: type[Word], text: str, part: str, field: str) -> Word:
    try:
        return kind(text)
    except ValueError:
        names = ", ".join(kind)
        raise UsageError(f"--part {part}: {field} cannot be {text!r}", hint=f"choose from: {names}") from None


def checked(given: Parameters, where: str) -> Parameters:
    """Return placed parameters as they are; `UsageError` for what the types alone do not forbid."""
    problem = next(iter(_problems(given)), "")
    if problem:
        raise UsageError(f"{where}: {problem}", hint=HINT)
    return given


def _problems(given: Parameters) -> list[str]:
    found = []
    if not 0 < given.sessions_a_day <= _MOST_SESSIONS:
        found.append(f"sessions a day: above 0 and up to {_MOST_SESSIONS:,}, not {given.sessions_a_day:g}")
    if given.users > _MOST_USERS:
        found.append(f"users: up to {_MOST_USERS:,}, not {given.users:,}")
    if not max(given.first_token_s, given.answer_s) <= _LONGEST_S:
        found.append("first_token_s and answer_s are seconds, at most a day")
    order = [Place.TOOLS, Place.SYSTEM, Place.MESSAGES]
    ranks = [
        order.index(Place.MESSAGES if part.place in MESSAGES else part.place or Place.SYSTEM) for part in given.parts
    ]
    if ranks != sorted(ranks):
        found.append("parts must stand as they are sent: tools, then system, then messages")
    if len({part.name for part in given.parts}) < len(given.parts):
        found.append("two parts have the same name")
    found += [f"part `{part.name}`: {fault}" for part in given.parts for fault in _faults_of_part(part)]
    for field in ("turns", "gap_s", "output"):
        found += [f"{field}: {fault}" for fault in _faults(getattr(given, field))]
    if isinstance(given.turns, int | float) and given.turns < 1:
        found.append("turns: a session has at least one request")
    return found


def _faults_of_part(part: Part) -> list[str]:
    found = []
    if part.changes is Changes.TURN and part.place not in MESSAGES:
        found.append(f"what changes with each turn is added to the messages, not to {part.place}")
    if part.changes is Changes.NEVER and not isinstance(part.tokens, int | float):
        found.append("what never changes has one length, so `tokens` must be a number")
    return found + [f"tokens: {fault}" for fault in _faults(part.tokens)]


def _faults(value: Number) -> list[str]:
    """Return what is wrong with a number that varies, and with one of no sensible size."""
    if isinstance(value, int | float):
        return [] if value <= _MOST_TOKENS else [f"{value:g} is above {_MOST_TOKENS:,}"]
    found = []
    if value.least > value.most:
        found.append("`least` is above `most`")
    if isinstance(value, Weights) and (len(value.values) != len(value.weights) or not sum(value.weights)):
        found.append("as many `weights` as `values` are needed, not all of them 0")
    if isinstance(value, Quantiles) and list(value.values) != sorted(value.values):
        found.append("`values` of quantiles must not fall")
    if isinstance(value, Uniform) and value.most > _MOST_TOKENS:
        found.append("`uniform` needs `most`")
    return found
