"""Sorting of messages, on gpt-6-luna (Chat Completions): from Thursday on with a breakpoint on the prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator

from scripts.fixture_week.calls import PRIMING, Call, Json, at, ids, moment, spelled
from scripts.fixture_week.dice import LETTERS, Dice
from scripts.fixture_week.texts import prose
from tests.oracles.provider_caches import OReq, OUse

MODEL = "gpt-6-luna"
MARKED_FROM_US = at(3, 8, 30)
"""The release that put the breakpoint in."""

Sorted = tuple[str, str, int, str | None, str, bool]
MESSAGES: tuple[Sorted, ...] = (
    ("Hello, order {n}: when is my inspection due? I have the city bike.", "WRK-01", 3, "CT1", "en", False),
    ("Akku {n} lädt nicht mehr, Ladegerät blinkt rot. E-City.", "DRV-03", 3, "BT5", "de", False),
    ("Mijn voorband is lek, kan ik morgen langskomen? Contract {n}", "WRK-02", 3, None, "nl", False),
    ("Faktura {n} je dvakrát, prosím o opravu.", "CON-02", 3, None, "cs", False),
    ("fell on ice, fork looks bent, i am fine. {n}", "DMG-01", 2, None, "en", True),
    ("Bitte neue Adresse eintragen: ab 1.12. gilt die Anschrift aus dem Anhang. Vertrag {n}", "ACC-02", 3, None, "de", False),
    ("Display toont E512 sinds vanmorgen, fiets {n}", "DRV-01", 3, "DS2", "nl", False),
    ("We would like the list of our riders as a file, customer {n}.", "FLT-04", 3, None, "en", False),
    ("Meine Anwältin wird sich melden, wenn die Gutschrift {n} nicht bis Freitag da ist.", "PRS-04", 2, None, "de", False),
    ("Cargo bike {n}: child seat is loose on the left side", "DMG-05", 1, "CG1", "en", True),
    ("Thanks for the quick help yesterday! ({n})", "PRS-02", 4, None, "en", False),
    ("Kolo {n} ukradeno dnes ráno u nádraží, zámek přestřižen.", "THF-01", 2, None, "cs", False),
    ("Best prices on 10 000 followers, reply YES", "OTH-01", 4, None, "en", False),
    ("Ik ga in februari met ouderschapsverlof, wat gebeurt er met contract {n}?", "CON-07", 3, None, "nl", False),
    ("The workshop kept my bike for three weeks and nobody calls back. Ref {n}", "WRK-04", 3, None, "en", False),
)  # fmt: skip
"""Text, category, priority, product, language, safety."""


def calls() -> Iterator[Call]:
    """Yield a week of messages: a heap in the morning, a trickle afterwards."""
    for day, count in enumerate((33, 31, 30, 34, 32, 4, 5)):
        dice = Dice(f"triage {day}")
        heap = [at(day, 8, dice.between(31, 50), dice.number() * 60) for _ in range(count // 2)]
        trickle = [at(day, 9, dice.between(0, 560), dice.number() * 60) for _ in range(count - count // 2)]
        for start in sorted(heap + trickle):
            yield message(start, dice)


def message(start_us: int, dice: Dice) -> Call:
    """Return the call that sorts one message."""
    text, category, priority, product, language, safety = dice.pick(MESSAGES)
    text = text.format(n=dice.between(10_000, 99_999))
    instructions: Json = {"type": "text", "text": prose("triage")}
    if start_us >= MARKED_FROM_US:
        instructions["prompt_cache_breakpoint"] = {"mode": "explicit"}
    request: Json = {
        "model": MODEL,
        "messages": [{"role": "developer", "content": [instructions]}, {"role": "user", "content": text}],
        "response_format": {"type": "json_object"},
        "max_completion_tokens": 80,
        "prompt_cache_key": "triage",
    }
    answer = {
        "category": category,
        "priority": priority,
        "product": product,
        "language": language,
        "safety": safety,
    }
    said = json.dumps(answer, separators=(",", ":"))
    segments = (spelled(prose("triage"), "system", "developer"), spelled(text, "text", "user"), PRIMING)
    marks = ((0, "30m"),) if start_us >= MARKED_FROM_US else ()
    first = dice.between(180, 420) * 1_000
    return Call(
        at_us=start_us,
        first_us=first,
        last_us=first + dice.between(120, 300) * 1_000,
        workload="triage",
        url="/v1/chat/completions",
        request=request,
        prompt=OReq(start_us, start_us + first, segments, marks, MODEL),
        answer=response,
        details={"metadata": {"release": "r118" if marks else "r117"}},
        output=len(ids(said)) + 2,
        said=said,
        response_id=dice.code(29, LETTERS),
    )


def response(call: Call, use: OUse) -> Json:
    """Return what the Chat Completions API answers."""
    choice = {"index": 0, "message": {"role": "assistant", "content": call.said}, "finish_reason": "stop"}
    return {
        "id": f"chatcmpl-{call.response_id}",
        "object": "chat.completion",
        "created": int(moment(call.at_us).timestamp()),
        "model": MODEL,
        "choices": [choice],
        "usage": {
            "prompt_tokens": use.total,
            "completion_tokens": call.output,
            "total_tokens": use.total + call.output,
            "prompt_tokens_details": {
                "cached_tokens": use.read,
                "cache_write_tokens": sum(use.writes.values()),
            },
        },
    }
