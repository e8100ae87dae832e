"""Most of the fixed text stands behind values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.template import SpanKind
from cachelens.rules.base import Rule
from cachelens.rules.judged import SOME, finding_at, is_setting, short
from cachelens.rules.nature import Nature
from cachelens.rules.spans import Laid, Placed

_MOST = 0.5
"""Share of the fixed text that stands behind values from which a template is told."""
_SEVERAL = 2
_FROM_FILES = re.compile(r"(?:^|\.)(?:read|read_text|readFile|readFileSync|open|load|load_prompt|safe_load)$")
"""Calls that read what stands in a file: it stays as it is."""


class ScatteredValues(Rule):
    """Most of the fixed text stands behind values.

    A cache ends at the first value that differs. Where values are strewn over a template from its beginning on, only
    the few words in front of the first one can ever be read from cache, whatever the other values are.

    This rule looks at a template as a whole. It is silent where other rules have named the first value and almost all
    that follow.

    What to do: write the fixed text first, in a system prompt of its own, and name the values in one block behind it.

    Bad:

        Work in {{ folder }} on {{ repository }}. (2,000 tokens) Remember to stay in {{ folder }}.

    Good:

        Work in the folder that is named below. (2,000 tokens)
        Folder: {{ folder }}
        Repository: {{ repository }}
    """

    id = "S308"
    name = "fixed-text-behind-values"
    severity = Severity.LOW
    advice = "Put the fixed text first, and all values in one block behind it."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield the first value of a template with little in front of it."""
        values = [place for place in template.places if _may_change(place)]
        first = values[0] if values else None
        if first is None or first.fixed_behind < max(SOME, _MOST * template.fixed_tokens):
            return
        kinds = len({place.span.text for place in values})
        unnamed = len({place.span.text for place in values if place.told is None})
        if first.told is not None and unnamed < _SEVERAL:
            return
        yield finding_at(
            self,
            first.span.location,
            f"`{short(first.span.text)}` is the first of {kinds:,} value{'s' * (kinds > 1)}; of about "
            f"{template.fixed_tokens:,} fixed tokens only {first.tokens_before:,} stand in front of it",
            severity=self.severity,
            confidence=Confidence.LOW,
            advice=self.advice,
            stranded=first.fixed_behind,
        )


def _may_change(place: Placed) -> bool:
    span = place.span
    if span.kind not in {SpanKind.VARIABLE, SpanKind.LOOP} or place.in_tail or is_setting(span):
        return False
    if place.message.section in {"history", "tools", "schema"}:
        return False
    if any(map(_FROM_FILES.search, span.calls)):
        return False
    return bool(span.names or span.calls) and (place.told is None or place.told.nature is not Nature.KEYS)
