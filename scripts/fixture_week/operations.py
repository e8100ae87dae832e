"""The operations agent: unattended runs on claude-opus-5, system prompt for an hour, last message for minutes."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.fixture_week import anthropic, texts
from scripts.fixture_week.anthropic import LONG, tool
from scripts.fixture_week.calls import Call, Json, at, timed
from scripts.fixture_week.dice import LETTERS, Dice
from tests.oracles.provider_caches import US

MODEL = "claude-opus-5"
HIDDEN = 286
"""Tokens of the unseen prompt that tools add on this model."""

TOOLS = [
    tool("get_return", "Fetch one return: bicycle, distance, damage codes, battery reading.", return_id="R-number"),
    tool("get_contract", "Fetch the contract behind a return.", return_id="R-number"),
    tool("get_stock_line", "Fetch the stock line of a bin.", bin="Bin code"),
    tool("list_movements", "List the movements of a bicycle, newest first.", frame="Frame number"),
    tool("book_movement", "Book a movement between bins.", frame="Frame number", source="Bin code or IN",
         target="Bin code, SCRAP or RECYCLER"),
    tool("create_work_order", "Create a work order. Kinds: repair, reading, verify, repaint.", frame="Frame number",
         kind="Kind of order", codes="Damage codes, separated by commas"),
    tool("close_task", "Close the task with a note.", note="At most six lines"),
]  # fmt: skip

RUNS = (
    # day, hour, minute, returns, pause of twelve minutes after this step (0 for none), look-ups at once
    (0, 5, 30, 3, 0, 1),
    (1, 5, 30, 3, 0, 3),
    (2, 5, 30, 3, 3, 2),
    (2, 6, 5, 3, 0, 3),
    (4, 5, 30, 3, 2, 2),
)


def calls() -> Iterator[Call]:
    """Yield the runs; an unlogged one before the first leaves the system prompt in the cache."""
    yield from run(0, at(0, 5, 2), 1, 0, 1, logged=False)
    for number, (day, hour, minute, returns, pause, width) in enumerate(RUNS, 1):
        yield from run(number, at(day, hour, minute), returns, pause, width)


def run(number: int, start_us: int, returns: int, pause: int, width: int, *, logged: bool = True) -> Iterator[Call]:
    """Yield one run: a task, then steps of calls and results, then the closing note."""
    dice = Dice(f"operations {number}")
    depot = dice.pick(("LEI", "GRO", "BRN"))
    names = [f"R-{dice.between(50_000, 59_999)}" for _ in range(returns)]
    task = f"Depot {depot}, returns of the night: {', '.join(names)}. Work through them and close the task."
    messages: list[Json] = [{"role": "user", "content": [{"type": "text", "text": task}]}]
    now = start_us
    for step, (thought, uses) in enumerate(plan(names, depot, width, dice), 1):
        reply = said(thought, uses, dice, thinking=number % 2 == 0)
        request: Json = {
            "model": MODEL,
            "max_tokens": 4000,
            "tools": TOOLS,
            "system": [{"type": "text", "text": texts.operations(), "cache_control": LONG}],
            "messages": anthropic.marked(messages),
        }
        first, output = dice.between(900, 2_600) * 1_000, anthropic.output_tokens(reply)
        yield Call(
            at_us=now,
            first_us=first,
            last_us=first + output * 18_000,
            workload="operations-agent",
            url="/v1/messages",
            request=request,
            prompt=timed(anthropic.prompt_of(request, HIDDEN, MODEL), now, first),
            answer=anthropic.response,
            details={"session_id": f"ops-{number:03}", "metadata": {"depot": depot, "step": step}},
            output=output,
            said=reply,
            response_id=dice.code(22, LETTERS),
            logged=logged,
        )
        results = [outcome(block, dice) for block in reply if block["type"] == "tool_use"]
        messages += [{"role": "assistant", "content": reply}, {"role": "user", "content": results}]
        now += first + output * 18_000 + dice.between(300, 4_000) * 1_000
        now += 720 * US if step == pause else 0


def plan(names: list[str], depot: str, width: int, dice: Dice) -> Iterator[tuple[str, list[tuple[str, Json]]]]:
    """Yield thought and tool calls for each step: look-ups together, bookings one by one, the note."""
    for start in range(0, len(names), width):
        group = names[start : start + width]
        yield (
            f"Fetch {', '.join(group)} with contracts before any booking.",
            [(name, {"return_id": r}) for r in group for name in ("get_return", "get_contract")],
        )
    for name in names:
        frame = f"FR{dice.between(100_000, 999_999)}"
        if dice.chance(0.4):
            codes = f"F-BK-0{dice.between(1, 8)}, C-FR-0{dice.between(1, 8)}"
            yield (
                f"{name} needs work first.",
                [("create_work_order", {"frame": frame, "kind": "repair", "codes": codes})],
            )
        target = f"{depot}-{dice.pick('ABCDEF')}0{dice.between(1, 4)}"
        yield (
            f"{name} goes to {target}.",
            [("book_movement", {"frame": frame, "source": "IN", "target": target})],
        )
    yield (
        "All items are booked.",
        [("close_task", {"note": f"{len(names)} returns in, all booked at {depot}. Nothing open."})],
    )


def said(thought: str, uses: list[tuple[str, Json]], dice: Dice, *, thinking: bool) -> list[Json]:
    """Return one answer: a thought (as a thinking block in every other run), then the calls."""
    signature = f"Ev{dice.code(38, LETTERS)}=="
    opening = (
        {"type": "thinking", "thinking": thought, "signature": signature}
        if thinking
        else {"type": "text", "text": thought}
    )
    used = [{"type": "tool_use", "id": f"toolu_01{dice.code(22, LETTERS)}", "name": n, "input": i} for n, i in uses]
    return [opening, *used]


def outcome(block: Json, dice: Dice) -> Json:
    """Return the result of one call."""
    texts_by_name = {
        "get_return": f"{block['input'].get('return_id')}: EC2, frame FR{dice.between(100_000, 999_999)}, "
        f"{dice.between(300, 8_900)} km, codes C-FR-0{dice.between(1, 8)} F-BK-0{dice.between(1, 8)}, battery {dice.between(62, 97)} %",
        "get_contract": f"start 2023-{dice.between(1, 12):02}-01, 36 months, list price {dice.between(1_900, 4_800)}, regular end, photos 4",
    }
    text = texts_by_name.get(block["name"], f"ok, booking {dice.between(100_000, 999_999)}")
    return {"type": "tool_result", "tool_use_id": block["id"], "content": text}
