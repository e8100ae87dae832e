"""What must hold between a text and its fixed form, whatever the fix says of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cachelens.model.fix import Keeps
from cachelens.model.template import ParsedFile, PromptTemplate, Span, SpanKind


def kept(before: ParsedFile, after: ParsedFile, keeps: Keeps) -> bool:
    """Say whether a fixed file is read as well as before, and holds what the fix says that it keeps."""
    if Counter(problem.code for problem in after.problems) - Counter(problem.code for problem in before.problems):
        return False
    if len(before.templates) != len(after.templates):
        return False
    return all(
        names(one) == names(other) and _content(one, keeps) == _content(other, keeps)
        for one, other in zip(before.templates, after.templates, strict=True)
    )


def names(template: PromptTemplate) -> frozenset[str]:
    """Return the names of all values of a template."""
    return frozenset(name for message in template.messages for span in flat(message.spans) for name in span.names)


def lines(template: PromptTemplate) -> Counter[str]:
    """Return the lines that a template sends, values as their source; white space at ends and empty lines left out."""
    sent = "\n".join("".join(_written(message.spans)) for message in template.messages)
    return Counter(line.rstrip() for line in sent.split("\n") if line.strip())


def texts(template: PromptTemplate) -> list[str]:
    """Return the fixed texts of a template, in order."""
    return [span.text for message in template.messages for span in flat(message.spans) if span.kind is SpanKind.LITERAL]


def flat(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield spans and all that stands inside them, in order."""
    for span in spans:
        yield span
        for branch in span.branches:
            yield from flat(branch)


def _content(template: PromptTemplate, keeps: Keeps) -> object:
    if keeps is Keeps.LINES:
        return lines(template)
    return texts(template) if keeps is Keeps.TEXT else None


def _written(spans: Sequence[Span]) -> Iterator[str]:
    for span in spans:
        if span.kind is SpanKind.LITERAL:
            yield span.text
            continue
        yield f"\0{span.kind}:{' '.join(span.text.split())}\0"
        for branch in span.branches:
            yield from _written(branch)
            yield "\0"
