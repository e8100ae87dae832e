"""Findings that are known: a file of them, of which a project wants to hear no more than that they are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from cachelens.errors import UsageError
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.selection.texts import Texts

SCHEMA_ID = "cachelens.baseline/v1"
_HINT = "write it anew with --write-baseline"


class KnownFinding(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """One finding; no content, no line, no cost, so that the file changes only when findings come and go."""

    path: str
    """From the root; empty for a finding in traffic."""
    workload: str
    place: str
    rule: str
    fingerprint: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    findings: tuple[KnownFinding, ...]


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds; without one, nothing is known."""

    name: str = ""
    findings: tuple[KnownFinding, ...] = ()
    lines: tuple[int, ...] = ()
    """The line of each."""


def read_baseline(path: Path) -> Baseline:
    """Read a file of known findings; `UsageError` for one that is missing, damaged, or of another version."""
    try:
        text = path.read_text(encoding="utf-8")
        document = msgspec.json.decode(text, type=_Document)
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror}", hint=_HINT) from error
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        other = _schema(path)
        if other and other != SCHEMA_ID:
            raise _other_version(path, other) from None
        why = str(error) if isinstance(error, msgspec.DecodeError) else "it is not UTF-8"
        raise UsageError(f"the baseline {path} is damaged: {why}", hint=_HINT) from None
    if document.schema != SCHEMA_ID:
        raise _other_version(path, document.schema)
    rows = text.splitlines()
    found = {mark: number for number, row in enumerate(rows, 1) for mark in _marks(row)}
    lines = tuple(found.get(known.fingerprint, 1) for known in document.findings)
    return Baseline(name=path.as_posix(), findings=document.findings, lines=lines)


def written(findings: Iterable[KnownFinding]) -> str:
    """Return the text of a file: sorted, one finding a line, the same bytes for the same findings."""
    rows = [msgspec.json.encode(known).decode() for known in sorted(set(findings))]
    body = "\n" + ",\n".join(f"  {row}" for row in rows) + "\n " if rows else ""
    return f'{{\n "schema": "{SCHEMA_ID}",\n "findings": [{body}]\n}}\n'


def known_as(finding: Finding, texts: Texts) -> KnownFinding:
    """Return what a file says of a finding."""
    where = finding.location
    if isinstance(where, TrafficPlace):
        return KnownFinding("", where.workload, where.place, finding.rule, finding.fingerprint)
    return KnownFinding(texts.relative(where.path), "", "", finding.rule, finding.fingerprint)


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a run looked at: of the rest it cannot say what is gone, but for files that are there no more."""

    root: Path
    """Folder that paths start at."""
    rules: frozenset[str]
    """Rules that judged."""
    paths: frozenset[str]
    """Files from the root, those included among them."""
    workloads: frozenset[str]

    def holds(self, known: KnownFinding) -> bool:
        """Say whether the run would have found it again."""
        if known.rule not in self.rules:
            return False
        if known.workload:
            return known.workload in self.workloads
        return known.path in self.paths or not (self.root / known.path).exists()


def gone(baseline: Baseline, found: Iterable[Finding], scope: Scope) -> list[tuple[int, KnownFinding]]:
    """Return the entries that a run did not find again, each with its line."""
    marks = {finding.fingerprint for finding in found}
    rows = zip(baseline.lines, baseline.findings, strict=True)
    return [(line, known) for line, known in rows if known.fingerprint not in marks and scope.holds(known)]


def beside(path: Path) -> Baseline:
    """Return what a file holds that is to be written anew, if it is there; `UsageError` if it is something else."""
    if not path.exists():
        return Baseline()
    try:
        return read_baseline(path)
    except UsageError as error:
        raise UsageError(error.message, hint="name another file with --write-baseline, or delete this one") from None


def renewed(baseline: Baseline, found: Sequence[KnownFinding], scope: Scope) -> str:
    """Return the text of a new file: what a run found, and of an older file what it did not look at."""
    return written([*found, *(known for known in baseline.findings if not scope.holds(known))])


def _marks(row: str) -> list[str]:
    _, sign, rest = row.partition('"fingerprint":"')
    return [rest.partition('"')[0]] if sign else []


def _schema(path: Path) -> str:
    try:
        document = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return ""
    schema = document.get("schema") if isinstance(document, dict) else None
    return schema if isinstance(schema, str) else ""


def _other_version(path: Path, schema: str) -> UsageError:
    return UsageError(f"the baseline {path} is {schema!r}; this version reads {SCHEMA_ID!r}", hint=_HINT)
