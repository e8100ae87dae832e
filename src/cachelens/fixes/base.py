"""What a fix is, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from cachelens.fixes.text import FileText
from cachelens.model.finding import Finding
from cachelens.model.fix import Proposal
from cachelens.model.location import Location
from cachelens.model.template import MessageTemplate, PromptTemplate, Span


class Target(NamedTuple):
    """The span that a finding is about."""

    message: MessageTemplate
    top: int
    """Place among the message's spans of the one that is it or holds it."""
    span: Span

    @property
    def is_top(self) -> bool:
        """Whether it stands outside all loops and conditions."""
        return self.message.spans[self.top] is self.span


class Case(NamedTuple):
    """A finding in the file that it stands in."""

    finding: Finding
    location: Location
    template: PromptTemplate
    file: FileText

    def target(self) -> Target | None:
        """Return the span that stands where the finding is."""
        for message in self.template.messages:
            for number, top in enumerate(message.spans):
                span = _at(top, self.location)
                if span is not None:
                    return Target(message, number, span)
        return None

    def stretches(self) -> Iterator[Location]:
        """Yield the place of the finding, then those in the same file that its value was traced back to."""
        yield self.location
        target = self.target()
        for origin in target.span.origins if target is not None else ():
            if origin.location.path == self.file.name and origin.location != self.location:
                yield origin.location


class Fix:
    """One way to mend the findings of some rules."""

    id: ClassVar[str]
    """Permanent, the row in `catalog.yaml`."""
    rules: ClassVar[frozenset[str]]
    """Ids of the rules whose findings it mends."""

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield what could be done, best first; nothing where it does not fit."""
        raise NotImplementedError


def _at(span: Span, location: Location) -> Span | None:
    if span.location == location:
        return span
    return next((found for branch in span.branches for inner in branch if (found := _at(inner, location))), None)
