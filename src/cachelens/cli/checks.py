"""What `cachelens doctor` looks at, one function a section. Nothing here changes anything or asks a network."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from cachelens.cli.console import terminal
from cachelens.cli.extras import DISTRIBUTION, EXTRAS, Extra
from cachelens.errors import CacheLensError
from cachelens.model.doctor import Age, Check, State

if TYPE_CHECKING:
    from cachelens.providers.facts import CheckedEntry

SAMPLE = ("Hello, world", [13225, 11, 2375])
"""A text and its ids under `o200k_base`."""
_REQUIRED = re.compile(r"^([A-Za-z0-9._-]+)[^;]*$")
_KINDS = {"prices": ("price", "derivation"), "rules": ("profile", "minimum")}


def libraries() -> Iterator[Check]:
    """Look at what must be there: the libraries that the distribution names."""
    section = "Libraries"
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        hint = "install it with pip to see which versions it needs"
        yield Check(
            section=section, name=DISTRIBUTION, state=State.OK, value="not installed, run from source", hint=hint
        )
        return
    names = sorted(found[1] for line in required if (found := _REQUIRED.match(line)))
    shown = [f"{name} {version}" for name in names if (version := _version(name))]
    gone = [name for name in names if not _version(name)]
    yield Check(section=section, name="needed", state=State.OK, value=", ".join(shown))
    if gone:
        hint = f"pip install --force-reinstall {DISTRIBUTION}"
        yield Check(section=section, name="missing", state=State.BROKEN, value=", ".join(gone), hint=hint)


def optional_parts() -> Iterator[Check]:
    """Look at the extras: absent, complete, or there and not to be imported."""
    for name, extra in EXTRAS.items():
        yield _part(name, extra)


def _part(name: str, extra: Extra) -> Check:
    section = "Optional parts"
    install = f"pip install '{DISTRIBUTION}[{name}]'"
    versions = {distribution: _version(distribution) for distribution in extra.modules}
    there = [f"{distribution} {version}" for distribution, version in versions.items() if version]
    broken = [
        f"{distribution} ({type(fault).__name__})"
        for distribution, version in versions.items()
        if version and (module := extra.modules[distribution]) and (fault := _fault(module))
    ]
    if broken:
        value = f"cannot be imported: {', '.join(broken)}"
        return Check(section=section, name=name, state=State.BROKEN, value=value, hint=f"{install} --force-reinstall")
    if len(there) < len(versions):
        value = f"only {', '.join(there)}" if there else ""
        return Check(section=section, name=name, state=State.ABSENT, value=value, hint=f"{extra.brings}: {install}")
    return Check(section=section, name=name, state=State.OK, value=", ".join(there), hint=extra.brings)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _fault(module: str) -> Exception | None:
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  whatever a damaged library raises
        return error
    return None


def counting() -> Iterator[Check]:
    """Look at the tokenizer, by counting, and at what runs the loops."""
    from cachelens.prompts import tokens

    section = "Counting"
    text, expected = SAMPLE
    try:
        encoder = tokens.encoder()
        found = encoder.encode_batch([text])[0].tolist()
    except Exception as error:  # noqa: BLE001  whatever a damaged library raises
        hint = f"pip install --force-reinstall {DISTRIBUTION}"
        value = f"{tokens.TOKENIZER} cannot be used ({type(error).__name__})"
        yield Check(section=section, name="tokenizer", state=State.BROKEN, value=value, hint=hint)
    else:
        same = found == expected
        said = "a sample counts as it should" if same else "a sample counts wrong"
        hint = "" if same else f"pip install --force-reinstall '{DISTRIBUTION}[fast]'"
        state = State.OK if same else State.BROKEN
        value = f"{tokens.TOKENIZER} by {encoder.name}, {said}; other models by a ratio to it"
        yield Check(section=section, name="tokenizer", state=state, value=value, hint=hint)
    yield Check(section=section, name="loops", state=State.OK, value=_loops())


def _loops() -> str:
    version = _version("numba")
    if not version:
        return "plain Python, the same results more slowly"
    if os.environ.get("CACHELENS_NO_NUMBA"):
        return "plain Python, because CACHELENS_NO_NUMBA is set"
    return f"compiled by numba {version}, once for each loop, when there is enough for it to do"


def ages(day: dt.date, older_than: int) -> tuple[tuple[Age, ...], list[Check]]:
    """Look at the price files, all of which are read, and when their entries were compared with their sources."""
    from cachelens.providers.loading import load_pricing
    from cachelens.reports.figures import plural
    from cachelens.sheets import due_list

    section = "Prices and rules"
    try:
        book = load_pricing(())
    except CacheLensError as error:
        return (), [Check(section=section, name="files", state=State.BROKEN, value=error.message, hint=error.hint)]
    due = [entry.kind for entry in due_list(book, day, older_than).due]
    found = tuple(_age(kind, members, book.entries, due, day) for kind, members in _KINDS.items())
    models = f"{len(book.models)} models of {len({model.provider for model in book.models.values()})} providers"
    checks = [Check(section=section, name="files", state=State.OK, value=models)]
    for age in found:
        value = f"{age.entries} entries, checked {_span(age)}: the oldest {plural(age.days, 'day')} ago"
        hint = f"{age.due} due: `cachelens pricing check` names them, a newer version may have them" if age.due else ""
        state = State.OLD if age.due else State.OK
        checks.append(Check(section=section, name=age.kind, state=state, value=value, hint=hint))
    return found, checks


def _age(kind: str, members: Sequence[str], entries: Sequence[CheckedEntry], due: Sequence[str], day: dt.date) -> Age:
    days = sorted(entry.checked for entry in entries if entry.kind in members)
    return Age(
        kind=kind,
        entries=len(days),
        oldest=days[0],
        newest=days[-1],
        days=(day - dt.date.fromisoformat(days[0])).days,
        due=sum(found in members for found in due),
    )


def _span(age: Age) -> str:
    return f"on {age.newest}" if age.oldest == age.newest else f"from {age.oldest} to {age.newest}"


def surroundings() -> Iterator[Check]:
    """Look at the terminal, and at what belongs to the project in the working directory."""
    screen = terminal()
    shown = "in colour" if screen.color else "without colour"
    kind = "" if sys.stdout.isatty() else ", not a terminal"
    encoding = (sys.stdout.encoding or "unknown").lower()
    plain = "" if encoding.startswith("utf") else "what it cannot show is escaped; set PYTHONUTF8=1"
    value = f"{screen.width} columns, {shown}, {encoding}{kind}"
    yield Check(section="Here", name="terminal", state=State.OK, value=value, hint=plain)
    yield _configuration()
    git = shutil.which("git")
    hint = "" if git else "only `cachelens audit --diff-base` needs it"
    yield Check(
        section="Here", name="git", state=State.OK if git else State.ABSENT, value="found" if git else "", hint=hint
    )


def _configuration() -> Check:
    from cachelens.config.loading import find

    try:
        configuration = find(Path.cwd())
    except CacheLensError as error:
        return Check(section="Here", name="settings", state=State.BROKEN, value=error.message, hint=error.hint)
    if configuration.file is None:
        return Check(
            section="Here",
            name="settings",
            state=State.ABSENT,
            value="",
            hint="none here; `cachelens init` writes them",
        )
    return Check(section="Here", name="settings", state=State.OK, value=str(configuration.file))
