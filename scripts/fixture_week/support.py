"""The support assistant: sessions with people, on claude-sonnet-5, marks for five minutes."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.fixture_week import anthropic
from scripts.fixture_week.anthropic import SHORT, tool
from scripts.fixture_week.calls import Call, Json, at, timed
from scripts.fixture_week.dice import LETTERS, Dice
from scripts.fixture_week.support_talk import TALKS, TENANTS, Step
from scripts.fixture_week.texts import prose
from tests.oracles.provider_caches import US

MODEL = "claude-sonnet-5"
HIDDEN = 354
"""Tokens of the unseen prompt that tools add on this model."""

TOOLS = [
    tool("find_contract", "Find a lease by contract number or by the last four characters of the frame number. "
         "Returns plan, dates, bicycle and open cases.", reference="Contract number C-..., or four characters"),
    tool("open_case", "Open a case. Kinds: theft, damage, report, complaint, other. Returns the case number.",
         contract="Contract number", kind="Kind of case", summary="Two sentences, no personal data",
         priority="1 to 4, 1 is the most urgent"),
    tool("find_slots", "List free workshop slots near a place, earliest first.", contract="Contract number",
         kind="inspection, repair or software", place="Town or postcode", not_before="ISO date"),
    tool("book_slot", "Book a slot that find_slots returned.", contract="Contract number", slot="Slot id"),
    tool("hand_over", "Hand the conversation over to a person.", reason="One sentence", plan="Plan of the contract"),
]  # fmt: skip


def calls() -> Iterator[Call]:
    """Yield a week of sessions, most of them in office hours."""
    number = 0
    for day, sessions in enumerate((4, 3, 3, 3, 2, 1, 1)):
        dice = Dice(f"support {day}")
        starts = sorted(dice.between(7 * 60, 17 * 60) for _ in range(sessions))
        for start in starts:
            number += 1
            yield from session(number, at(day, 0, start), Dice(f"support session {number}"))


def session(number: int, start_us: int, dice: Dice) -> Iterator[Call]:
    """Yield the calls of one session: each step resends what was said before and adds to it."""
    tenant, plan, tongue = dice.pick(TENANTS)
    contract = f"C-{dice.between(20_000, 79_999)}"
    about = f"Employer: {tenant}. Plan of this employer: {plan}. Usual language: {tongue}. Fleet desk: +49 341 55 0{dice.between(10, 99)}."
    messages: list[Json] = []
    now = start_us
    for step in TALKS[number % len(TALKS)]:
        if step.asked:
            said = step.asked.format(contract=contract)
            messages.append({"role": "user", "content": [{"type": "text", "text": said}]})
        reply = blocks(step, contract, dice)
        request: Json = {
            "model": MODEL,
            "max_tokens": 700,
            "tools": TOOLS,
            "system": [
                {"type": "text", "text": prose("support"), "cache_control": SHORT},
                {"type": "text", "text": about, "cache_control": SHORT},
            ],
            "messages": anthropic.marked(messages),
            "metadata": {"user_id": f"rider-{number:03}"},
        }
        first, output = dice.between(600, 1_500) * 1_000, anthropic.output_tokens(reply)
        yield Call(
            at_us=now,
            first_us=first,
            last_us=first + output * 14_000,
            workload="support-assistant",
            url="/v1/messages",
            request=request,
            prompt=timed(anthropic.prompt_of(request, HIDDEN, MODEL), now, first),
            answer=anthropic.response,
            details={"session_id": f"sup-{number:03}", "metadata": {"tenant": tenant}},
            output=output,
            said=reply,
            response_id=dice.code(22, LETTERS),
        )
        messages.append({"role": "assistant", "content": reply})
        if step.call:
            back = {
                "type": "tool_result",
                "tool_use_id": reply[-1]["id"],
                "content": step.result.format(contract=contract),
            }
            messages.append({"role": "user", "content": [back]})
            now += first + output * 14_000 + dice.between(200, 900) * 1_000
        else:
            now += dice.pick((35, 50, 70, 95, 140, 190, 260, 330, 410, 700)) * US + dice.between(0, US)


def blocks(step: Step, contract: str, dice: Dice) -> list[Json]:
    """Return what the model says in one step."""
    said: list[Json] = [{"type": "text", "text": step.said.format(contract=contract)}]
    if step.call:
        given = {k: v.format(contract=contract) for k, v in step.given}
        said.append({"type": "tool_use", "id": f"toolu_01{dice.code(22, LETTERS)}", "name": step.call, "input": given})
    return said
