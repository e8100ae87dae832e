"""What the tests of transcript and trace readers share: run one over a file or over lines."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from cachelens.model.prompt import SegmentDraft
from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.base import ReadOptions, Source


def read(source: Source, path: Path) -> tuple[list[RequestRecord], list[Skip]]:
    return read_lines(source, path.read_bytes().splitlines(), path.name)


def read_lines(source: Source, lines: Iterable[bytes], name: str = "log") -> tuple[list[RequestRecord], list[Skip]]:
    results = list(source.read(enumerate(lines, 1), name, ReadOptions()))
    return (
        [result for result in results if isinstance(result, RequestRecord)],
        [result for result in results if isinstance(result, Skip)],
    )


def segments(record: RequestRecord) -> Sequence[SegmentDraft]:
    assert record.expand is not None
    return [draft for part in record.parts for draft in record.expand(part)]


def texts(record: RequestRecord) -> list[str]:
    return [draft.data.decode() for draft in segments(record)]
