"""What rules on the cache marks of a template share."""

from __future__ import annotations

from cachelens.model.template import MessageTemplate
from cachelens.rules.nature import Nature
from cachelens.rules.spans import Laid, Placed

USUAL_MOST = 4
"""Marks that a request may carry where its template names no known model: what the providers that take marks allow."""
_LENGTHS = {"": 300, "5m": 300, "30m": 1800, "1h": 3600}
"""Seconds of the lifetimes in use; without a word it is five minutes."""
_NEW_EACH_TIME = frozenset({Nature.TIME, Nature.ID, Nature.NUMBER, Nature.ADDRESS, Nature.DOCUMENTS, Nature.EXAMPLES})


def marks(template: Laid) -> list[MessageTemplate]:
    """Return the messages at whose end a mark stands."""
    return [message for message in template.template.messages if message.marked]


def seconds(message: MessageTemplate) -> int | None:
    """Return how long the mark of a message keeps the cache; `None` for a lifetime that nobody knows."""
    return _LENGTHS.get(message.lifetime)


def fixed_head(template: Laid) -> int:
    """Return the tokens of fixed text in front of the first thing that may change, about."""
    return template.places[0].tokens_before if template.places else template.fixed_tokens


def never_repeats(place: Placed) -> bool:
    """Say whether a value is new in every request, so that no mark behind it is ever read."""
    said = place.told
    if said is None or said.perhaps or place.in_tail or place.message.section == "history":
        return False
    return said.nature in _NEW_EACH_TIME or (said.nature is Nature.INPUT and place.message.section == "system")
