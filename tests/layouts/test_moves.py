"""Each layout on the smallest traffic that calls for it, worked out by hand."""

from __future__ import annotations

import numpy as np

from cachelens.layouts.moves import LAYOUTS, TAIL
from cachelens.layouts.rewriting import Known, Relaid, relay
from cachelens.layouts.values import Kind
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.tokens import encoder
from cachelens.prompts.trace import Trace
from cachelens.replay.engine import longest_seen
from tests.layouts.chats import Block, Request, answer, compiled, held, marks, system, tool, user
from tests.traffic.chat import lines, words

FIXED = lines("fixed", 12)


def tokens(text: str) -> int:
    return len(encoder().encode_batch([text])[0])


def endless(trace: Trace) -> list[int]:
    """What each request reads from a cache that forgets nothing, in tokens as `tokens` counts them."""
    everyone = np.zeros(len(trace), dtype=np.int32)
    return [int(read) for read in longest_seen(trace, everyone, everyone, trace.nodes.end[None, :].copy())]


def singles(*prompts: tuple[Block, ...], tenant: str = "") -> Trace:
    """A session for each prompt, a minute apart from nine o'clock on."""
    return compiled([Request(9 * 3600 + 60 * n, blocks, f"s{n}", tenant=tenant) for n, blocks in enumerate(prompts)])


def texts(trace: Trace, request: int) -> list[str]:
    return [block.text for block in held(trace, request)]


def under(trace: Trace, name: str) -> Relaid:
    return relay(Known(trace), LAYOUTS[name])


def test_a_clock_on_top_goes_to_the_end_of_the_request() -> None:
    trace = singles(*((system(f"Time: 09:0{n}:00 sharp.\n{FIXED}"), user(f"Is {n} even?")) for n in range(4)))
    done = under(trace, "extract-volatile")
    fixed = f"Time: [see value 1] sharp.\n{FIXED}"
    assert texts(done.trace, 2) == [fixed, "Is 2 even?", "[value 1] 09:02:00"]
    assert endless(trace) == [0, 0, 0, 0]
    assert endless(done.trace) == [0, *[tokens(fixed)] * 3]
    (move,) = done.layouts["w"].moves
    assert (str(move.place), move.slot, move.kind, move.rank) == ("system 1", 0, Kind.TIME, TAIL)


def test_a_value_at_the_end_stands_in_its_own_request_only() -> None:
    """History is as it was: the next turn sends the message without the clock."""
    asked = user("First?"), answer("Yes."), user("Second?")
    trace = compiled(
        [
            Request(
                60 * turn + 600 * n, (system(f"Time: 09:{n}{turn}:00 sharp.\n{FIXED}"), *asked[: 1 + 2 * turn]), f"s{n}"
            )
            for n in range(3)
            for turn in range(2)
        ]
    )
    done = under(trace, "extract-volatile").trace
    assert texts(done, 1)[1:] == ["First?", "Yes.", "Second?", "[value 1] 09:01:00"]
    head = tokens(f"Time: [see value 1] sharp.\n{FIXED}")
    assert endless(done)[1] == head + tokens("First?")


def test_a_prefill_stays_the_last_thing() -> None:
    trace = singles(*((system(f"Time: 09:0{n}:00.\n{FIXED}"), user(f"Say {n}"), answer("I say")) for n in range(3)))
    assert texts(under(trace, "extract-volatile").trace, 1)[1:] == ["Say 1", "[value 1] 09:01:00.", "I say"]


def test_a_prompt_without_a_system_prompt_has_its_values_behind_its_fixed_text() -> None:
    trace = singles(*((user(f"Time: 09:0{n}:00 sharp.\n{FIXED}"),) for n in range(3)))
    fixed = f"Time: [see value 1] sharp.\n{FIXED}"
    done = under(trace, "extract-volatile")
    assert texts(done.trace, 1) == [fixed, "[value 1] 09:01:00"]
    assert endless(done.trace) == [0, tokens(fixed), tokens(fixed)]
    assert not under(trace, "static-first").layouts


def test_a_block_of_the_tenant_stands_behind_what_all_tenants_share() -> None:
    names = ("Acme Rentals", "Bolt Leasing", "Cargo Wheels")
    trace = compiled(
        [
            Request(
                60 * n,
                (system(names[n % 3], "5m"), system(FIXED, "5m"), user(f"Is {n} odd?")),
                f"s{n}",
                tenant=names[n % 3],
            )
            for n in range(6)
        ]
    )
    done = under(trace, "static-first")
    assert texts(done.trace, 4) == [FIXED, names[1], "Is 4 odd?"]
    own = [tokens(name) + tokens(FIXED) for name in names]
    assert endless(trace) == [0, 0, 0, *own]
    assert endless(done.trace) == [0, tokens(FIXED), tokens(FIXED), *own]
    assert [marks(trace, 4), marks(done.trace, 4)] == [[(1, 1), (2, 1)], [(1, 1)]]


def test_shuffled_tools_stand_in_the_order_of_their_names() -> None:
    made = [tool(f'{{"name": "{name}", "description": "{words(name, 30)}"}}') for name in "cab"]
    turned = [(*made[n:], *made[:n], system(FIXED), user(f"Is {n} odd?")) for n in range(3)]
    trace = singles(*turned)
    done = under(trace, "sorted-tools")
    assert texts(done.trace, 1)[:3] == [made[1].text, made[2].text, made[0].text]
    whole = sum(tokens(one.text) for one in made) + tokens(FIXED)
    assert endless(trace) == [0, 0, 0]
    assert endless(done.trace) == [0, whole, whole]
    assert not under(singles(*turned[1:2] * 3), "sorted-tools").layouts


def test_documents_in_front_of_instructions_go_behind_them() -> None:
    question = [f"Document: {words((n, 'd'), 40)}\n\n{FIXED}" for n in range(3)]
    trace = singles(*((system("You judge."), user(text)) for text in question))
    done = under(trace, "extract-volatile")
    rest = f"Document: [see value 1]\n\n{FIXED}"
    assert texts(done.trace, 2) == ["You judge.", rest, f"[value 1] {words((2, 'd'), 40)}"]
    assert endless(done.trace) == [0, *[tokens("You judge.") + tokens(rest)] * 2]


def test_a_mark_on_the_only_block_that_moves_is_dropped() -> None:
    trace = singles(*((system(f"n{n}", "5m"), user(f"Is {n} odd?", "5m")) for n in range(3)))
    done = under(trace, "extract-volatile").trace
    assert [block.kind for block in held(done, 0)] == [SegmentKind.TEXT, SegmentKind.TEXT]
    assert marks(done, 0) == [(1, 1)]
