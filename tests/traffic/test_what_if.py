"""What would have happened under another lifetime: priced where it has a price, passed over where it has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from cachelens.app import audit, simulate
from cachelens.config.compiling import CompileOptions
from cachelens.model.scenario import Choices
from cachelens.providers.loading import load_pricing
from cachelens.reading import compile_inputs
from cachelens.traffic.bench import Bench
from tests.traffic.chat import Request, traffic, written

BEFORE = datetime(2026, 7, 15, 9, tzinfo=UTC)
"""A day on which this model was sold and kept nothing for twelve hours, so that its price has no such writes."""


def slow(request: Request) -> None:
    """Let the cache of half an hour expire between any two requests."""
    request.model = "gpt-5.6-sol"
    request.at = BEFORE + timedelta(minutes=40 * request.number)


def of_two_providers(request: Request) -> None:
    """Let one session be of a model that writes for five minutes, which the other never does."""
    if request.session:
        slow(request)


def lifetimes_mixed(request: Request) -> None:
    """Let four sessions ask for an hour and go on at once, and two ask for less and wait."""
    quick = request.session < 4
    request.marks = dict.fromkeys(request.marks, "1h" if quick else "5m")
    request.rules = f"{request.session} {request.rules}"
    if not quick:
        request.at += timedelta(hours=1, minutes=10 * request.turn)


def test_an_audit_passes_over_a_lifetime_without_a_price(tmp_path: Path) -> None:
    findings = audit([written(tmp_path / "a.jsonl", traffic(slow, chat=True))]).findings
    assert "M411" in [finding.rule for finding in findings]
    assert "M407" not in [finding.rule for finding in findings]


def test_tokens_that_would_not_have_been_read_have_a_price_beside_another_provider(tmp_path: Path) -> None:
    rows = traffic(of_two_providers)[:10] + traffic(of_two_providers, chat=True)[10:]
    trace = compile_inputs([written(tmp_path / "a.jsonl", rows)], CompileOptions(keep_text=True)).trace
    (lost,) = Bench(trace, load_pricing()).if_read(np.full(len(trace), -10))
    assert lost.tokens == -600
    assert lost.cost is not None
    assert lost.cost < 0


def test_a_lifetime_without_a_price_has_no_cost_and_says_what_to_add(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", traffic(slow, chat=True))
    recorded, longer = simulate([log], Choices(boundaries=("as-recorded",), ttls=("12h",))).scenarios
    assert recorded.total is not None
    assert longer.total is not None
    assert recorded.total.cost is not None
    assert longer.total.cost is None
    assert (longer.total.read_tokens or 0) > (recorded.total.read_tokens or 0)
    assert longer.note == "gpt-5.6-sol: no price for tokens written with TTL 12h (add write_12h with --pricing)"


def test_the_search_takes_no_lifetime_without_a_price(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", traffic(slow, chat=True))
    *_, found = simulate([log], Choices(boundaries=("optimal",))).scenarios
    assert found.total is not None
    assert found.total.cost is not None
    assert not found.total.write_tokens.get("12h")


def test_a_longer_lifetime_for_the_fewer_requests_saves_what_its_scenario_saves(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", traffic(lifetimes_mixed))
    _, hour = simulate([log], Choices(boundaries=("as-recorded",), ttls=("1h",))).scenarios
    assert hour.total is not None
    assert hour.total.delta is not None
    assert hour.total.delta < 0
    findings = {finding.rule: finding for finding in audit([log]).findings}
    assert "M411" not in findings
    assert findings["M407"].cost == pytest.approx(-hour.total.delta, abs=Decimal("1e-12"))
