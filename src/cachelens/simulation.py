"""Replays one compiled trace under the asked scenarios and puts the result together."""

from __future__ import annotations

import itertools
from collections.abc import Container, Mapping, Sequence

import msgspec
import numpy as np

from cachelens import __version__
from cachelens.errors import UsageError
from cachelens.layouts.boundaries import BOUNDARIES, SEARCHED, boundary
from cachelens.layouts.files import layout
from cachelens.layouts.moves import LAYOUTS, Layout
from cachelens.layouts.rewriting import Known, relay
from cachelens.model.result import Evidence, FactRef, HoldoutFact, MoveFact, ScenarioResult, SimulateResult, Status
from cachelens.model.scenario import AS_RECORDED, BOUND, NO_CACHE, OPTIMAL, Choices, Scenario
from cachelens.optimal import Cost, Found, Pricer, Search
from cachelens.planning import holdouts_of, marks_of, moves_of
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import PriceRow
from cachelens.providers.loading import load_pricing
from cachelens.providers.mechanisms.base import seconds_of
from cachelens.providers.profile import CacheProfile
from cachelens.reading import Compiled
from cachelens.replay.assign import sold
from cachelens.replay.bills import Tariff, tariff
from cachelens.replay.bound import replay_bound
from cachelens.replay.engine import Replayer
from cachelens.replay.notes import notes_of
from cachelens.replay.rhythm import over_time, pauses
from cachelens.replay.sums import Replayed
from cachelens.replay.totals import Baseline, Summary, impossible
from cachelens.replay.validation import validate

DAY_US = 86_400_000_000
LONGEST_TTL = 100 * 365 * 86_400
"""A century in seconds: longer than any log, and small enough to be counted in microseconds."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay, with the facts that it needs."""

    book: PriceBook
    scenarios: tuple[Scenario, ...]
    layouts: tuple[Layout, ...] = ()


def plan(choices: Choices) -> Plan:
    """Load the facts and check the choices against them.

    Raises `PricingError` for price files that cannot be used, `UsageError` for names that are not known.
    """
    book = load_pricing(choices.pricing)
    for model in choices.models:
        book.resolve(model)
    for ttl in choices.ttls:
        _check_ttl(ttl, book)
    layouts = {one.name: one for one in map(layout, dict.fromkeys(_layouts(choices)))}
    if len(layouts) < len(set(_layouts(choices))):
        raise UsageError("two layout files have the same name", hint="give each its own with `layout: NAME`")
    scenarios = scenarios_of(choices, known_providers=tuple(book.providers))
    named = [scenario for scenario in scenarios if scenario.model and scenario.provider]
    if named and all(sold(book, scenario) is None for scenario in named):
        raise UsageError(
            f"{', '.join(choices.providers)} sells none of: {', '.join(choices.models)}",
            hint="`cachelens pricing list --provider ID` names what a provider sells",
        )
    return Plan(book=book, scenarios=tuple(scenarios), layouts=tuple(layouts.values()))


def _check_ttl(label: str, book: PriceBook) -> None:
    """Refuse a label that is no lifetime. One that nobody offers is fine: its scenarios are impossible."""
    offered = {ttl: length for profile in book.profiles.values() for ttl, length in profile.ttl.options.items()}
    seconds = offered.get(label) or (seconds_of(label) if label.isascii() else None)
    if seconds is None or seconds > LONGEST_TTL:
        labels = sorted(offered, key=lambda ttl: (offered[ttl], ttl))
        raise UsageError(
            f"{label!r} is not a TTL",
            hint=f"write a number and s, m, h or d, such as 90s or 2d; providers offer {', '.join(labels)}",
        )


def run(compiled: Compiled, plan: Plan) -> SimulateResult:
    """Replay a trace under a plan."""
    return _Simulation(compiled, Replayer(compiled.trace, plan.book), plan.layouts).run(plan.scenarios)


def scenarios_of(choices: Choices, *, known_providers: tuple[str, ...]) -> list[Scenario]:
    """Return the scenarios to replay, as recorded first."""
    for name in choices.providers:
        if name not in known_providers:
            raise UsageError(f"there is no provider called {name!r}", hint=f"choose from: {', '.join(known_providers)}")
    boundaries = choices.boundaries or tuple(BOUNDARIES)
    chosen = [name if name in SEARCHED else boundary(name).name for name in boundaries]
    chosen += SEARCHED if choices.optimize else ()
    layouts = dict.fromkeys((AS_RECORDED, *(layout(name).name for name in _layouts(choices))))
    targets = [Scenario()]
    targets += [Scenario(model=model) for model in choices.models]
    targets += [Scenario(provider=provider) for provider in choices.providers]
    if choices.models and choices.providers:
        targets = [Scenario()] + [Scenario(model=m, provider=p) for m in choices.models for p in choices.providers]
    result = [Scenario()]
    for arranged in layouts:
        for target in targets:
            for name in chosen:
                if name == NO_CACHE and arranged != AS_RECORDED:
                    continue
                for ttl in choices.ttls or ("",):
                    length = "" if name in (NO_CACHE, BOUND) else ttl
                    result.append(msgspec.structs.replace(target, layout=arranged, boundary=name, ttl=length))
    return list(dict.fromkeys(result))


