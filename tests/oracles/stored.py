"""Named cache objects with a lifetime and an hourly rent (Gemini explicit).

Source of every rule: https://ai.google.dev/gemini-api/docs/caching .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracles.entries import seconds
from tests.oracles.traffic import US, OReq, OUse, Prefix, in_order, prefix, tokens_to

OBJECT = "object"
"""The class under which the create call is counted in `OUse.writes`."""


@dataclass
class StoredObject:
    """One object: what it holds is known by its key."""

    tokens: int
    created: int
    uses: list[int] = field(default_factory=list)


def stored_object(
    requests: Sequence[OReq],
    *,
    min_tokens: int,
    ttl_s: int = 3600,
    delete_after_last_use: bool = False,
) -> tuple[list[OUse], Fraction]:
    """Replay objects; answers in the order of `requests`, and the rent in token-hours, exactly.

    * Each request that has a mark wants one object: its prefix up to the last mark (labels do not matter).
      Without a mark, or with fewer than `min_tokens` tokens in it, everything is plain.
    * A request creates the object it wants when none is alive, just before it runs. The create call bills the
      object's tokens once at the plain input price: counted in `writes["object"]`, on top of the request's
      own input, so that here (and only here) the sum is larger than the input.
    * Every request that wants an object reads the whole of it, its creator too; the rest is plain.
    * Lifetime: from creation, while start - creation <= TTL. Use never extends it.
    * Rent: tokens x lifetime. The lifetime is the whole TTL, or with `delete_after_last_use` the time from
      creation to the start of the last request that used the object.
    """
    objects: dict[tuple[str, Prefix], list[StoredObject]] = {}
    answers: dict[int, OUse] = {}
    for number, request in in_order(requests):
        index = max((i for i, _ in request.marks), default=-1)
        size = tokens_to(request, index)
        if index < 0 or size < min_tokens:
            answers[number] = OUse(plain=request.total, read=0)
            continue
        known = objects.setdefault((request.scope, prefix(request, index)), [])
        writes = {}
        if not known or request.at_us - known[-1].created > seconds(ttl_s):
            known.append(StoredObject(size, request.at_us))
            writes = {OBJECT: size}
        known[-1].uses.append(request.at_us)
        answers[number] = OUse(plain=request.total - size, read=size, writes=writes)
    rent = Fraction(0)
    for one in (o for known in objects.values() for o in known):
        life = max(one.uses) - one.created if delete_after_last_use else seconds(ttl_s)
        rent += Fraction(one.tokens * life, 3600 * US)
    return [answers[n] for n in range(len(requests))], rent
