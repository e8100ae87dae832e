"""Split points found from text alone are those that the compiler finds from tokens."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cachelens.layouts.moves import LAYOUTS
from cachelens.layouts.rewriting import Known, relay
from cachelens.layouts.siblings import shared_blocks
from cachelens.prompts.store import BASE_BLOCK
from cachelens.prompts.tokens import encoder
from cachelens.prompts.trace import SPLIT, Trace
from tests.layouts.chats import Request, compiled, system, user

PIECES = (
    "word ",
    "other ",
    "\n",
    "x",
    "9",
    "\u00e9",
    "\u0308",
    "\u6f22\u5b57",
    "\U0001f600",
    "\ud800",
    "  ",
    "'s",
    "\r\n",
)
BEGIN = st.sampled_from(
    ("", "word " * 40, "One\ntwo\n" * 30, "\u6f22\u5b57" * 40, "x" * 400, " " * 300, "\U0001f600" * 30)
)
TEXTS = st.tuples(BEGIN, st.lists(st.sampled_from(PIECES), max_size=60)).map(lambda row: row[0] + "".join(row[1]))


def splits(trace: Trace) -> list[tuple[int, int]]:
    """Where prompts part ways within a block: tokens from the front, and leaves of requests behind."""
    inner = [n for n, flags in enumerate(trace.nodes.flags.tolist()) if flags & SPLIT]
    paths = [set(trace.path(leaf)) for leaf in trace.requests["leaf"].tolist()]
    return sorted((int(trace.nodes.end[n]), sum(n in path for path in paths)) for n in inner)


def asked(texts: list[str]) -> list[Request]:
    return [Request(n, (system(text), user("Well?"))) for n, text in enumerate(texts)]


@given(st.lists(TEXTS, min_size=2, max_size=6))
@example(["word " * 40 + "x", "word " * 40 + "x" * 200, "word " * 40])
@example(["x" * 4000 + "a", "x" * 4000 + "b", "x" * 3990])
@example(["\U0001f600" * 30 + "\ud800" + "a" * 90, "\U0001f600" * 30 + "\udc00" + "a" * 90])
@settings(max_examples=80)
def test_a_regrown_tree_is_split_where_the_compiled_one_is(texts: list[str]) -> None:
    trace = compiled(asked(texts))
    again = relay(Known(trace), LAYOUTS["as-recorded"]).trace
    assert splits(again) == splits(trace)


@given(TEXTS, TEXTS)
@example("word " * 64, "word " * 64 + "and so on")
@example("One\ntwo\n" * 30 + "\n\n\n  x", "One\ntwo\n" * 30 + "\n\n\n  y")
@settings(max_examples=150)
def test_shared_blocks_are_those_of_the_tokens(one: str, other: str) -> None:
    data = [text.encode("utf-8", "replace") for text in (one, other)]
    ids, bounds = encoder().encode_batch([text.decode() for text in data])
    rows = [ids[a:b].tolist() for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
    same = next((n for n, (a, b) in enumerate(zip(*rows, strict=False)) if a != b), min(map(len, rows)))
    assert shared_blocks([(data[0], data[1])]) == [same // BASE_BLOCK]
