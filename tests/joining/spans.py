"""Templates built by hand, and the plainest way to render them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, PromptTemplate, Span, SpanKind

HERE = Location("prompts/support.jinja2", 1, 1, 1, 2)
Given = Mapping[str, Any]
"""Values by name: a text, whether a condition holds, or the values of each round of a loop."""


def fixed(text: str) -> Span:
    return Span(kind=SpanKind.LITERAL, location=HERE, text=text)


def value(name: str, *, line: int = 1, calls: tuple[str, ...] = (), path: str = HERE.path) -> Span:
    place = Location(path, line, 1, line, 2)
    names = () if calls else (name,)
    return Span(kind=SpanKind.VARIABLE, location=place, text=name, names=names, calls=calls)


def choice(name: str, *branches: Sequence[Span]) -> Span:
    return Span(kind=SpanKind.CONDITION, location=HERE, text=name, names=(name,), branches=tuple(map(tuple, branches)))


def loop(name: str, *branches: Sequence[Span]) -> Span:
    return Span(kind=SpanKind.LOOP, location=HERE, text=name, names=(name,), branches=tuple(map(tuple, branches)))


def template(*spans: Span, role: Role = Role.SYSTEM, name: str = "support") -> PromptTemplate:
    message = MessageTemplate(role=role, spans=spans, location=HERE)
    return PromptTemplate(name=name, language="jinja2", location=HERE, messages=(message,))


def rendered(spans: Sequence[Span], given: Given) -> str:
    """Render as any template language would."""
    parts: list[str] = []
    for span in spans:
        if span.kind is SpanKind.LITERAL:
            parts.append(span.text)
        elif span.kind is SpanKind.VARIABLE:
            parts.append(given[span.text])
        elif span.kind is SpanKind.CONDITION:
            taken = given[span.text]
            parts.append(rendered(span.branches[taken], given) if 0 <= taken < len(span.branches) else "")
        else:
            parts += [rendered(span.branches[0], {**given, **one}) for one in given[span.text]]
            if not given[span.text] and len(span.branches) > 1:
                parts.append(rendered(span.branches[1], given))
    return "".join(parts)
