"""Why a layer cannot be replayed on a log, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cachelens.layers.exact import NO_PARAMETERS, NO_PROMPT, NO_TENANT, SAMPLED
from cachelens.layers.semantic import GATED, NO_QUESTION, NO_VECTOR, NO_WORDS, TOO_LONG
from cachelens.layers.traffic import TENANT


class LeftOut(NamedTuple):
    """Why, and the next step; both empty where the layer was replayed."""

    why: str = ""
    hint: str = ""


_MOST_HINTS = 2

NO_ANSWERS = LeftOut(
    "the log holds no answers, so what it would serve cannot be checked", "name the field with --map response=FIELD"
)
_HINTS: Mapping[str, LeftOut] = {
    NO_PROMPT: LeftOut("no prompt is in the log", "name a log with requests, or their field with --map request=FIELD"),
    NO_PARAMETERS: LeftOut(
        "this format holds no request parameters", "name a log of API requests and responses, one a line"
    ),
    NO_TENANT: LeftOut(
        "no request names a tenant, so nobody may be given another's answer",
        "name the field with --tenant-key PATH, or say --scope public where all may share answers",
    ),
    SAMPLED: LeftOut(
        "no request is deterministic: none has temperature 0 or a seed",
        "--any-sampling serves them all the same, where any answer of the model will do",
    ),
    NO_QUESTION: LeftOut("no request ends with a question of a user", "name the field that asks with --question PATH"),
    TOO_LONG: LeftOut(
        "every question is longer than an embedder reads", "name the field that asks with --question PATH"
    ),
    NO_VECTOR: LeftOut("no vector of the log can be used", "each must be a list of numbers, all of one length"),
    NO_WORDS: LeftOut("the embedder knows no word of any question", "choose another with --embedder"),
}


def reason(requests: int, not_eligible: Mapping[str, int]) -> LeftOut:
    """Return why no request at all may be served; nothing where some may."""
    if not requests or sum(not_eligible.values()) < requests:
        return LeftOut()
    ranked = sorted(not_eligible, key=lambda name: (-not_eligible[name], name))
    if len(ranked) == 1:
        return _known(ranked[0])
    every = ", ".join(f"{not_eligible[name]:,} {name}" for name in ranked)
    return LeftOut(
        f"no request may be served: {every}",
        "; ".join(dict.fromkeys(_known(name).hint for name in ranked[:_MOST_HINTS])),
    )


def _known(why: str) -> LeftOut:
    if why in _HINTS:
        return _HINTS[why]
    gate = why.removeprefix(GATED).strip()
    if gate == TENANT:
        return _HINTS[NO_TENANT]
    return LeftOut(
        f"the gate {gate} is on and no request has a value for it",
        f"name its field with --field {gate}=PATH, or leave it out with --no-gate {gate}",
    )
