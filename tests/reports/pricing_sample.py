"""Prices and rules that the pricing reports are tested on: made up, with everything that they must show."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.pricing import (
    Change,
    DueEntry,
    DueList,
    HoursShown,
    ListedModel,
    ListedProvider,
    ModelSheet,
    ModifierShown,
    PriceList,
    PriceShown,
    RulesShown,
    SourceShown,
    Standing,
    TierShown,
)

HOSTILE = "\x1b[2J\u202e=cmd()"
"""An id or note as a stranger's price file may hold it."""


def price_list() -> PriceList:
    """Two providers with models, and one without."""
    return PriceList(
        providers=(
            ListedProvider(
                id="acme",
                name="Acme",
                models=(
                    ListedModel(
                        id="acme-large",
                        prices={
                            "input": Decimal("5.00"),
                            "output": Decimal(25),
                            "read": Decimal("0.50"),
                            "write_5m": Decimal("6.25"),
                            "write_1h": Decimal("10.0"),
                        },
                    ),
                    ListedModel(id=HOSTILE, prices={"input": Decimal("0.1"), "output": Decimal("0.4")}),
                ),
            ),
            ListedProvider(id="gate", name="Gate", models=()),
            ListedProvider(
                id="zeta",
                name="Zeta",
                models=(ListedModel(id="z1", prices={"input": Decimal(1), "storage_hour": Decimal("4.50")}),),
            ),
        )
    )


def _row(start: str, end: str, standing: Standing, **changes: object) -> PriceShown:
    fields: dict[str, object] = {
        "id": f"acme-large@{start}",
        "start": start,
        "end": end,
        "standing": standing,
        "prices": {"input": Decimal("5.00"), "output": Decimal(25), "read": Decimal("0.5")},
        "explicit_prices": None,
        "tiers": (),
        "modifiers": (),
        "refused": (),
        "hours": None,
        "sources": ("page",),
        "checked": "2026-11-23",
        "confidence": "high",
        "note": "",
        "file": "pricing/providers/acme.yaml",
        "line": 12,
    }
    return PriceShown(**{**fields, **changes})  # type: ignore[arg-type]


def model_sheet(**changes: object) -> ModelSheet:
    """A model with a past price, one in force with everything on it, and an announced one."""
    now = _row(
        "2026-03-01",
        "2027-01-01",
        Standing.IN_FORCE,
        prices={"input": Decimal(4), "output": Decimal(20), "read": Decimal("0.40"), "write_5m": Decimal(5)},
        explicit_prices={"input": Decimal(4), "storage_hour": Decimal("1.0")},
        tiers=(
            TierShown(
                from_tokens=200_001,
                change=Change(factors={"input": Decimal(2)}),
                prices={"input": Decimal(8), "output": Decimal(20)},
            ),
        ),
        modifiers=(
            ModifierShown(name="batch", change=Change(factors={"all": Decimal("0.5")}), not_with=("fast",)),
            ModifierShown(name="fast", change=Change(prices={"output": Decimal(60)}), note="in one region only"),
            ModifierShown(name="quiet", change=Change()),
        ),
        refused=("priority",),
        hours=HoursShown(
            weekdays=(0, 4), windows_utc=("01:00-04:00",), off_peak_factor=Decimal("0.50"), start="2026-05-01"
        ),
        note="a promotion, stated to last until the end of the year at least; look again then",
        line=20,
    )
    fields: dict[str, object] = {
        "id": "acme-large",
        "provider": "acme",
        "provider_name": "Acme",
        "aliases": ("acme-large-latest",),
        "confidence": "medium",
        "note": f"named {HOSTILE} by some",
        "minimum_tokens": 1024,
        "in_force": now,
        "extrapolated": False,
        "one_day": False,
        "prices": (
            _row("", "2026-03-01", Standing.PAST),
            now,
            _row("2027-01-01", "", Standing.ANNOUNCED, line=30),
        ),
        "explicit_prices": (_row("2026-03-01", "", Standing.PAST, id="acme-large+explicit"),),
        "rules": RulesShown(
            id="acme_marks",
            mechanism="explicit-breakpoints",
            status="stable",
            leaves_out="",
            ttl_seconds={"5m": 300, "1h": 3600},
            default_ttl="5m",
            sources=("page",),
            checked="2026-11-23",
        ),
        "explicit_rules": RulesShown(
            id="acme_objects",
            mechanism="stored-object",
            status="preview",
            leaves_out="deleting an object early.",
            ttl_seconds={},
            default_ttl="",
            sources=("page",),
            checked="2026-11-20",
        ),
        "sources": (SourceShown(id="page", address="https://docs.example.com/prices"),),
    }
    return ModelSheet(**{**fields, **changes})  # type: ignore[arg-type]


def due_list() -> DueList:
    """Two rows that are due, one of them a day old."""
    return DueList(
        day="2026-11-23",
        older_than=1,
        entries=213,
        due=(
            DueEntry(kind="price", id=HOSTILE, file="ours.yaml", line=3, days=91),
            DueEntry(kind="profile", id="acme_marks", file="pricing/providers/acme.yaml", line=7, days=1),
        ),
    )
