"""Parsed files as text that a reader can check against the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.location import Location
from cachelens.model.template import ParsedFile, Span, SpanKind


def outline(parsed: ParsedFile) -> str:
    """Write templates, messages, spans and problems, a line each."""
    return "\n".join(_lines(parsed)) + "\n"


def _lines(parsed: ParsedFile) -> Iterator[str]:
    for template in parsed.templates:
        yield f"template {template.name} ({template.language})" + (f" for {template.model}" if template.model else "")
        for message in template.messages:
            yield f"  {message.section} {message.role.name}{' marked' if message.marked else ''}"
            yield from _spans(message.spans, "    ")
    for problem in parsed.problems:
        yield f"problem {_place(problem.location)} {problem.code}: {problem.message}"


def _spans(spans: Sequence[Span], indent: str) -> Iterator[str]:
    for span in spans:
        line = f"{indent}{span.kind.value} {_place(span.location)} {span.text!r}"
        for label, values in (("names", span.names), ("calls", span.calls), ("filters", span.filters)):
            line += f" {label}={','.join(values)}" if values else ""
        yield line
        for origin in span.origins:
            yield f"{indent}  < {_place(origin.location)} {origin.expression!r}"
        for number, branch in enumerate(span.branches, start=1):
            yield f"{indent}  {'body' if span.kind is not SpanKind.CONDITION else 'branch'} {number}"
            yield from _spans(branch, indent + "    ")


def _place(place: Location) -> str:
    return f"{place.path.rpartition('/')[2]}:{place.line}:{place.column}-{place.end_line}:{place.end_column}"


def all_spans(parsed: ParsedFile) -> Iterator[Span]:
    """Yield every span of a file, branches behind what they belong to."""
    for template in parsed.templates:
        for message in template.messages:
            yield from walk(message.spans)


def walk(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield spans and all below them."""
    for span in spans:
        yield span
        for branch in span.branches:
            yield from walk(branch)


def cut(text: str, place: Location) -> str:
    """Return what stands at a place of a file."""
    lines = text.split("\n")[place.line - 1 : place.end_line]
    if len(lines) == 1:
        return lines[0][place.column - 1 : place.end_column - 1]
    return "\n".join([lines[0][place.column - 1 :], *lines[1:-1], lines[-1][: place.end_column - 1]])
