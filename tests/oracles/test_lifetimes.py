"""The slow models where requests ask for lifetimes of their own, and where a model drops old reasoning."""

from __future__ import annotations

from tests.oracles.provider_caches import explicit_breakpoints, prefix_grid
from tests.oracles.traffic import US, OSeg, OUse
from tests.replays import MINUTE, ask, block

ANTHROPIC = {"5m": 300, "1h": 3600, "default": 300}


def text(tokens: int) -> OSeg:
    """One character for each token, as `prefix_grid` wants it."""
    return OSeg("a" * tokens, tokens, "text", message_end=True)


def test_a_lifetime_stays_as_it_was_first_written_and_bills_under_the_label_of_the_request() -> None:
    """Kimi: https://platform.kimi.com/docs/guide/context-caching.md ."""

    def billed(locked: bool, *, again: int) -> list[OUse]:
        asked = [
            ask(0, (text(512),)),
            ask(US, (text(768),), auto_ttl="1h"),
            ask(again * US, (text(768),), auto_ttl="1h"),
        ]
        return prefix_grid(asked, grid=256, first_step=256, min_tokens=256, ttls={"5m": 300, "1h": 3600}, locked=locked)

    first = [OUse(plain=0, read=0, writes={"5m": 512}), OUse(plain=0, read=512, writes={"1h": 256})]
    assert billed(True, again=301) == [*first, OUse(plain=0, read=768)]
    assert billed(True, again=302) == [*first, OUse(plain=0, read=0, writes={"1h": 768})]
    assert billed(False, again=302) == [*first, OUse(plain=0, read=768)]


def test_age_ends_what_use_keeps_alive() -> None:
    asked = [ask(at * US, (text(1_024),)) for at in (0, 50, 100, 101, 200)]
    uses = prefix_grid(asked, grid=128, first_step=128, min_tokens=0, ttl_s=60, max_age_s=100)
    assert [u.read for u in uses] == [0, 1_024, 1_024, 0, 0]


def test_reasoning_before_the_last_question_is_not_sent_to_models_that_drop_it() -> None:
    """ "What invalidates the cache": a user message that is not only tool results voids from the first thinking on."""
    start = (block("system", 1_000, "system"), block("q1"), block("thought", 70, "thinking"))
    loop = (*start, block("call", kind="tool_use"), block("result", kind="tool_result"))
    after = (*loop, block("a1", by_model=True), block("q2"))
    asked = [ask(0, start[:2], 1), ask(MINUTE, loop, 4), ask(2 * MINUTE, after, 6), ask(3 * MINUTE, after, 6)]
    dropped = explicit_breakpoints(asked, ttls=ANTHROPIC, min_tokens=0, drops_reasoning=True)
    assert [use.read for use in dropped] == [0, 1_100, 1_100, 1_500]
    assert [use.total for use in dropped] == [1_100, 1_370, 1_500, 1_500]
    assert [use.read for use in explicit_breakpoints(asked, ttls=ANTHROPIC, min_tokens=0)] == [0, 1_100, 1_370, 1_570]
