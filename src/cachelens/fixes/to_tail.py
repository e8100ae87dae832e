"""Values out of the system prompt, to the end of the user's last message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, count

from cachelens.fixes.base import Case, Fix
from cachelens.fixes.text import FileText
from cachelens.model.finding import Confidence
from cachelens.model.fix import Edit, Keeps, Proposal
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span, SpanKind

_LEFT = re.compile(r"(?:\{\{\{?[ \t]*|\$\{[ \t]*|\{)$")
_RIGHT = re.compile(r"[ \t]*\}{1,3}")
_LONGEST_SIGN = 20
_BOUND = re.compile(r"\{%[-+]?\s*(?:set|with|macro|from|import)\b|\{\{#\*?inline|\{\{#with")
_CODE = frozenset({"python", "typescript"})
_LABELS = {"V101": "current time", "V102": "id"}


class ToTail(Fix):
    """Moves a value to the end of the user's last message, and says in its place where it is now.

    Unsafe: the model reads it in another place, and a program that sends the two messages with other values, or one
    without the other, has to be changed with it.
    """

    id = "to-tail"
    rules = frozenset({"V101", "V102", "V103", "V104", "V105", "V109"})

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield one proposal for a value that stands in a system prompt, outside of loops and conditions."""
        target = case.target()
        tail = _tail(case)
        if target is None or tail is None or not target.is_top or target.span.kind is not SpanKind.VARIABLE:
            return
        if target.message.role is not Role.SYSTEM or _BOUND.search(case.file.text):
            return
        value, end = _signs(target.span, case.file), _end(tail.spans[-1], case.file)
        if value is None or end is None or end <= value[0]:
            return
        source = case.file.text[slice(*value)]
        label = _label(case, target.span, source, case.file.text[value[1] : end])
        line = f"{label}: {source}"
        edits = [Edit(*value, f"[{label}, given at the end of the last user message]")]
        if f"\n{_indent(case.file, end)}{line}" not in case.file.text[value[1] : end]:
            edits.append(Edit(end, end, f"\n\n{_indent(case.file, end)}{line}"))
        yield Proposal(
            fix=self.id,
            rule=case.finding.rule,
            line=case.location.line,
            what="move the value from the system prompt to the end of the last user message",
            safe=False,
            behaviour=True,
            keeps=Keeps.NAMES,
            edits=tuple(edits),
        )


def _tail(case: Case) -> MessageTemplate | None:
    """Return the user's last message, where it ends the template."""
    last = case.template.messages[-1]
    fits = last.role is Role.USER and last.section == "message" and last.spans
    return last if fits and case.template.language not in _CODE else None


def _signs(span: Span, file: FileText) -> tuple[int, int] | None:
    """Return where a value stands with the signs around it; `None` where they also take white space away."""
    if span.location.path != file.name:
        return None
    start, end = file.stretch(span.location)
    left, right = _LEFT.search(file.text[:start][-_LONGEST_SIGN:]), _RIGHT.match(file.text, end)
    return (start - len(left[0]), right.end()) if left and right else None


def _end(span: Span, file: FileText) -> int | None:
    """Return where a message ends, before the white space."""
    if span.location.path != file.name:
        return None
    if span.kind is SpanKind.LITERAL:
        start, end = file.stretch(span.location)
        bare = len(file.text[start:end].rstrip())
        return start + bare if bare else start
    signs = _signs(span, file) if span.kind is SpanKind.VARIABLE else None
    return signs[1] if signs else None


def _indent(file: FileText, offset: int) -> str:
    line = file.text[file.text.rfind("\n", 0, offset) + 1 : offset]
    return line[: len(line) - len(line.lstrip())]


def _label(case: Case, span: Span, source: str, behind: str) -> str:
    """Name a value: by the rule's word where it is sure what it is, else by its own name; no two alike."""
    own = re.sub(r"[\W_]+", " ", span.names[0]).strip() if span.names else ""
    word = _LABELS.get(case.finding.rule, "")
    labels = [word] if word and (not own or case.finding.confidence is not Confidence.LOW) else []
    names = chain(labels, [own or "value"], (f"{own or 'value'} {number}" for number in count(2)))
    return next(name for name in names if f"{name}: " not in behind or f"{name}: {source}" in behind)
