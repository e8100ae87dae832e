"""Questions on the handbook, on gpt-5.2 (Responses): a clock and a request id stand on top of the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scripts.fixture_week.calls import PRIMING, Call, Json, at, ids, moment, spelled, timed
from scripts.fixture_week.dice import Dice
from scripts.fixture_week.handbook_pages import PAGES, QUESTIONS
from scripts.fixture_week.texts import prose
from tests.oracles.provider_caches import US, OReq, OUse

MODEL = "gpt-5.2"
RETRY_US = 31 * US
"""A client that times out sends the same body again after this time."""


def calls() -> Iterator[Call]:
    """Yield a week of questions, in office hours; the fifth of a day comes twice, as the client lost patience."""
    for day, count in enumerate((12, 13, 11, 12, 9, 0, 1)):
        dice = Dice(f"handbook {day}")
        starts = sorted(at(day, 7, dice.between(0, 600), dice.number() * 60) for _ in range(count))
        for number, start in enumerate(starts):
            call = question(start, Dice(f"handbook {day}/{number}"))
            yield call
            if number == 4:
                again = start + RETRY_US
                yield replace(
                    call,
                    at_us=again,
                    prompt=timed(call.prompt, again, call.first_us),
                    response_id=dice.code(40),
                )


def question(start_us: int, dice: Dice) -> Call:
    """Return one question with the passages that the search found."""
    now = moment(start_us)
    seen = f"Current time: {now:%Y-%m-%d %H:%M:%S} UTC\nRequest: {dice.code(8)}-{dice.code(4)}-{dice.code(12)}\n\n"
    asked, sections, said = dice.pick(QUESTIONS)
    found = "\n\n".join(PAGES[s] for s in sections)
    text = f"Question: {asked}\n\nPassages:\n{found}"
    instructions = seen + prose("handbook")
    request: Json = {
        "model": MODEL,
        "instructions": instructions,
        "input": [{"role": "user", "content": [{"type": "input_text", "text": text}]}],
        "max_output_tokens": 500,
        "prompt_cache_key": "handbook-qa",
        "store": False,
    }
    segments = (spelled(instructions, "system", "developer"), spelled(text, "text", "user"), PRIMING)
    first, output = dice.between(500, 1_400) * 1_000, len(ids(said)) + 4
    return Call(
        at_us=start_us,
        first_us=first,
        last_us=first + output * 11_000,
        workload="handbook-qa",
        url="/v1/responses",
        request=request,
        prompt=OReq(start_us, start_us + first, segments, (), MODEL),
        answer=response,
        details={"metadata": {"site": dice.pick(("Leipzig", "Groningen", "Brno"))}},
        output=output,
        said=said,
        response_id=dice.code(40),
    )


def response(call: Call, use: OUse) -> Json:
    """Return what the Responses API answers."""
    part = {"type": "output_text", "text": call.said, "annotations": []}
    message = {
        "type": "message",
        "id": f"msg_{call.response_id[::-1]}",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    return {
        "id": f"resp_{call.response_id}",
        "object": "response",
        "created_at": int(moment(call.at_us).timestamp()),
        "status": "completed",
        "model": MODEL,
        "output": [message],
        "usage": {
            "input_tokens": use.total,
            "input_tokens_details": {"cached_tokens": use.read},
            "output_tokens": call.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": use.total + call.output,
        },
    }
