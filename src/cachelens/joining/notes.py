"""Says what a comparison of two versions leaves out, and what it takes for granted."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.joining.inventing import Change
from cachelens.joining.rerendering import Remade
from cachelens.joining.tellers import Told
from cachelens.joining.versions import Compared, counterpart
from cachelens.model.change import ChangeNote, Note
from cachelens.model.location import Location
from cachelens.model.template import PromptTemplate, Span, SpanKind
from cachelens.rules.judged import short

_TAKEN = {
    Change.REQUEST: "it was taken to change with every request",
    Change.DAY: "it was taken to change every day",
    Change.SESSION: "it was taken to change from session to session",
    Change.NEVER: "it was taken to be the same short word in all requests",
}


def notes(compared: Compared, told: Told, remade: Remade) -> list[ChangeNote]:
    """Return everything that has to be said, in the order of `Note` and of places."""
    found = [
        *_without_counterpart(compared),
        *_not_told(compared, told),
        *_messages(compared, remade),
        *_unknown(remade),
    ]
    return sorted(set(found), key=lambda note: (list(Note).index(note.code), note.location or _NOWHERE, note.message))


_NOWHERE = Location("", 1, 1, 1, 1)


def _without_counterpart(compared: Compared) -> Iterator[ChangeNote]:
    for templates, what in ((compared.added, "is new"), (compared.removed, "is gone")):
        for one in templates:
            message = f"template `{short(one.name)}` {what}: there is nothing to compare it with, so it was left out"
            yield ChangeNote(code=Note.NO_COUNTERPART, message=message, location=one.location)


def _not_told(compared: Compared, told: Told) -> Iterator[ChangeNote]:
    found = {made.pair for made in told.made.values()}
    unclear = set(told.ambiguous.values())
    for number, pair in enumerate(compared.changed):
        name, at = f"template `{short(pair.after.name)}`", pair.after.location
        if number in unclear:
            texts = sum(one == number for one in told.ambiguous.values())
            message = f"{texts:,} texts fit {name} and another one alike, so they were left as they are"
            yield ChangeNote(code=Note.AMBIGUOUS, message=message, location=at)
        elif number not in found:
            message = f"{name} changed, but no text of the traffic fits it, so it was left out"
            yield ChangeNote(code=Note.NOT_IN_TRAFFIC, message=message, location=at)
        guessed = sum(made.pair == number and not made.clear for made in told.made.values())
        if guessed:
            message = f"the values of {name} could be read in more than one way in {guessed:,} texts; one was taken"
            yield ChangeNote(code=Note.OTHER_VALUES, message=message, location=at)
    if told.given_up:
        message = f"matching templates to {told.given_up:,} texts took too much work, so they were left as they are"
        yield ChangeNote(code=Note.TOO_MUCH_WORK, message=message)


def _messages(compared: Compared, remade: Remade) -> Iterator[ChangeNote]:
    for number, pair in enumerate(compared.changed):
        before, after = pair
        name = f"template `{short(after.name)}`"
        if _added(before, after):
            message = f"{name} has a message more than before; it was left out"
            yield ChangeNote(code=Note.ADDED_MESSAGE, message=message, location=after.location)
        if number in remade.removed:
            message = f"{name} has a message less than before; its text was taken out of the requests"
            yield ChangeNote(code=Note.REMOVED_MESSAGE, message=message, location=after.location)
        if _marks(before) != _marks(after):
            message = f"the cache marks of {name} changed; the traffic was replayed with the marks that it has"
            yield ChangeNote(code=Note.MARKS, message=message, location=after.location)


def _marks(template: PromptTemplate) -> list[tuple[bool, str]]:
    return [(message.marked, message.lifetime) for message in template.messages]


def _added(before: PromptTemplate, after: PromptTemplate) -> bool:
    return any(counterpart(number, after, before) is None for number in range(len(after.messages)))


def _unknown(remade: Remade) -> Iterator[ChangeNote]:
    for (key, change), _ in sorted(remade.unknown.items()):
        span = remade.spans[key]
        yield ChangeNote(code=_code(span), message=_said(span, change), location=span.location)


def _code(span: Span) -> Note:
    if span.kind is SpanKind.CONDITION:
        return Note.UNKNOWN_CONDITION
    return Note.UNKNOWN_LOOP if span.kind is SpanKind.LOOP else Note.UNKNOWN_VALUE


def _said(span: Span, change: Change) -> str:
    name = f"`{short(span.text)}`"
    if span.kind is SpanKind.CONDITION:
        return f"the traffic does not tell whether {name} holds; it was taken to hold"
    if span.kind is SpanKind.LOOP:
        return f"the traffic does not tell the items of {name}; it was taken to have none"
    return f"the traffic does not tell the value of {name}; {_TAKEN[change]}"


def read_from_before(requests: int) -> ChangeNote:
    """Say that reads of entries from before the log were cut."""
    message = (
        f"{requests:,} requests read entries that were written before the log begins; what they read behind the "
        "first changed text was left out on both sides"
    )
    return ChangeNote(code=Note.READ_FROM_BEFORE, message=message)
