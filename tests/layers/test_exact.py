"""The exact cache: what it takes for the same request, and that it is a dictionary with a clock."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.errors import UsageError
from cachelens.layers.exact import run_exact
from cachelens.layers.normal import NORMALISATIONS, normal
from cachelens.layers.traffic import Traffic, is_deterministic
from cachelens.model.call import RecordedCall
from cachelens.model.stack import ExactChoices, Scope, StackChoices
from tests.layers.logs import HASHING, PUBLIC, layer, replay, row

SECOND = 1_000_000


class Ask(NamedTuple):
    at: int
    prompt: int
    tenant: str
    deterministic: bool
    takes: int


ASKS = st.lists(
    st.builds(
        Ask,
        at=st.integers(0, 60),
        prompt=st.integers(0, 3),
        tenant=st.sampled_from(["", "a", "b"]),
        deterministic=st.booleans(),
        takes=st.integers(0, 5),
    ),
    max_size=40,
).map(lambda asks: sorted(asks, key=lambda ask: ask.at))


def traffic(asks: Sequence[Ask]) -> Traffic:
    return Traffic(
        trace=cast("Any", None),
        calls=[RecordedCall(answer="x")] * len(asks),
        has_call=[True] * len(asks),
        arrived=[ask.at * SECOND for ask in asks],
        answered=[(ask.at + ask.takes) * SECOND for ask in asks],
        prompt=[b"%d" % ask.prompt for ask in asks],
        parameters=[b""] * len(asks),
        instructions=[b""] * len(asks),
        models=["m"] * len(asks),
        tenants=[ask.tenant for ask in asks],
        deterministic=[ask.deterministic for ask in asks],
        questions=[None] * len(asks),
    )


def dictionary(asks: Sequence[Ask], ttl: int | None, capacity: int | None) -> list[int]:
    """The plain model: a list of entries, the least recently used first; times in seconds."""
    entries: list[tuple[tuple[int, str], int, int]] = []
    found = []
    for number, ask in enumerate(asks):
        source, key = -1, (ask.prompt, ask.tenant)
        if ask.tenant and ask.deterministic:
            old = next((entry for entry in entries if entry[0] == key), None)
            if old is not None and old[2] <= ask.at and (ttl is None or ask.at - old[2] <= ttl):
                source = old[1]
                entries.remove(old)
                entries.append(old)
            else:
                ready = ask.at + ask.takes
                if old is not None and old[2] <= ask.at:
                    entries.remove(old)  # expired
                    old = None
                if old is None or ready < old[2]:
                    entries = [entry for entry in entries if entry is not old]
                    entries.append((key, number, ready))
                    if capacity is not None and len(entries) > capacity:
                        entries.pop(0)
        found.append(source)
    return found


@given(ASKS, st.sampled_from([None, 5, 20]), st.sampled_from([None, 1, 3]))
def test_it_is_a_plain_dictionary_replay(asks: list[Ask], ttl: int | None, capacity: int | None) -> None:
    choices = ExactChoices(ttl_us=None if ttl is None else ttl * SECOND, capacity=capacity)
    assert run_exact(traffic(asks), choices, Scope.TENANT).source.tolist() == dictionary(asks, ttl, capacity)


@given(ASKS)
def test_a_tenant_is_never_given_the_answer_of_another(asks: list[Ask]) -> None:
    served = run_exact(traffic(asks), ExactChoices(), Scope.TENANT)
    assert all(asks[request].tenant == asks[source].tenant != "" for request, source in served.pairs())


@given(ASKS)
def test_a_longer_lifetime_serves_no_less(asks: list[Ask]) -> None:
    """Entries are not renewed and answers are at once there: whoever finds one finds it with a longer life too."""
    at_once = [ask._replace(takes=0) for ask in asks]
    short = run_exact(traffic(at_once), ExactChoices(ttl_us=5 * SECOND), Scope.TENANT)
    for_ever = run_exact(traffic(at_once), ExactChoices(ttl_us=None), Scope.TENANT)
    assert len(short.pairs()) <= len(for_ever.pairs())


@pytest.mark.parametrize(
    ("first", "second", "served"),
    [
        ({}, {}, 1),
        ({}, {"request_stream": True, "request_user": "u-1"}, 1),
        ({"request_metadata": {"a": 1}}, {"request_metadata": {"a": 2}}, 1),
        ({"request_prompt_cache_key": "x"}, {"request_prompt_cache_key": "y"}, 1),
        ({"request_top_p": 1}, {}, 1),
        ({"request_top_p": 0.5}, {}, 0),
        ({"request_max_tokens": 10}, {"request_max_tokens": 11}, 0),
        ({"request_model": "gpt-5.2"}, {"request_model": "gpt-5.1"}, 0),
        ({"request_response_format": {"type": "json_object"}}, {}, 0),
        (
            {"request_tools": [{"name": "a", "description": "b"}]},
            {"request_tools": [{"description": "b", "name": "a"}]},
            1,
        ),
        ({"request_tools": [{"name": "a"}]}, {"request_tools": [{"name": "b"}]}, 0),
        ({"request_unheard_of": 1}, {"request_unheard_of": 2}, 0),
    ],
)
def test_what_counts_as_the_same_request(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], served: int
) -> None:
    result = replay(tmp_path, [row(0, "Open?", "Yes.", **first), row(10, "Open?", "Yes.", **second)])
    assert layer(result, "exact").requests_served == served


def choices(**exact: Any) -> StackChoices:  # noqa: ANN401 - fields of any type
    return StackChoices(scope=Scope.PUBLIC, exact=ExactChoices(**exact), semantic=HASHING)


def test_normalisations_are_switched_by_name(tmp_path: Path) -> None:
    rows = [row(0, "Open today?", "Yes."), row(10, " open   TODAY?\n", "Yes.")]
    assert layer(replay(tmp_path, rows), "exact").requests_served == 0
    wider = choices(normalise=("case", "blanks"))
    assert layer(replay(tmp_path, rows, wider), "exact").requests_served == 1
    ends = [row(0, "Open?", "Yes."), row(10, "Open? ", "Yes.")]
    assert layer(replay(tmp_path, ends), "exact").requests_served == 1
    assert layer(replay(tmp_path, ends, choices(keep=("ends",))), "exact").requests_served == 0


def test_an_unknown_normalisation_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as refused:
        normal(on=["lower"])
    assert all(one.id in refused.value.hint for one in NORMALISATIONS)


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"temperature": b"0"}, True),
        ({"temperature": b"0.0"}, True),
        ({"temperature": b"0.2"}, False),
        ({"temperature": b"1", "seed": b"7"}, True),
        ({"seed": b"null"}, False),
        ({"generationConfig.temperature": b"0"}, True),
        ({"temperature": b'"low"'}, False),
        ({}, False),
    ],
)
def test_deterministic_is_temperature_0_or_a_seed(parameters: dict[str, bytes], answer: bool) -> None:
    assert is_deterministic(parameters) is answer


def test_a_stale_answer_shows(tmp_path: Path) -> None:
    result = replay(tmp_path, [row(0, "Wait?", "About 20 minutes."), row(60, "Wait?", "About 34 minutes.")], PUBLIC)
    found = layer(result, "exact")
    assert found.safety is not None
    assert (found.safety.different, found.safety.reasons) == (1, {"numbers": 1})


def test_the_store_is_measured_in_bytes(tmp_path: Path) -> None:
    result = replay(tmp_path, [row(0, "A?", "four"), row(10, "B?", "fünf"), row(20, "A?", "four")])
    facts = layer(result, "exact").facts
    assert (facts["entries"], facts["bytes"]) == (2, 2 * 32 + 4 + 5)


def test_an_answer_on_its_way_is_not_served(tmp_path: Path) -> None:
    found = layer(replay(tmp_path, [row(0, "A?", "x", latency_ms=5000), row(3, "A?", "x")]), "exact")
    assert (found.requests_served, found.facts["in_flight"]) == (0, 1)


def test_recorded_time_is_saved_and_unknown_time_is_counted(tmp_path: Path) -> None:
    timed = row(10, "A?", "x", latency_ms=700)
    silent = row(20, "A?", "x")
    del silent["latency_ms"]
    found = layer(replay(tmp_path, [row(0, "A?", "x"), timed, silent]), "exact")
    assert (found.requests_served, found.latency_saved_us, found.latency_unknown) == (2, 700_000, 1)
