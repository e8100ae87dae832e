"""Two builders that are joined equal one builder that saw everything."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.model.record import RequestRecord
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from tests.prompts.records import BLOCK, blocks, chat, contents, lengths

Log = Sequence[tuple[int, RequestRecord]]
"""Records, each with the number of its file."""
Make = Callable[[], list[tuple[int, RequestRecord]]]
"""A record remembers the digests of its parts, so every builder gets its own."""

RULES = "\n".join(f"Rule {n}: whoever asks about topic {n * 7} gets the answer of section {n}." for n in range(40))
STEPS = "\n".join(f"Step {n}: summarise paragraph {n} of the report that is given in one line." for n in range(40))
HEADS = ("", "short", RULES, STEPS, f"{RULES[:1500]}\n{STEPS[:1400]}", f"{STEPS[:800]}\n{RULES[900:]}", "*marked head")
WORDS = ("hello there my friend, how are you today and what is new", "*yes", "no", "tell me more about that", RULES)

IDS = st.sampled_from(["", "", "a", "b", "c", "d"])
GIVEN = st.sampled_from(["", "", "given"])


@st.composite
def chats(draw: st.DrawFn) -> Callable[[int], RequestRecord]:
    clock = draw(st.sampled_from(["", "It is 08:00\n", "It is 09:30\n"]))
    head = draw(st.sampled_from(HEADS))
    system = clock + head if head else ""
    messages = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    tools = draw(st.lists(st.sampled_from(["tool one", "tool two", RULES]), max_size=2))
    more = {"request_id": draw(IDS), "workload": draw(GIVEN), "session": draw(GIVEN), "tenant": draw(GIVEN)}
    return lambda line: chat(line, system, *messages, tools=tools, **more)


@st.composite
def opaques(draw: st.DrawFn) -> Callable[[int], RequestRecord]:
    tokens, name = draw(st.integers(0, 99)), draw(IDS)
    return lambda line: lengths(line, tokens, request_id=name)


@st.composite
def hashed(draw: st.DrawFn) -> Callable[[int], RequestRecord]:
    path = draw(st.text("ab", max_size=5))
    space = draw(st.sampled_from(["", "one"]))
    tokens = draw(st.sampled_from([None, max(0, len(path) * BLOCK - draw(st.integers(0, BLOCK - 1)))]))
    levels = {"tools_tokens": 20, "system_tokens": 10} if space else {}
    name = draw(IDS)
    return lambda line: blocks(line, path, tokens, namespace=space, request_id=name, **levels)


@st.composite
def logs(draw: st.DrawFn, kinds: st.SearchStrategy[Callable[[int], RequestRecord]]) -> Make:
    again = st.sampled_from(draw(st.lists(kinds, min_size=1, max_size=5)))
    rows = draw(st.lists(st.tuples(st.integers(0, 3), again), min_size=1, max_size=9))
    places, line = [], 1
    for step, _ in rows:
        line += step
        places.append((line // 6, line % 6 + 1))
    return lambda: [(file, make(line)) for (file, line), (_, make) in zip(places, rows, strict=True)]


def built(log: Log) -> TraceBuilder:
    builder = TraceBuilder(keep_text=True)
    for file, record in log:
        builder.add(record, file)
    return builder


def sent(builder: TraceBuilder) -> TraceBuilder:
    """A builder as it comes from another process."""
    builder.close()
    again: TraceBuilder = pickle.loads(pickle.dumps(builder))  # noqa: S301 - made here
    return again


def between_lines(log: Log, cut: int) -> int:
    """The next cut that parts no line, as a file is cut."""
    while 0 < cut < len(log) and (log[cut][0], log[cut][1].line) == (log[cut - 1][0], log[cut - 1][1].line):
        cut += 1
    return cut


def check(make: Make, cuts: Sequence[int]) -> None:
    whole = finish(built(make()), ["x", "y"])
    ends = [between_lines(make(), cut) for cut in sorted(cuts)]
    parts = [make()[start:end] for start, end in zip([0, *ends], [*ends, None], strict=True)]
    first = built(parts[0])
    for part in parts[1:]:
        first.absorb(sent(built(part)))
    assert contents(finish(first, ["x", "y"])) == contents(whole)


CUTS = st.lists(st.integers(0, 9), min_size=1, max_size=2)


@given(logs(chats()), CUTS)
def test_prompts(log: Make, cuts: list[int]) -> None:
    check(log, cuts)


@given(logs(opaques()), CUTS)
def test_lengths(log: Make, cuts: list[int]) -> None:
    check(log, cuts)


@given(logs(hashed()), CUTS)
def test_block_hashes(log: Make, cuts: list[int]) -> None:
    check(log, cuts)


@given(logs(st.one_of(chats(), opaques(), hashed())), CUTS)
def test_all_in_one_log(log: Make, cuts: list[int]) -> None:
    check(log, cuts)


def rows(*records: RequestRecord) -> Log:
    return [(record.line // 10, record) for record in records]


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(lambda: rows(lengths(1, 50), lengths(1, 50), lengths(2, 50), lengths(11, 50)), id="no ids"),
        pytest.param(
            lambda: rows(
                chat(1, "s", "a", request_id="r"),
                chat(11, "s", "a", request_id="r", tenant="gone"),
                chat(11, RULES, "another prompt", STEPS, request_id="r", tenant="other"),
                chat(12, STEPS, "b", RULES, tenant="stays"),
                chat(13, RULES, "b", tenant="gone"),
            ),
            id="a dropped duplicate brought things along",
        ),
        pytest.param(
            lambda: rows(chat(1, RULES, "a"), chat(11, f"{RULES[:1500]}\n{STEPS[:1400]}", "b"), chat(12, STEPS, "c")),
            id="a head between two workloads",
        ),
        pytest.param(
            lambda: rows(chat(1, RULES, "a", workload="w"), chat(2, RULES, "b"), chat(11, RULES, "c", workload="w")),
            id="one head with and without a name",
        ),
        pytest.param(
            lambda: rows(blocks(1, "a", 5), blocks(2, "ab"), blocks(11, "a", 9), blocks(12, "c", 3)), id="open blocks"
        ),
    ],
)
@pytest.mark.parametrize("cut", range(5))
def test_by_hand(log: Make, cut: int) -> None:
    check(log, [cut])


def test_duplicates_are_counted_where_they_stand() -> None:
    front = built(rows(chat(1, "s", "a", request_id="r"), chat(2, "s", "a", request_id="r")))
    back = built(rows(chat(11, "s", "a", request_id="r"), chat(12, "s", "a", request_id="r"), chat(13, "s", "c")))
    front.absorb(sent(back))
    assert front.duplicates == {0: (1, 2), 1: (2, 11)}
    assert len(front.columns) == 2
