"""Kinds of values and how often they change."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from cachelens.layouts.scopes import DAY_US, Scope, scope_of
from cachelens.layouts.values import Kind, kind_of, seconds_in

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2026-11-23", "2026-11-24"], Kind.TIME),
        (["2026-11-23T12:00:00Z", "2026-11-23T12:05:00Z"], Kind.TIME),
        (["Monday, 23 November", "Tuesday, 24 November"], Kind.TIME),
        (["1795000000", "1795000060"], Kind.TIME),
        (["6f1c2f9e-2b4d-4a53-9c39-0f0a3a6b1c11", "0b1c2f9e-2b4d-4a53-9c39-0f0a3a6b1c12"], Kind.UUID),
        (["sess-00042", "sess-00043"], Kind.ID),
        (["9fceb02d0ae598e9", "1a2b3c4d5e6f7081"], Kind.HASH),
        (["v1.4.2", "v1.4.3"], Kind.VERSION),
        (["ann@example.org", "bo@example.org"], Kind.EMAIL),
        (["Ann Smith", "Bo Diaz"], Kind.NAME),
        (["0.123", "0.77"], Kind.NUMBER),
        (["/home/ann/src", "/srv/app"], Kind.PATH),
        (['{"a": 1}', '{"a": 2}'], Kind.JSON),
        (["red, green, blue", "blue, red, green"], Kind.SHUFFLED),
        (["caf\u00e9 bar", "cafe\u0301 bar"], Kind.FORM),
        (["a\r\nb", "a\nb"], Kind.FORM),
        (["the customer asks for a refund", "somebody lost a key"], Kind.TEXT),
    ],
)
def test_kinds(values: list[str], kind: Kind) -> None:
    assert kind_of(values) is kind


def test_a_time_that_follows_the_arrival_is_a_clock() -> None:
    at = int(NOON.timestamp())
    assert kind_of(["2026-11-23T12:00:01Z", "2026-11-23T12:09:00Z"], arrived_us=[at * 10**6] * 2) is Kind.CLOCK
    assert kind_of(["1999-11-23", "2001-01-01"], arrived_us=[at * 10**6] * 2) is Kind.TIME


def test_a_value_that_is_the_row_s_own_id_is_that_id() -> None:
    assert kind_of(["x-1", "x-2"], own=["x-1", "x-2"]) is Kind.OWN_ID


@pytest.mark.parametrize("text", ["2026-11-23T12:00:00Z", "1795435200", "23 November 2026", "Nov 23, 2026"])
def test_written_times(text: str) -> None:
    assert seconds_in(text) in {NOON.timestamp(), NOON.timestamp() - 12 * 3600}


def column(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("value", "session", "scope"),
    [
        ((1, 1, 1, 1), (0, 0, 1, 1), Scope.STATIC),
        ((1, 2, 3, 4), (0, 0, 1, 1), Scope.REQUEST),
        ((1, 1, 2, 2), (0, 0, 1, 1), Scope.SESSION),
        ((1, 2, 3, 4), (0, 1, 2, 3), Scope.UNSURE),
        ((1,) * 8 + (2,) * 8, tuple(range(16)), Scope.DEPLOY),
    ],
)
def test_scopes(value: tuple[int, ...], session: tuple[int, ...], scope: Scope) -> None:
    size = len(value)
    found = scope_of(column(*value), column(*range(size)), column(*session), column(*[-1] * size), timed=True)
    assert found.scope is scope


def test_a_value_of_each_day_and_of_each_tenant() -> None:
    days = np.repeat(np.arange(4), 6)
    arrived = days * DAY_US + np.tile(np.arange(6), 4)
    nobody = np.full(24, -1)
    assert scope_of(days, arrived, np.arange(24), nobody, timed=True).scope is Scope.DAY
    tenants = np.tile(np.arange(6), 4)
    assert scope_of(tenants, arrived, np.arange(24), tenants, timed=True).scope is Scope.TENANT
