"""Fixes over files and folders."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from cachelens.fixes.plan import Judge, Planned, Planner, has_fix
from cachelens.fixes.writing import NotWrittenError, write
from cachelens.model.finding import Finding
from cachelens.model.fix import FileFix, FixResult
from cachelens.model.location import Location
from cachelens.model.template import TemplateProblem
from cachelens.templates.base import MOST_BYTES
from cachelens.templates.files import UnusableError
from cachelens.templates.reading import Found


def fix_files(
    found: Sequence[Found], roots: Sequence[Path], judge: Judge, *, unsafe: bool = False, writing: bool = True
) -> FixResult:
    """Mend the findings in some files, and write those that change unless `writing` is false.

    What cannot be read, or may not be written, is left alone with a problem, and the rest goes on.
    """
    planner = Planner(judge, roots)
    changed: list[FileFix] = []
    problems: list[TemplateProblem] = []
    findings = more = 0
    for file in found:
        planned = _planned(planner, file, unsafe=unsafe)
        if planned is None:
            continue  # reading it for the audit says why
        findings, more = findings + planned.findings, more + planned.more
        fixed = planned.file
        if fixed.after == fixed.before:
            continue
        try:
            if writing:
                write(file.path, fixed.before, fixed.after, roots)
            else:
                _check_patch(fixed.before)
        except NotWrittenError as error:
            at = Location(file.name, 1, 1, 1, 1)
            problems.append(TemplateProblem(at, "not-fixed", f"not fixed: {error}"))
            continue
        changed.append(fixed)
    return FixResult(files=tuple(changed), findings=findings, more=more, problems=tuple(problems), written=writing)


def _planned(planner: Planner, file: Found, *, unsafe: bool) -> Planned | None:
    data = _read(file.path)
    if data is None:
        return None
    try:
        return planner.fix(file, data, unsafe=unsafe)
    except UnusableError:
        return None


def _check_patch(data: bytes) -> None:
    """Raise `NotWrittenError` for a file whose patch would not be text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotWrittenError("a patch of UTF-16 cannot be written; save it as UTF-8, or use --fix") from None


def with_fixable(
    findings: Sequence[Finding], found: Sequence[Found], roots: Sequence[Path], judge: Judge
) -> list[Finding]:
    """Return findings in templates, each with `fixable` true where a safe fix mends it."""
    planner = Planner(judge, roots)
    mended: set[tuple[str, Location]] = set()
    paths = {f.location.path for f in findings if isinstance(f.location, Location) and has_fix(f.rule)}
    for file in found:
        data = _read(file.path) if file.name in paths else None
        if data is not None:
            with contextlib.suppress(UnusableError):  # reading it for the audit said so
                mended |= planner.fixable(file, data)
    return [
        msgspec.structs.replace(finding, fixable=(finding.rule, finding.location) in mended) for finding in findings
    ]


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError:
        return None
    return data if len(data) <= MOST_BYTES else None
