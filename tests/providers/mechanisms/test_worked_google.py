"""Gemini's implicit cache and its stored objects, on the real engine with the real rules and prices.

Source of every rule: https://ai.google.dev/gemini-api/docs/caching , of every price:
https://ai.google.dev/gemini-api/docs/pricing
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from cachelens.model.result import Status, Totals
from cachelens.model.scenario import Choices, Scenario
from tests.oracles.traffic import OReq, OUse
from tests.replays import HOUR, MINUTE, ask, bills, block, blocks, reads, replayed, simulated

STORED = Scenario(boundary="system-only")
"""A fixed place for the mark calls for a stored object where the provider has them."""


def corpus(tokens: int, *at_minutes: int) -> list[OReq]:
    held = block("corpus", tokens, "system")
    return [ask(at * MINUTE, (held, block(f"question {n}", 50))) for n, at in enumerate(at_minutes)]


def stored(requests: list[OReq], model: str, ttl: str = "") -> Totals:
    asked = Choices(boundaries=("system-only",), ttls=(ttl,) if ttl else ())
    (total,) = (s.total for s in simulated(requests, model, choices=asked).scenarios if s.boundary == "system-only")
    assert total is not None
    return total


@pytest.mark.parametrize(
    ("model", "platform", "least"),
    [
        ("gemini-2.5-flash", "", 2_048),
        ("gemini-2.5-pro", "", 2_048),
        ("gemini-3.5-flash", "", 4_096),
        ("gemini-3.1-pro-preview", "", 4_096),
        ("gemini-3.8-flash", "vertex", 6_144),
    ],
)
def test_implicit_hits_need_the_models_minimum(model: str, platform: str, least: int) -> None:
    """Vertex has a minimum of its own for some models:
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/context-cache/context-cache-overview .
    """
    for tokens, read in ((least - 1, 0), (least, least)):
        asked = [ask(n * MINUTE, blocks("prompt", tokens=tokens)) for n in range(2)]
        assert bills(asked, model, platform=platform) == [OUse(tokens, 0), OUse(tokens - read, read)]


@pytest.mark.parametrize(("platform", "read"), [("vertex", 0), ("", 8_000)])
def test_vertex_keeps_a_prefix_for_24_hours_from_its_creation(platform: str, read: int) -> None:
    """Use does not extend it:
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/context-cache/context-cache-overview .
    """
    asked = [ask(at * HOUR, blocks("prompt", tokens=8_000)) for at in (0, 23, 24, 25)]
    assert reads(asked, "gemini-2.5-flash", platform=platform) == [0, 8_000, 8_000, read]


def test_implicit_hits_are_a_best_case_and_say_so() -> None:
    result = replayed(corpus(18_497, 0, 1), "gemini-2.5-flash")
    assert result.status is Status.PREVIEW
    assert "publishes no TTL" in result.note
    assert "best effort" in result.note


def test_an_object_is_stored_once_and_read_whole() -> None:
    asked = corpus(100_000, 0, 20, 40)
    assert bills(asked, "gemini-2.5-pro", STORED) == [OUse(plain=50, read=100_000)] * 3
    assert replayed(asked, "gemini-2.5-pro", STORED).stored.tolist() == [100_000, 0, 0]


def test_use_does_not_extend_an_object() -> None:
    asked = corpus(100_000, 0, 59, 60, 61)
    assert replayed(asked, "gemini-2.5-pro", STORED).stored.tolist() == [100_000, 0, 0, 100_000]


@pytest.mark.parametrize(("ttl", "created"), [("30m", 3), ("1h", 2), ("2h", 1)])
def test_any_lifetime_can_be_asked_for(ttl: str, created: int) -> None:
    asked = corpus(100_000, 0, 45, 90)
    total = stored(asked, "gemini-2.5-pro", ttl)
    hours = Decimal({"30m": "0.5", "1h": "1", "2h": "2"}[ttl])
    assert total.storage_cost == created * hours * Decimal("4.50") / 10
    assert sum(replayed(asked, "gemini-2.5-pro", Scenario(boundary="system-only", ttl=ttl)).stored) == created * 100_000


def test_a_bill_with_rent_worked_by_hand() -> None:
    """gemini-2.5-flash, 1M tokens: 0.30 in, 0.03 read, 1.00 an hour; 100,000 tokens stored for one hour.

    Created once as plain input (0.03), read three times (3 x 0.003), 3 x 50 plain tokens, rent 0.10.
    """
    total = stored(corpus(100_000, 0, 20, 40), "gemini-2.5-flash")
    assert total.storage_cost == Decimal("0.1")
    assert total.cost == Decimal("0.03") + Decimal("0.009") + Decimal("0.000045") + Decimal("0.1")
    assert total.cost_no_cache == 3 * Decimal("0.030015")


@pytest.mark.parametrize(("model", "reads_an_hour"), [("gemini-3.1-pro-preview", "2.5"), ("gemini-3.8-flash", "0.741")])
def test_rent_pays_from_so_many_full_reads_an_hour(model: str, reads_an_hour: str) -> None:
    """Rent over what one read saves: 4.50 / 1.80 and 0.50 / 0.675."""
    total = stored(corpus(100_000, 0), model)
    assert total.cost is not None
    assert total.cost_no_cache is not None
    read_with_rent = total.cost - total.cost_no_cache
    created_and_read = read_with_rent - total.storage_cost
    plain = (
        Decimal(100_000) * {"gemini-3.1-pro-preview": Decimal(2), "gemini-3.8-flash": Decimal("0.75")}[model] / 10**6
    )
    saved_by_a_read = plain - created_and_read
    assert round(total.storage_cost / saved_by_a_read, 3) == Decimal(reads_an_hour)


def test_below_the_minimum_nothing_is_stored() -> None:
    result = replayed(corpus(2_047, 0, 1), "gemini-2.5-pro", STORED)
    assert (result.stored.sum(), result.read.sum()) == (0, 0)


def test_a_growing_conversation_cannot_be_a_stored_object() -> None:
    """An object holds a fixed prefix; a boundary that follows the end falls back to the implicit cache."""
    asked = corpus(100_000, 0, 1)
    assert replayed(asked, "gemini-2.5-pro", Scenario(boundary="full-context")).stored.sum() == 0


def test_rent_of_a_whole_day_is_that_of_its_hours() -> None:
    total = stored(corpus(100_000, *(60 * n + n for n in range(24))), "gemini-2.5-pro")
    assert total.storage_cost == 24 * Decimal("0.45")


def test_implicit_reads_of_one_corpus_are_bounded_by_what_was_sent_before() -> None:
    asked = corpus(18_497, *range(6))
    assert reads(asked, "gemini-2.5-flash") == [0, *[18_497] * 5]


def test_a_prompt_below_the_minimum_reads_nothing_even_of_a_longer_one() -> None:
    short = blocks("shared", tokens=2_047)
    asked = [ask(0, (*short, block("more", 1_000))), ask(MINUTE, short)]
    assert reads(asked, "gemini-2.5-flash") == [0, 0]
