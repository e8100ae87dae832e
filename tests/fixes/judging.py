"""A judge that finds every value in front of fixed text, so that fixes are tried everywhere; and files mended by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cachelens.fixes.laws import flat
from cachelens.fixes.plan import Planner, by_template
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.fix import FileFix
from cachelens.model.prompt import Role
from cachelens.model.template import PromptTemplate, Span, SpanKind
from cachelens.templates.reading import Found

ORDER = {"F201", "F205", "V107"}
"""Rules on the order of items and keys."""


def every_value(*rules: str) -> Callable[[PromptTemplate], Iterator[Finding]]:
    """Return a judge by whom each value outside the user's last message breaks all of the rules."""

    def judge(template: PromptTemplate) -> Iterator[Finding]:
        last = template.messages[-1]
        tail = last if len(template.messages) > 1 and last.role is Role.USER else None
        spans = [(span, message) for message in template.messages for span in flat(message.spans)]
        behind = sum(len(span.text) for span, _ in spans if span.kind is SpanKind.LITERAL)
        for span, message in spans:
            if span.kind is SpanKind.LITERAL:
                behind -= len(span.text)
            elif message is not tail and not _is_in_order(span, rules):
                for rule in rules:
                    yield Finding(
                        rule=rule,
                        severity=Severity.HIGH,
                        confidence=Confidence.HIGH,
                        message="a value",
                        location=span.location,
                        stranded_tokens=behind,
                    )

    return judge


def _is_in_order(span: Span, rules: tuple[str, ...]) -> bool:
    """Say whether rules on order have nothing to say of a value, since it is sorted."""
    sources = (span.text, *(origin.expression for origin in span.origins))
    is_sorted = "sorted" in span.filters or any("sort_keys=True" in one or "sorted(" in one for one in sources)
    return set(rules) <= ORDER and is_sorted


def mended(text: str | bytes, name: str, *rules: str, unsafe: bool = False) -> FileFix:
    """Mend a text as the file `name`."""
    data = text.encode() if isinstance(text, str) else text
    found = Found(name=name, path=Path(name))
    return Planner(by_template(every_value(*rules)), []).fix(found, data, unsafe=unsafe).file


def after(text: str, name: str, *rules: str, unsafe: bool = False) -> str:
    """Return a text as it is when mended."""
    return mended(text, name, *rules, unsafe=unsafe).after.decode()