def _layouts(choices: Choices) -> tuple[str, ...]:
    """Return the layouts that are asked for."""
    return (*LAYOUTS, *choices.layouts) if choices.optimize else choices.layouts


class _Arm:
    """The traffic under one layout."""

    def __init__(self, replayer: Replayer, *, days: float | None, changed: Container[str] = ()) -> None:
        """`changed` are the workloads that the layout changes."""
        self.replayer = replayer
        self._changed = changed
        self.summary = Summary(replayer.trace, days=days)
        self._plans: dict[str, MarkPlan] = {}
        self._search: Search | None = None

    def plan(self, name: str) -> MarkPlan:
        """Return where the marks of a named boundary stand."""
        if name not in self._plans:
            self._plans[name] = boundary(name).place(self.replayer.trace)
        return self._plans[name]

    def cheapest(self, scenario: Scenario, recorded: Sequence[Cost], known: Found | None) -> Found | None:
        """Search for the cheapest marks; `known` are those of the log's own layout."""
        if self._search is None:
            self._search = Search(self.replayer)
        names = self.replayer.trace.strings["workload"]
        if known is not None:
            same = {number: policy for number, policy in known.policies.items() if names[number] not in self._changed}
            known = known._replace(policies=same)
        return self._search.cheapest(scenario, recorded, known)


