"""Why a layer cannot be replayed on a log, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cachelens.layers.exact import NO_PARAMETERS, NO_PROMPT, NO_TENANT, SAMPLED
from cachelens.layers.semantic import GATED, NO_QUESTION, NO_VECTOR, NO_WORDS, TOO_LONG


class LeftOut(NamedTuple):
    """Why, and the next step; both empty where the layer was replayed."""

    why: str = ""
    hint: str = ""


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
    GATED: LeftOut(
        "some gate that is on has no value in any request",
        "name its field with --field GATE=PATH, or use --no-gate GATE",
    ),
}


def reason(requests: int, not_eligible: Mapping[str, int]) -> LeftOut:
    """Return why no request at all may be served; nothing where some may."""
    if not requests or sum(not_eligible.values()) < requests:
        return LeftOut()
    why = max(not_eligible, key=lambda name: (not_eligible[name], name))
    return _HINTS[why]
