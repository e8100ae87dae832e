"""Laws of searched marks: never dearer than any named boundary, never cheaper than the bound."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.layouts.boundaries import BOUNDARIES
from cachelens.model.result import ScenarioResult
from cachelens.model.scenario import Choices
from tests.oracles.traffic import OReq
from tests.properties.test_simulation import MARKED, MODELS
from tests.replays import simulated

ASKED = Choices(boundaries=(*BOUNDARIES, "optimal", "bound"))


def costs(scenarios: tuple[ScenarioResult, ...]) -> dict[str, Decimal]:
    return {
        scenario.name: scenario.total.cost
        for scenario in scenarios
        if scenario.total is not None and scenario.total.cost is not None
    }


@given(MARKED, MODELS)
@settings(max_examples=15)
def test_searched_marks_are_the_cheapest_and_nothing_is_below_the_bound(requests: list[OReq], model: str) -> None:
    found = costs(simulated(requests, model, choices=ASKED).scenarios)
    assert found["optimal"] == min(cost for name, cost in found.items() if name != "bound")
    assert found["bound"] <= found["optimal"]


@given(MARKED, MODELS, st.sampled_from(("1h", "5m", "24h", "90s")))
@settings(max_examples=8)
def test_the_same_holds_for_a_lifetime_that_is_asked_for(requests: list[OReq], model: str, ttl: str) -> None:
    names = (*BOUNDARIES, "optimal")
    result = simulated(requests, model, choices=Choices(boundaries=names, ttls=(ttl,)))
    found = {name: cost for name, cost in costs(result.scenarios).items() if name.endswith(ttl)}
    if found:
        assert found[f"optimal/{ttl}"] == min(found.values())


@given(MARKED, MODELS, MODELS)
@settings(max_examples=8)
def test_the_same_holds_for_traffic_sent_elsewhere(requests: list[OReq], model: str, other: str) -> None:
    result = simulated(requests, model, choices=Choices(boundaries=ASKED.boundaries, models=(other,)))
    found = {name: cost for name, cost in costs(result.scenarios).items() if name.endswith(other)}
    assert found[f"optimal/{other}"] == min(cost for name, cost in found.items() if not name.startswith("bound"))
    assert found[f"bound/{other}"] <= found[f"optimal/{other}"]