class _Simulation:
    """One run over one trace."""

    def __init__(self, compiled: Compiled, replayer: Replayer, layouts: Sequence[Layout]) -> None:
        self._compiled = compiled
        self._replayer = replayer
        self._trace: Trace = compiled.trace
        self._facts: dict[tuple[str, str], FactRef] = {}
        self._dropped: dict[str, None] = {}
        first, last = self._trace.span or (None, None)
        self._first, self._last = first, last
        self._days = (last - first) / DAY_US if first is not None and last is not None and last > first else None
        self._base = _Arm(replayer, days=self._days)
        self._layouts = {layout.name: layout for layout in layouts}
        self._known = Known(self._trace)
        self._found: dict[tuple[str, str, str], Found] = {}
        """The cheapest marks in the log's own layout, by model, provider and TTL."""
        self._moves: list[MoveFact] = []
        self._holdouts: list[HoldoutFact] = []

    def run(self, scenarios: Sequence[Scenario]) -> SimulateResult:
        """Replay everything and put the result together."""
        replayer, trace = self._replayer, self._trace
        if not replayer.recorded.facts:
            scenarios = [scenario for scenario in scenarios if scenario.model] or scenarios[:1]
            scenarios = [Scenario(), *(scenario for scenario in scenarios if scenario != Scenario())]
        recorded = replayer.replay(scenarios[0], self._base.plan(AS_RECORDED))
        results = [self._result(self._base, recorded, {})]
        baseline = _baseline(results[0])
        costs = Pricer(replayer).costs(recorded) or []
        for name, group in itertools.groupby(scenarios[1:], key=lambda scenario: scenario.layout):
            arm = self._arm(name)
            if isinstance(arm, str):
                results += [impossible(scenario, arm) for scenario in group]
            else:
                results += [self._replayed(arm, scenario, baseline, costs) for scenario in group]
        return SimulateResult(
            version=__version__,
            inputs=self._compiled.inputs,
            skips=self._compiled.skips,
            requests=len(trace),
            sessions=results[0].total.sessions if results[0].total else 0,
            workloads=len(results[0].workloads),
            first_us=self._first,
            last_us=self._last,
            days=round(self._days, 6) if self._days is not None else None,
            bases=replayer.calibration.about(),
            scenarios=tuple(results),
            validation=validate(trace, recorded, replayer.outside),
            facts=tuple(fact for _, fact in sorted(self._facts.items())),
            notes=notes_of(replayer, recorded, tuple(self._dropped)),
            moves=tuple(self._moves),
            holdouts=tuple(self._holdouts),
            over_time=over_time(trace, recorded),
            pauses=pauses(trace, recorded),
        )

    def _arm(self, name: str) -> _Arm | str:
        """Return the traffic under a layout, or why it cannot be had."""
        if name == AS_RECORDED:
            return self._base
        if not self._trace.segments.text.size or (self._trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)).all():
            return "the input holds no prompt text to move; simulate the logs, or compile without --no-text and --salt"
        relaid = relay(self._known, self._layouts[name])
        if not relaid.layouts:
            return "there is nothing in these prompts that it would move"
        self._moves += moves_of(self._layouts[name], relaid)
        outside = np.minimum(self._replayer.outside, np.maximum(relaid.trace.column("input"), 0))
        replayer = Replayer(relaid.trace, self._replayer.book, outside=outside)
        return _Arm(replayer, days=self._days, changed=relaid.layouts.keys())

    def _replayed(
        self, arm: _Arm, scenario: Scenario, baseline: Mapping[str, Baseline], recorded: Sequence[Cost]
    ) -> ScenarioResult:
        if scenario.model and sold(self._replayer.book, scenario) is None:
            return impossible(scenario, f"{scenario.provider} does not sell {scenario.model}")
        if scenario.provider and not arm.replayer.assigned(scenario).facts:
            return impossible(scenario, f"{scenario.provider} sells none of these models; choose one with --model")
        if scenario.boundary == BOUND:
            return self._result(arm, replay_bound(arm.replayer, scenario), baseline)
        if scenario.boundary != OPTIMAL:
            return self._result(arm, arm.replayer.replay(scenario, arm.plan(scenario.boundary)), baseline)
        asked = scenario.model, scenario.provider, scenario.ttl
        found = arm.cheapest(scenario, recorded, self._found.get(asked))
        if found is None:
            return impossible(scenario, "without prices there is no cheapest")
        self._found.setdefault(asked, found)
        result = self._result(arm, arm.replayer.replay(scenario, found.plan), baseline)
        if result.status is Status.IMPOSSIBLE:
            return result
        names = self._trace.strings["workload"]
        self._holdouts += holdouts_of(found, scenario, names)
        return msgspec.structs.replace(result, marks=tuple(marks_of(found, scenario, names)), tried=found.tried)

    def _result(self, arm: _Arm, replayed: Replayed, baseline: Mapping[str, Baseline]) -> ScenarioResult:
        replayer = arm.replayer
        prices = tariff(replayer.trace, replayed.assignment, replayed.explicit, replayed.total)
        self._cite(replayed, prices)
        evidence = {about.model: about.evidence for about in replayer.calibration.about()}
        if replayed.scenario.model and not self._only(replayed.assignment.facts[0].id):
            evidence[replayed.assignment.facts[0].id] = Evidence.ESTIMATED
        perfect = replayer.perfect(replayed.scenario, replayed.assignment)
        return arm.summary.scenario(replayed, prices, perfect, baseline, evidence)

    def _only(self, model: str) -> bool:
        """Say whether all requests were sent to this model: others' counts carry over as estimates only."""
        recorded = self._replayer.recorded
        return [facts.id for facts in recorded.facts] == [model] and not recorded.unknown

    def _cite(self, replayed: Replayed, prices: Tariff) -> None:
        """Remember the rules and prices that numbers rest on."""
        if replayed.status is Status.IMPOSSIBLE:
            return
        for row in prices.rows:
            self._facts["price", row.id] = price_fact(row)
        for profile in replayed.profiles:
            self._facts["rule", profile.id] = rule_fact(profile)
        self._dropped.update(dict.fromkeys(prices.dropped))


def _baseline(result: ScenarioResult) -> dict[str, Baseline]:
    """Return the as-recorded cost of each workload and of all."""
    rows = {row.workload: row.totals for row in result.workloads}
    if result.total is not None:
        rows[""] = result.total
    return {name: Baseline(totals.requests, totals.cost) for name, totals in rows.items()}


def price_fact(row: PriceRow) -> FactRef:
    """Say which price a number rests on."""
    return FactRef(
        kind="price",
        id=row.id,
        start=row.start,
        checked=row.checked,
        source=", ".join(row.sources),
        confidence=row.confidence.value,
        note="used before its start" if row.extrapolated else row.note,
    )


def rule_fact(profile: CacheProfile) -> FactRef:
    """Say which rule a number rests on."""
    return FactRef(
        kind="rule",
        id=profile.id,
        start="",
        checked=profile.checked,
        source=", ".join(profile.sources),
        confidence=profile.confidence.value,
        note=profile.note,
    )
