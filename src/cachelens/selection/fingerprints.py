"""What a finding is known by from run to run: its rule and place, not its line number, its cost or its words."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import msgspec

from cachelens.model.finding import Finding, TrafficPlace
from cachelens.selection.texts import Texts

_BYTES = 12
_SEPARATOR = "\x1f"


def fingerprinted(findings: Iterable[Finding], texts: Texts) -> list[Finding]:
    """Give every finding its fingerprint; the order stays.

    In a file that is the rule, the path, and the text of its line with white space evened out; in traffic the rule, the
    workload and the place without its token. Equal ones are numbered in the order of their places. Only the hash
    is kept.
    """
    kept = list(findings)
    seen: Counter[str] = Counter()
    marks = [""] * len(kept)
    for index in sorted(range(len(kept)), key=lambda index: (_position(kept[index]), index)):
        known = _known_by(kept[index], texts)
        seen[known] += 1
        marks[index] = _hash(f"{known}{_SEPARATOR}{seen[known]}")
    return [msgspec.structs.replace(finding, fingerprint=mark) for finding, mark in zip(kept, marks, strict=True)]


def _position(finding: Finding) -> tuple[str, int, int]:
    where = finding.location
    if isinstance(where, TrafficPlace):
        return where.workload, where.token or 0, 0
    return where.path, where.line, where.column


def _known_by(finding: Finding, texts: Texts) -> str:
    where = finding.location
    if isinstance(where, TrafficPlace):
        return _SEPARATOR.join((finding.rule, "traffic", where.workload, where.place))
    line = " ".join(texts.line(where.path, where.line).split())
    return _SEPARATOR.join((finding.rule, "file", texts.relative(where.path), line))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
