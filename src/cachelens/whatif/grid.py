"""The grid: the replay of one case under one boundary and lifetime, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from cachelens.layouts.boundaries import boundary
from cachelens.model.result import Evidence, FactRef, Status
from cachelens.model.scenario import AS_RECORDED, NO_CACHE, Scenario
from cachelens.model.whatif import Cell
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import ModelFacts
from cachelens.replay.bills import Tariff, lacking, tariff
from cachelens.replay.engine import Replayer
from cachelens.replay.sums import Replayed
from cachelens.replay.totals import MONTH_DAYS, SHORTEST_PROJECTION_DAYS
from cachelens.simulation import price_fact, rule_fact
from cachelens.whatif.books import OUTPUT, Books, saved, total_of, with_share
from cachelens.whatif.cards import offered
from cachelens.whatif.cases import Case, Source, moved


class Point(NamedTuple):
    """Where in the grid; `model` is empty for as recorded."""

    model: str
    boundary: str
    ttl: str
    prompt_tokens: int | None
    traffic: float


class Grid:
    """Replays points of the grid, keeping what they share."""

    def __init__(self, source: Source, book: PriceBook, *, days: float | None, made: bool) -> None:
        """`days` is the length of a unit; `made` says that the traffic bears the names of models itself."""
        self._source = source
        self._book = book
        self._days = days
        self._made = made
        self._cases: dict[tuple[str, int | None, float], tuple[Case, Replayer]] = {}
        self.facts: dict[tuple[str, str], FactRef] = {}
        """Rules and prices that numbers rest on."""

    def cells(
        self, model: str, size: int | None, traffic: float, names: Sequence[str], ttls: Sequence[str]
    ) -> Iterator[Cell]:
        """Replay one model, size and amount under all boundaries, each with all lifetimes.

        Without `ttls` those that the provider offers; what it then cannot do is left out.
        """
        for name in names:
            probe = Point(model, name, "", size, traffic)
            if name == NO_CACHE:
                yield self.cell(probe)
                continue
            labels = ttls or self._labels(probe)
            found = [self.cell(probe._replace(ttl=label)) for label in labels or ("",)]
            possible = [cell for cell in found if cell.status is not Status.IMPOSSIBLE]
            yield from found if ttls or not possible else possible

    def _labels(self, probe: Point) -> list[str]:
        """Return the lifetimes that every profile that would serve a point offers, the shortest first."""
        _, replayed = self._replayed(probe)
        found = [
            offered(profile, facts)
            for facts in replayed.assignment.facts
            for profile in (replayed.profiles or (self._book.profiles[facts.profile],))
            if profile.id in (facts.profile, facts.explicit_profile)
        ]
        labels = [label for label in found[0] if all(label in other for other in found)] if found else []
        return ["", *labels] if probe.boundary == AS_RECORDED else labels

    def cell(self, point: Point) -> Cell:
        """Replay one point."""
        case, replayed = self._replayed(point)
        prices = tariff(case.billed, replayed.assignment, replayed.explicit, replayed.total)
        plain = point.boundary == NO_CACHE and replayed.status is not Status.IMPOSSIBLE
        reasons = () if plain else (*replayed.reasons, *lacking(prices, replayed.write))
        blank = Cell(
            model=point.model or AS_RECORDED,
            boundary=point.boundary,
            ttl=point.ttl,
            prompt_tokens=point.prompt_tokens,
            traffic=point.traffic,
            status=Status.OK if plain else replayed.status,
            reasons=reasons,
        )
        if replayed.status is Status.IMPOSSIBLE:
            return blank
        self._cite(replayed, prices)
        blank = msgspec.structs.replace(blank, evidence=self._evidence(point, replayed))
        return self._priced(blank, case, replayed, prices)

    def repriced(self, point: Point, day_us: int) -> Decimal | None:
        """Return what a point costs a unit at the prices of another day; its rules stay."""
        case, replayed = self._replayed(point)
        billed = moved(case.billed, day_us)
        prices = tariff(billed, replayed.assignment, replayed.explicit, replayed.total)
        return total_of(Books(case, replayed, prices).bills())

    def served(self, point: Point) -> tuple[ModelFacts, ...]:
        """Return the models that serve a point."""
        return self._case(point)[1].assigned(_scenario(point, made=self._made)).facts

    def _replayed(self, point: Point) -> tuple[Case, Replayed]:
        case, replayer = self._case(point)
        scenario = _scenario(point, made=self._made)
        return case, replayer.replay(scenario, boundary(point.boundary).place(case.trace))

    def _case(self, point: Point) -> tuple[Case, Replayer]:
        key = point.model, point.prompt_tokens, point.traffic
        if key not in self._cases:
            case = self._source.case(*key)
            self._cases[key] = case, Replayer(case.trace, self._book)
        return self._cases[key]

    def _evidence(self, point: Point, replayed: Replayed) -> Evidence | None:
        """Return the weakest evidence among the counts of a log; to other models they carry over as estimates."""
        case, replayer = self._case(point)
        if self._made:
            return Evidence.ESTIMATED if case.estimated else None
        served = [facts.id for facts in replayed.assignment.facts]
        own = [facts.id for facts in replayer.recorded.facts]
        if point.model and (served != own or replayer.recorded.unknown):
            return Evidence.ESTIMATED
        known = {about.model: about.evidence for about in replayer.calibration.about()}
        order = list(Evidence)
        return max((known.get(name, Evidence.ESTIMATED) for name in served), key=order.index, default=None)

    def _cite(self, replayed: Replayed, prices: Tariff) -> None:
        for row in prices.rows:
            self.facts["price", row.id] = price_fact(row)
        for profile in replayed.profiles:
            self.facts["rule", profile.id] = rule_fact(profile)

    def _priced(self, blank: Cell, case: Case, replayed: Replayed, prices: Tariff) -> Cell:
        books = Books(case, replayed, prices)
        found, cost_no_cache = books.bills(), books.no_cache()
        cost, bills = total_of(found), found or ()
        output = next((bill.cost for bill in bills if bill.kind == OUTPUT), Decimal(0))
        total, requests = books.count(replayed.total), books.requests
        return msgspec.structs.replace(
            blank,
            token_hit_rate=books.count(replayed.read) / total if total else None,
            cost=cost,
            cost_no_cache=cost_no_cache,
            saving=saved(cost, cost_no_cache, Decimal(0)),
            input_saving=saved(cost, cost_no_cache, output),
            cost_per_request=cost / case.of_unit(Decimal(requests)) if cost is not None and requests else None,
            cost_a_month=self._a_month(cost),
            bills=tuple(with_share(bill, cost) for bill in bills),
        )

    def _a_month(self, cost: Decimal | None) -> Decimal | None:
        if cost is None or self._days is None or self._days < SHORTEST_PROJECTION_DAYS:
            return None
        return cost * MONTH_DAYS / Decimal(repr(self._days))


def _scenario(point: Point, *, made: bool) -> Scenario:
    return Scenario(boundary=point.boundary, ttl=point.ttl, model="" if made else point.model)
