"""Tells which version of which template made the texts of a trace, and from which values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cachelens.joining.fitting import Fit, Fitter, Message, messages_of
from cachelens.joining.values import Values, values_in
from cachelens.joining.versions import Compared
from cachelens.layouts.slots import text_of
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.trace import Trace

_TEXTS = (SegmentKind.SYSTEM, SegmentKind.TEXT)


class Made(NamedTuple):
    """A segment that a changed template made."""

    pair: int
    """Number among the changed templates."""
    message: Message
    """The message that made it, of the version that fits."""
    is_old: bool
    """Whether that is the version before the change."""
    text: str
    start: int
    """What the template made begins here; other text may stand in front and behind."""
    stop: int
    loose: bool
    values: Values
    clear: bool
    """False where its values could be read in another way as well."""


class Told(NamedTuple):
    """What is known of all segments of a trace."""

    made: dict[int, Made]
    """By number of the segment."""
    ambiguous: dict[int, int]
    """Segments that several templates make alike, with one of those that changed."""
    given_up: int
    """Texts that took too much work."""


def tell(trace: Trace, compared: Compared) -> Told:
    """Look for the changed templates in all texts of a trace. What another template covers better is its own."""
    messages: list[Message] = []
    owner: dict[int, tuple[int, bool]] = {}
    for number, pair in enumerate(compared.changed):
        for template, is_old in ((pair.before, True), (pair.after, False)):
            for message in messages_of([template]):
                messages.append(message)
                owner[id(message)] = number, is_old
    changed, others = Fitter(messages), Fitter(messages_of((*compared.same, *compared.added)))
    made: dict[int, Made] = {}
    ambiguous: dict[int, int] = {}
    for segment in np.flatnonzero(np.isin(trace.segments.kind, _TEXTS)).tolist():
        role = Role(int(trace.segments.role[segment]))
        if role is Role.ASSISTANT:
            continue
        kind, text = SegmentKind(int(trace.segments.kind[segment])), text_of(trace, segment)
        fits = changed.fits(text, kind, role)
        if not fits:
            continue
        rivals = others.fits(text, kind, role)
        if rivals and _better(rivals[0], fits[0]):
            continue
        owners = [owner[id(fit.message)] for fit in fits]
        if (rivals and not _better(fits[0], rivals[0])) or not _alike(fits, owners):
            ambiguous[segment] = owners[0][0]
            continue
        best = next((n for n, (_, is_old) in enumerate(owners) if is_old), 0)
        made[segment] = _made(fits[best], *owners[best], text)
    return Told(made, ambiguous, changed.given_up + others.given_up)


def _better(one: Fit, other: Fit) -> bool:
    return one.rank > other.rank


def _alike(fits: Sequence[Fit], owners: Sequence[tuple[int, bool]]) -> bool:
    """Say whether fits are of one template, or of several that are the same text at the same place."""
    if len({pair for pair, _ in owners}) == 1:
        return True
    return all(
        len({fit.message.said for fit, (_, is_old) in zip(fits, owners, strict=True) if is_old is side}) <= 1
        for side in (True, False)
    )


def _made(fit: Fit, pair: int, is_old: bool, text: str) -> Made:  # noqa: FBT001  one of two versions
    return Made(
        pair=pair,
        message=fit.message,
        is_old=is_old,
        text=text,
        start=fit.reading.start,
        stop=fit.reading.stop,
        loose=fit.loose,
        values=values_in(fit.form, fit.program.holes, fit.reading, text),
        clear=fit.reading.clear,
    )
