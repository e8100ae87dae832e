"""One small log for each cause, with the tokens and the money of the answer worked out by hand.

Prices of claude-opus-5, USD per million: input 5, read 0.50, written for 5 minutes 6.25; its minimum is 512 tokens.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cachelens.explaining.explain import explain
from cachelens.model.explanation import Cause, Explanation, Owner
from cachelens.model.usage import Usage
from cachelens.providers.dates import day_us
from tests.oracles.traffic import US, OReq, OSeg
from tests.problems import trace_of
from tests.replays import BOOK, DAY, HOUR, MINUTE, Model, ask, block, blocks

# Keyword arguments are fields of a record, of any type.
# ruff: noqa: ANN401

CLAUDE = "claude-opus-5"
PREFIX = blocks(*range(20))
"""2,000 tokens."""


def explained(requests: list[OReq], model: Model = CLAUDE, name: str = "", **fields: Any) -> Explanation:
    """Explain the last request of a log, or the named one."""
    trace = trace_of(requests, model=model, since_us=day_us(DAY), **fields)
    return explain(trace, BOOK, name or f"#{len(requests)}")


def usd(answer: Explanation) -> Decimal:
    assert answer.loss.money is not None
    return answer.loss.money


def test_the_first_of_its_kind_loses_nothing() -> None:
    answer = explained([ask(0, PREFIX, 19)])
    assert (answer.cause, answer.advice.owner) == (Cause.COLD, Owner.NOBODY)
    assert (answer.loss.tokens, answer.predecessor, answer.missed) == (0, None, False)


def test_a_read_in_time_is_no_miss() -> None:
    answer = explained([ask(0, PREFIX, 19), ask(MINUTE, (*PREFIX, block("new")), 20)])
    assert answer.cause is Cause.NONE
    assert answer.replayed is not None
    assert (answer.replayed.read, answer.replayed.written) == (2000, 100)
    assert answer.advice.owner is Owner.UNKNOWABLE, "nothing is recorded"
    assert answer.advice.rule == "A601"
    assert answer.predecessor is not None
    assert (answer.predecessor.request.number, answer.predecessor.shared_tokens) == (1, 2000)


def test_expired() -> None:
    answer = explained([ask(0, PREFIX, 19), ask(6 * MINUTE, PREFIX, 19)])
    assert (answer.cause, answer.advice.owner, answer.advice.rule) == (Cause.EXPIRED, Owner.YOURS, "M407")
    assert answer.evidence == (
        "the entry of 2,000 tokens had been idle for 6 minutes; it lived for 5 minutes (TTL 5m)",
    )
    assert "TTL of 1h" in answer.advice.next_step
    assert answer.loss.tokens == 2000
    assert usd(answer) == Decimal("0.0115"), "2,000 x (6.25 - 0.50) / 1,000,000"
    assert [(one.unit, one.tokens) for one in answer.loss.paid] == [("write_5m", 2000)]


def test_idle_for_longer_than_any_lifetime() -> None:
    answer = explained([ask(0, PREFIX, 19), ask(3 * HOUR, PREFIX, 19)])
    assert (answer.cause, answer.advice.rule) == (Cause.EXPIRED, "M411")
    assert "3.0 hours" in answer.evidence[0]


def test_the_entry_had_a_lifetime_of_its_own() -> None:
    answer = explained([ask(0, PREFIX, 19, ttl="1h"), ask(2 * HOUR, PREFIX, 19, ttl="1h")])
    assert "lived for 60 minutes (TTL 1h)" in answer.evidence[0]
    assert usd(answer) == Decimal("0.019"), "2,000 x (10 - 0.50) / 1,000,000"


def test_not_yet_visible() -> None:
    answer = explained([ask(0, PREFIX, 19), ask(US // 4, PREFIX, 19)])
    assert (answer.cause, answer.advice.owner, answer.advice.rule) == (Cause.NOT_VISIBLE, Owner.YOURS, "M410")
    assert "begun 250 ms before" in answer.evidence[0]
    assert "from 750 ms later on" in answer.evidence[0]
    assert answer.loss.tokens == 2000


def test_too_short() -> None:
    answer = explained([ask(0, PREFIX[:5], 4), ask(MINUTE, PREFIX[:5], 4)])
    assert (answer.cause, answer.advice.rule) == (Cause.TOO_SHORT, "S304")
    assert answer.evidence == ("the prompt has 500 tokens; nothing under 512 is cached",)
    assert usd(answer) == Decimal("0.00225"), "500 x (5 - 0.50) / 1,000,000: nothing is written either"


def test_beyond_the_look_back() -> None:
    """The entry ends with block 6 (from 1); from the mark on block 30 a read sees blocks 30 down to 11."""
    long = blocks(*range(30))
    answer = explained([ask(0, long[:6], 5), ask(MINUTE, long, 29)])
    assert (answer.cause, answer.advice.rule) == (Cause.LOOKBACK, "M406")
    assert "600 tokens was there, 24 blocks before the nearest mark; a read looks at 20" in answer.evidence[0]
    assert answer.loss.tokens == 600


def test_no_mark_at_all() -> None:
    answer = explained([ask(0, PREFIX), ask(MINUTE, PREFIX)])
    assert (answer.cause, answer.advice.rule) == (Cause.UNMARKED, "M401")
    assert "caches up to a mark only" in answer.evidence[0]
    assert "cache mark at the end of message 20" in answer.advice.next_step
    assert usd(answer) == Decimal("0.009"), "2,000 x (5 - 0.50) / 1,000,000"


def test_a_mark_on_what_never_repeats() -> None:
    """Both mark their own question only: the shared head of 2,000 tokens ends where no entry does."""
    ask_one, ask_two = (*PREFIX, block("one")), (*PREFIX, block("two"))
    answer = explained([ask(0, ask_one, 20), ask(MINUTE, ask_two, 20)])
    assert (answer.cause, answer.advice.rule, answer.loss.tokens) == (Cause.UNMARKED, "M401", 2000)
    assert "no entry ends there" in answer.evidence[0]
    assert "end of message 20" in answer.advice.next_step


def test_diverged_without_text() -> None:
    """The traces of these tests hold no text: place and block are known, the value is not."""
    head = (*blocks("a", tokens=640, kind="system"), *blocks("b", tokens=640, kind="system"))
    other = (*blocks("z", tokens=640, kind="system"), head[1])
    answer = explained([ask(0, (*head, block("q")), 1), ask(MINUTE, (*other, block("q")), 1)])
    assert (answer.cause, answer.advice.owner) == (Cause.DIVERGED, Owner.YOURS)
    assert answer.difference is not None
    assert (answer.difference.place, answer.difference.token, answer.difference.exact) == ("system 1", 0, False)
    assert answer.difference.unchanged_behind == 740, "the second system block and the question"
    assert "holds no prompt text" in " ".join(answer.notes)


def test_a_parameter() -> None:
    head = blocks("a", tokens=640, kind="system")
    params = (OSeg("tool_choice=any", 0, "params"),)
    answer = explained([ask(0, (*head, block("q")), 0), ask(MINUTE, (*params, *head, block("q")), 1)])
    assert (answer.cause, answer.advice.rule) == (Cause.PARAMETER, "S306")
    assert answer.difference is not None
    assert answer.difference.place == "the request parameters"


def test_another_model() -> None:
    requests = [ask(0, PREFIX, 19), ask(MINUTE, PREFIX, 19)]
    answer = explained(requests, lambda request: CLAUDE if request.at_us else "claude-sonnet-5")
    assert (answer.cause, answer.advice.rule, answer.loss.tokens) == (Cause.OTHER_MODEL, "S305", 2000)
    assert answer.predecessor is not None
    assert answer.predecessor.request.model == "claude-sonnet-5"


def test_another_cache_key() -> None:
    requests = [ask(0, PREFIX, scope="one"), ask(MINUTE, PREFIX, scope="two")]
    answer = explained(requests, "gpt-5.2")
    assert (answer.cause, answer.advice.rule, answer.loss.tokens) == (Cause.OTHER_KEY, "K502", 2000)


def test_a_key_left_long_ago_is_not_to_blame() -> None:
    requests = [ask(0, PREFIX, scope="one"), ask(3 * 24 * HOUR, PREFIX, scope="two")]
    assert explained(requests, "gpt-5.2").cause is not Cause.OTHER_KEY


def recorded(read: int, total: int = 2000) -> Usage:
    return Usage(uncached_input=total - read, cache_read=read)


@pytest.mark.parametrize(("key", "rule"), [("", "K501"), ("chat", "")])
def test_what_the_provider_did_not_keep(key: str, rule: str) -> None:
    requests = [ask(0, PREFIX, scope=key), ask(MINUTE, PREFIX, scope=key)]
    answer = explained(requests, "gpt-5.2", usage=recorded(0))
    assert (answer.cause, answer.advice.owner, answer.advice.rule) == (Cause.PROVIDER, Owner.PROVIDER, rule)
    assert answer.loss.tokens == 1920, "the grid of 128 below 2,000"
    assert usd(answer) == Decimal("0.003024"), "1,920 x (1.75 - 0.175) / 1,000,000"


def test_a_read_from_outside_the_log() -> None:
    answer = explained([ask(0, PREFIX, 19)], usage=recorded(1500))
    assert (answer.cause, answer.missed) == (Cause.NONE, False)


def test_where_the_read_ended_is_named() -> None:
    answer = explained([ask(0, PREFIX), ask(MINUTE, PREFIX)], "gpt-5.2", usage=recorded(1000))
    assert "2,000 were" not in answer.evidence[0]
    assert "the read ended at the end of message 10" in answer.evidence[0]


def test_a_prompt_known_by_its_length_only() -> None:
    from cachelens.model.record import RequestRecord
    from cachelens.prompts.builder import TraceBuilder
    from cachelens.prompts.finish import finish

    builder = TraceBuilder()
    for line in (1, 2):
        builder.add(
            RequestRecord(arrived_us=line, model=CLAUDE, line=line, request_id=f"r{line}", usage=recorded(0)), 0
        )
    answer = explain(finish(builder, ["log"]), BOOK, "r2")
    assert (answer.cause, answer.advice.owner) == (Cause.UNKNOWN, Owner.UNKNOWABLE)
    assert answer.replayed is None


def test_a_conversation_that_began_before_the_log() -> None:
    answer = explained([ask(0, (block("q", 600), block("a", by_model=True), block("q2")), 2)])
    assert (answer.cause, answer.advice.owner) == (Cause.COLD, Owner.UNKNOWABLE)
    assert "outside the log" in " ".join(answer.evidence)


def test_a_model_that_no_file_knows_has_no_price() -> None:
    answer = explained([ask(0, PREFIX), ask(MINUTE, PREFIX)], "nobody-1")
    assert (answer.loss.money, answer.rules, answer.status) == (None, "", "bound")
