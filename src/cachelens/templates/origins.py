"""What values were traced back to, kept short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cachelens.model.template import Origin, Span

MOST_ORIGINS = 12
"""Origins that are kept of one value."""

Origins = tuple[Origin, ...]


def merged(*groups: Iterable[Origin]) -> Origins:
    """Join origins, each once, up to `MOST_ORIGINS`."""
    return tuple(dict.fromkeys(origin for group in groups for origin in group))[:MOST_ORIGINS]


def origins_in(spans: Iterable[Span]) -> Origins:
    """Return what makes a stretch of template vary: its expressions and what they were traced back to."""
    return merged(*(_of_span(span) for span in spans))


def _of_span(span: Span) -> Iterator[Origin]:
    if span.names or span.calls:
        yield Origin(span.text, span.location, span.calls)
    yield from span.origins
    for branch in span.branches:
        for inner in branch:
            yield from _of_span(inner)
