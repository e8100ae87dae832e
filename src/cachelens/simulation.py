"""Replays one compiled trace under the asked scenarios and puts the result together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cachelens import __version__
from cachelens.errors import UsageError
from cachelens.layouts.boundaries import BOUNDARIES, boundary
from cachelens.model.result import Evidence, FactRef, ScenarioResult, SimulateResult, Status
from cachelens.model.scenario import AS_RECORDED, NO_CACHE, Choices, Scenario
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import PriceRow
from cachelens.providers.loading import load_pricing
from cachelens.providers.mechanisms.base import seconds_of
from cachelens.providers.profile import CacheProfile
from cachelens.reading import Compiled
from cachelens.replay.assign import sold
from cachelens.replay.bills import Tariff, tariff
from cachelens.replay.engine import Replayed, Replayer
from cachelens.replay.notes import notes_of
from cachelens.replay.totals import Baseline, Summary, impossible
from cachelens.replay.validation import validate

DAY_US = 86_400_000_000
LONGEST_TTL = 100 * 365 * 86_400
"""A century in seconds: longer than any log, and small enough to be counted in microseconds."""


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
    for ttl in choices.ttls:
        _check_ttl(ttl, book)
    scenarios = scenarios_of(choices, known_providers=tuple(book.providers))
    named = [scenario for scenario in scenarios if scenario.model and scenario.provider]
    if named and all(sold(book, scenario) is None for scenario in named):
        raise UsageError(
            f"{', '.join(choices.providers)} sells none of: {', '.join(choices.models)}",
            hint="`cachelens pricing list --provider ID` names what a provider sells",
        )
    return Plan(book=book, scenarios=tuple(scenarios))


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
                result.append(msgspec.structs.replace(target, boundary=name, ttl="" if name == NO_CACHE else ttl))
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
        self._summary = Summary(self._trace, days=self._days)

    def run(self, scenarios: Sequence[Scenario]) -> SimulateResult:
        """Replay everything and put the result together."""
        replayer, trace = self._replayer, self._trace
        if not replayer.recorded.facts:
            scenarios = [scenario for scenario in scenarios if scenario.model] or scenarios[:1]
            scenarios = [Scenario(), *(scenario for scenario in scenarios if scenario != Scenario())]
        plans = {name: boundary(name).place(trace) for name in {scenario.boundary for scenario in scenarios}}
        recorded = replayer.replay(scenarios[0], plans[AS_RECORDED])
        results = [self._result(recorded, {})]
        baseline = _baseline(results[0])
        for scenario in scenarios[1:]:
            if scenario.model and sold(replayer.book, scenario) is None:
                results.append(impossible(scenario, f"{scenario.provider} does not sell {scenario.model}"))
                continue
            replayed = replayer.replay(scenario, plans[scenario.boundary])
            if scenario.provider and not replayed.assignment.facts:
                why = f"{scenario.provider} sells none of these models; choose one with --model"
                results.append(impossible(scenario, why))
                continue
            results.append(self._result(replayed, baseline))
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
            notes=notes_of(replayer, recorded, tuple(self._dropped)),
        )

    def _result(self, replayed: Replayed, baseline: Mapping[str, Baseline]) -> ScenarioResult:
        prices = tariff(self._trace, replayed.assignment, replayed.explicit, replayed.total)
        self._cite(replayed, prices)
        evidence = {about.model: about.evidence for about in self._replayer.calibration.about()}
        if replayed.scenario.model and not self._only(replayed.assignment.facts[0].id):
            evidence[replayed.assignment.facts[0].id] = Evidence.ESTIMATED
        perfect = self._replayer.perfect(replayed.scenario, replayed.assignment)
        return self._summary.scenario(replayed, prices, perfect, baseline, evidence)

    def _only(self, model: str) -> bool:
        """Say whether all requests were sent to this model: others' counts carry over as estimates only."""
        recorded = self._replayer.recorded
        return [facts.id for facts in recorded.facts] == [model] and not recorded.unknown

    def _cite(self, replayed: Replayed, prices: Tariff) -> None:
        """Remember the rules and prices that numbers rest on."""
        if replayed.status is Status.IMPOSSIBLE:
            return
        for row in prices.rows:
            self._facts["price", row.id] = _price_fact(row)
        for profile in replayed.profiles:
            self._facts["rule", profile.id] = _rule_fact(profile)
        self._dropped.update(dict.fromkeys(prices.dropped))


def _baseline(result: ScenarioResult) -> dict[str, Baseline]:
    """Return the as-recorded cost of each workload and of all."""
    rows = {row.workload: row.totals for row in result.workloads}
    if result.total is not None:
        rows[""] = result.total
    return {name: Baseline(totals.requests, totals.cost) for name, totals in rows.items()}


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
