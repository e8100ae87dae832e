"""Pairs of requests of which somebody has said whether one answer serves both."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cachelens.errors import UsageError
from cachelens.layers.normal import Normal
from cachelens.layers.traffic import Traffic

_HINT = "each row needs a, b (ids of requests, or their questions) and same (true or false)"
_TRUE = frozenset({"true", "yes", "1", "same"})
_FALSE = frozenset({"false", "no", "0", "different"})


class Labels:
    """Labelled pairs, found by the ids of requests or by their questions."""

    def __init__(self, pairs: Mapping[frozenset[str], bool], traffic: Traffic, normal: Normal) -> None:
        self._pairs = pairs
        self._traffic = traffic
        self._normal = normal

    def get(self, one: int, other: int) -> bool | None:
        """Say whether one answer serves both requests; `None` where nobody has said."""
        if not self._pairs:
            return None
        names = [frozenset((first, second)) for first in self._names(one) for second in self._names(other)]
        return next((self._pairs[name] for name in names if name in self._pairs), None)

    def _names(self, number: int) -> list[str]:
        question = self._traffic.questions[number]
        names = [self._traffic.trace.request_ids[number], self._normal.text(question.text) if question else ""]
        return [name for name in names if name]


def labels_of(path: Path | None, traffic: Traffic, normal: Normal) -> Labels:
    """Return the labelled pairs of a CSV or JSONL file; `UsageError` with file and line for what cannot be used."""
    pairs: dict[frozenset[str], bool] = {}
    for line, row in _rows(path) if path is not None else ():
        word = str(row.get("same", "")).strip().lower()
        if word not in _TRUE | _FALSE or not row.get("a") or not row.get("b"):
            raise UsageError(f"{path} line {line} is no labelled pair", hint=_HINT)
        pairs[frozenset(normal.text(str(row[name])) for name in ("a", "b"))] = word in _TRUE
    return Labels(pairs, traffic, normal)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name another file with --labels") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8", hint="save it as UTF-8") from None
    if path.suffix.lower() == ".csv":
        yield from ((line, row) for line, row in enumerate(csv.DictReader(text.splitlines()), start=2))
        return
    for line, body in enumerate(text.splitlines(), start=1):
        if not body.strip():
            continue
        try:
            row = json.loads(body)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise UsageError(f"{path} line {line} is no JSON object", hint=_HINT)
        yield line, row
