"""Cassettes: HTTP exchanges that a test suite recorded, as YAML (vcrpy, pytest-recording)."""

from __future__ import annotations

import base64
import contextlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.api_envelope import Opener
from cachelens.sources.api_jsonl import read_row
from cachelens.sources.api_record import Mapped
from cachelens.sources.base import NO_OPTIONS, ReadOptions

NOT_YAML = "not valid YAML"
TOO_HEAVY = "aliases that unfold without end"
_HEAVIEST = 10_000_000
"""Values in a cassette, aliases written out; a long one has some ten thousand."""
_OPENING = b"interactions:"
_GZIP_OR_ZLIB = 47
"""`wbits` for either header, told by its first bytes."""


class Cassette:
    """Reads one cassette; the line of a request is the number of its exchange."""

    id = "vcr"
    splittable = False
    mappable = True

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files that begin with the list of exchanges."""
        return 100 if any(line.startswith(_OPENING) for line in head[:2]) else 0

    def rows(self, head: Sequence[bytes]) -> Iterator[bytes]:
        """Yield nothing: a part of a cassette is no YAML."""
        return iter(())

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield a record for each exchange with a model."""
        import yaml

        last = 0
        text: list[bytes] = []
        for number, line in lines:
            text += [b""] * (number - last - 1)  # blank lines are left out on the way, and are text in a block of YAML
            text.append(line)
            last = number
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            cassette = yaml.load(b"\n".join(text), loader)  # noqa: S506 - one of the two safe loaders
            weight = _weight(cassette, {})
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            yield Skip(line=mark.line + 1 if mark else 1, reason=NOT_YAML)
            return
        if weight >= _HEAVIEST:
            yield Skip(line=1, reason=TOO_HEAVY)
            return
        opener, mapped = Opener(), Mapped(options)
        exchanges = cassette.get("interactions") if isinstance(cassette, dict) else None
        for number, exchange in enumerate(exchanges if isinstance(exchanges, list) else (), 1):
            yield from read_row(opener, mapped, number, _as_json(exchange))


def _weight(value: Any, known: dict[int, int]) -> int:  # noqa: ANN401 - whatever the YAML holds
    """Count the values that a value unfolds to when what it repeats by alias is written out."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if id(value) not in known:
        known[id(value)] = _HEAVIEST  # what holds itself has no end
        known[id(value)] = 1 + sum(_weight(item, known) for item in inside) if inside else 1
    return known[id(value)]


def _as_json(exchange: Any) -> bytes:  # noqa: ANN401 - whatever the YAML holds
    return json.dumps(exchange, default=_text, ensure_ascii=False, skipkeys=True).encode("utf-8", "replace")


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON has no type for
    """Return bytes as text, unpacked where they were sent packed; all else as Python writes it."""
    if not isinstance(value, bytes):
        return str(value)
    data = value
    with contextlib.suppress(zlib.error):
        data = zlib.decompress(value, _GZIP_OR_ZLIB)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


SOURCE = Cassette()
