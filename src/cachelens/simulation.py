"""Replays one compiled trace under the asked scenarios and puts the result together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from cachelens import __version__
from cachelens.errors import UsageError
from cachelens.layouts.boundaries import BOUNDARIES, boundary
from cachelens.model.result import FactRef, Note, ScenarioResult, SimulateResult, Status
from cachelens.model.scenario import AS_RECORDED, Choices, Scenario
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import PriceRow
from cachelens.providers.loading import load_pricing
from cachelens.providers.profile import CacheProfile
from cachelens.reading import Compiled
from cachelens.replay.bills import Tariff, tariff
from cachelens.replay.engine import Replayed, Replayer
from cachelens.replay.totals import Summary
from cachelens.replay.validation import validate

DAY_US = 86_400_000_000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay, with the facts that it needs."""

    book: PriceBook
    scenarios: tuple[Scenario, ...]


def plan(choices: Choices) -> Plan:
    """Load the facts and check the choices against them.

    Raises `PricingError` for price files that cannot be used, `UsageError` for names that are not known.
    """
    book = load_pricing(choices.pricing)
    for model in choices.models:
        book.resolve(model)
    return Plan(book=book, scenarios=tuple(scenarios_of(choices, known_providers=tuple(book.providers))))


def run(compiled: Compiled, plan: Plan) -> SimulateResult:
    """Replay a trace under a plan."""
    return _Simulation(compiled, Replayer(compiled.trace, plan.book)).run(plan.scenarios)


def scenarios_of(choices: Choices, *, known_providers: tuple[str, ...]) -> list[Scenario]:
    """Return the scenarios to replay, as recorded first."""
    for name in choices.providers:
        if name not in known_providers:
            raise UsageError(f"there is no provider called {name!r}", hint=f"choose from: {', '.join(known_providers)}")
    boundaries = choices.boundaries or tuple(BOUNDARIES)
    chosen = [boundary(name).name for name in boundaries]
    targets = [Scenario()]
    targets += [Scenario(model=model) for model in choices.models]
    targets += [Scenario(provider=provider) for provider in choices.providers]
    if choices.models and choices.providers:
        targets = [Scenario()] + [Scenario(model=m, provider=p) for m in choices.models for p in choices.providers]
    result = [Scenario()]
    for target in targets:
        for name in chosen:
            for ttl in choices.ttls or ("",):
                result.append(msgspec.structs.replace(target, boundary=name, ttl="" if name == "none" else ttl))
    return list(dict.fromkeys(result))


class _Simulation:
    """One run over one trace."""

    def __init__(self, compiled: Compiled, replayer: Replayer) -> None:
        self._compiled = compiled
        self._replayer = replayer
        self._trace: Trace = compiled.trace
        self._facts: dict[tuple[str, str], FactRef] = {}
        self._dropped: dict[str, None] = {}
        first, last = _span(self._trace)
        self._first, self._last = first, last
        self._days = (last - first) / DAY_US if first is not None and last is not None and last > first else None

    def run(self, scenarios: Sequence[Scenario]) -> SimulateResult:
        """Replay everything and put the result together."""
        replayer, trace = self._replayer, self._trace
        if not replayer.recorded.facts:
            scenarios = [scenario for scenario in scenarios if scenario.model] or scenarios[:1]
            scenarios = [Scenario(), *(scenario for scenario in scenarios if scenario != Scenario())]
        plans = {name: boundary(name).place(trace) for name in {scenario.boundary for scenario in scenarios}}
        recorded = replayer.replay(scenarios[0], plans[AS_RECORDED])
        results: list[ScenarioResult] = []
        baseline: Mapping[str, Decimal | None] = {}
        for scenario in scenarios:
            replayed = recorded if scenario == scenarios[0] else replayer.replay(scenario, plans[scenario.boundary])
            result = self._result(replayed, baseline)
            if not results:
                baseline = _baseline(result)
                result = self._result(replayed, baseline)
            results.append(result)
        validation = validate(trace, recorded, replayer.outside)
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
            validation=validation,
            facts=tuple(fact for _, fact in sorted(self._facts.items())),
            notes=self._notes(recorded),
        )

    def _result(self, replayed: Replayed, baseline: Mapping[str, Decimal | None]) -> ScenarioResult:
        prices = tariff(self._trace, replayed.assignment, replayed.explicit, replayed.total)
        self._cite(replayed, prices)
        evidence = {about.model: about.evidence for about in self._replayer.calibration.about()}
        summary = Summary(self._trace, days=self._days, evidence=evidence)
        perfect = self._replayer.perfect(replayed.scenario, replayed.assignment)
        return summary.scenario(replayed, prices, perfect, baseline)

    def _cite(self, replayed: Replayed, prices: Tariff) -> None:
        """Remember the rules and prices that numbers rest on."""
        if replayed.status is Status.IMPOSSIBLE:
            return
        for row in prices.rows:
            self._facts["price", row.id] = _price_fact(row)
        for profile in replayed.profiles:
            self._facts["rule", profile.id] = _rule_fact(profile)
        self._dropped.update(dict.fromkeys(prices.dropped))

    def _notes(self, recorded: Replayed) -> tuple[Note, ...]:
        trace = self._trace
        notes = [
            Note(
                code="unknown-model",
                text=f"{requests} requests of {name or 'no named model'} have no price or rule and are left out "
                "(add the model with --pricing, or choose one with --model)",
            )
            for name, requests in recorded.assignment.unknown
        ]
        if not trace.meta.get("timed", True):
            notes.append(Note(code="no-times", text="the log has no times: gaps are unknown, so nothing expires"))
        opaque = int(((trace.requests["flags"] & 1) != 0).sum())
        if opaque:
            notes.append(
                Note(code="lengths-only", text=f"{opaque} requests show only their length: what they share is unknown")
            )
        if len(self._replayer.outside) and int(self._replayer.outside.max()) > 0:
            notes.append(
                Note(
                    code="outside",
                    text="first requests of sessions that read entries from outside this log keep those reads "
                    "in every scenario of the same model and provider",
                )
            )
        if self._dropped:
            notes.append(Note(code="modifiers", text=f"not priced: {', '.join(self._dropped)}"))
        return tuple(notes)


def _baseline(result: ScenarioResult) -> dict[str, Decimal | None]:
    """Return the as-recorded cost of each workload and of all."""
    costs = {row.workload: row.totals.cost for row in result.workloads}
    return {**costs, "": result.total.cost if result.total else None}


def _span(trace: Trace) -> tuple[int | None, int | None]:
    arrived = trace.column("arrived")
    if not trace.meta.get("timed", True) or not len(arrived):
        return None, None
    return int(arrived[0]), int(arrived[-1])


def _price_fact(row: PriceRow) -> FactRef:
    return FactRef(
        kind="price",
        id=row.id,
        start=row.start,
        checked=row.checked,
        source=", ".join(row.sources),
        confidence=row.confidence.value,
        note="used before its start" if row.extrapolated else row.note,
    )


def _rule_fact(profile: CacheProfile) -> FactRef:
    return FactRef(
        kind="rule",
        id=profile.id,
        start="",
        checked=profile.checked,
        source=", ".join(profile.sources),
        confidence=profile.confidence.value,
        note=profile.note,
    )
