"""Puts a what-if together: the grid, and the answers that rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from cachelens import __version__
from cachelens.errors import UsageError
from cachelens.model.result import InputSummary, Note, SkipCount, Status
from cachelens.model.scenario import AS_RECORDED
from cachelens.model.whatif import Answers, Cell, PriceChange, Traffic, Unit, WhatIfChoices, WhatIfResult
from cachelens.providers.book import PriceBook
from cachelens.providers.dates import US_PER_DAY, US_PER_SECOND, day_us
from cachelens.providers.facts import ModelFacts
from cachelens.providers.mechanisms.base import seconds_of
from cachelens.reading import Compiled
from cachelens.whatif import answering
from cachelens.whatif.cards import offered, tokens_per_reference
from cachelens.whatif.cases import Described, Recorded, Source
from cachelens.whatif.choosing import AS_IS, base_of, book_for, boundaries_of, cheapest, refuse_recorded
from cachelens.whatif.grid import Grid, Point
from cachelens.whatif.parameters import Changes, Parameters

_GROWTH = (0.1, 2.0, 10.0)
"""Amounts of traffic that are tried where none are named."""


def described(given: Parameters, choices: WhatIfChoices, path: str = "") -> WhatIfResult:
    """Price described traffic; `path` is the file that it is from, empty for options."""
    refuse_recorded(choices)
    book = book_for(choices)
    facts = _served_as(book, choices)
    at = choices.at or max(model.price_at(None).checked for model in facts.values())
    longest = max((seconds for model in facts.values() for seconds in _lifetimes(book, model)), default=0)
    longest = max([longest, *(seconds_of(ttl) or 0 for ttl in choices.ttls)])
    source = Described(
        given, day_us=day_of(at), requests=choices.sample, longest_ttl_s=longest, scales=_scales(book, given, facts)
    )
    inputs = (InputSummary(path=path, format="parameters", lines=0, requests=0),) if path else ()
    run = _Run(source, book, choices, given, at_us=day_of(at))
    return run.result(tuple(facts), facts, inputs, (), tuple(_notes(given, run.traffic, len(facts), longest)))


def recorded(compiled: Compiled, choices: WhatIfChoices) -> WhatIfResult:
    """Price the traffic of a log."""
    book = book_for(choices)
    at_us = day_of(choices.at) if choices.at else None
    name = compiled.inputs[0].path if len(compiled.inputs) == 1 else f"{len(compiled.inputs)} files"
    source = Recorded(compiled.trace, name, day_us=at_us)
    facts = _served_as(book, choices)
    last_us = compiled.trace.span[1] if compiled.trace.dated and compiled.trace.span is not None else None
    run = _Run(source, book, choices, None, at_us=at_us, last_us=last_us)
    return run.result(("", *facts), facts, compiled.inputs, compiled.skips, ())


def day_of(text: str) -> int:
    """Return the first microsecond of a day; `UsageError` for what is none."""
    try:
        return day_us(text)
    except ValueError:
        raise UsageError(f"--at {text!r} is not a day", hint="write it as YYYY-MM-DD") from None


def _scales(book: PriceBook, given: Parameters, facts: Mapping[str, ModelFacts]) -> dict[str, Decimal]:
    """Return how many tokens each model makes of what is one token as described."""
    if not given.tokens_of:
        return {}
    own = tokens_per_reference(book, book.resolve(given.tokens_of))
    return {name: tokens_per_reference(book, model) / own for name, model in facts.items()}


def _served_as(book: PriceBook, choices: WhatIfChoices) -> dict[str, ModelFacts]:
    """Return the models that are asked for by their ids; by the name that was given where an id is not enough."""
    found = {name: book.resolve(name) for name in choices.models}
    return {facts.id if book.try_resolve(facts.id) is facts else name: facts for name, facts in found.items()}


def _lifetimes(book: PriceBook, facts: ModelFacts) -> Iterator[int]:
    for name in (facts.profile, facts.explicit_profile):
        if name:
            yield from offered(book.profiles[name], facts).values()


class _Run:
    """One what-if."""

    def __init__(
        self,
        source: Source,
        book: PriceBook,
        choices: WhatIfChoices,
        given: Parameters | None,
        *,
        at_us: int | None,
        last_us: int | None = None,
    ) -> None:
        """`given` is described traffic; `at_us` the day asked for, `last_us` when a log ends, where it has days."""
        self._book = book
        self._choices = choices
        self._at_us = at_us
        self._day = last_us if at_us is None else at_us
        self._base = (choices.prompt_tokens or AS_IS)[0], base_of(choices.traffic, 1.0)
        self.traffic = source.traffic(*self._base)
        self._names = boundaries_of(choices, given)
        self._grid = Grid(source, book, days=source.traffic(self._base[0], 1.0).days, made=given is not None)

    def result(
        self,
        models: tuple[str, ...],
        facts: Mapping[str, ModelFacts],
        inputs: tuple[InputSummary, ...],
        skips: tuple[SkipCount, ...],
        notes: Sequence[Note],
    ) -> WhatIfResult:
        """Replay the grid and answer; `models` are as asked, empty for as recorded, which needs a known model."""
        served = self._grid.served(Point("", AS_RECORDED, "", *self._base)) if "" in models else ()
        if not served and facts:
            models = tuple(facts)
        cells = tuple(cell for model in models for cell in self._cells(model))
        base = [cell for cell in cells if (cell.prompt_tokens, cell.traffic) == self._base]
        bests = {model: found for model in models if (found := cheapest(_of(model, base))) is not None}
        recorded = next((cell for cell in base if cell.boundary == cell.model == AS_RECORDED and not cell.ttl), None)
        best, at_best = cheapest(base, recorded.status if recorded is not None else Status.OK), cheapest(base)
        answered = self._answered({**{model.id: model for model in served}, **facts})
        cards = {name: found.card for name, found in answered.items()}
        compared = (Note(code="answers", text="models answer differently; only their costs are compared"),)
        return WhatIfResult(
            version=__version__,
            at=answering.iso_day(self._at_us),
            inputs=inputs,
            skips=skips,
            traffic=self.traffic,
            cells=cells,
            best=best,
            at_best=None if at_best is best else at_best,
            less_than_recorded=_less(best, recorded),
            answers=tuple(answered.values()),
            crossings=tuple(answering.crossings({m: c for m, c in bests.items() if m}, cards)),
            changes=tuple(change for model in bests for change in self._changes(model, bests[model], facts)),
            hit_rates=tuple(answering.hit_rates(best)) if best is not None else (),
            growth=self._growth(best),
            facts=tuple(fact for _, fact in sorted(self._grid.facts.items())),
            notes=(*notes, *(compared if len(models) > 1 else ())),
        )

    def _answered(self, facts: Mapping[str, ModelFacts]) -> dict[str, Answers]:
        tokens = round(self.traffic.input_tokens)
        return {name: answering.answers(self._book, model, self._day, tokens) for name, model in facts.items()}

    def _changes(self, model: str, cell: Cell, facts: Mapping[str, ModelFacts]) -> Iterator[PriceChange]:
        point = _point(model, cell)
        served = (facts[model],) if model else self._grid.served(point)
        return answering.price_changes(self._grid, point, cell.model, served, self._day)

    def _cells(self, model: str) -> Iterator[Cell]:
        for size in self._choices.prompt_tokens or AS_IS:
            for traffic in self._choices.traffic or (1.0,):
                yield from self._grid.cells(model, size, traffic, self._names, self._choices.ttls)

    def _growth(self, best: Cell | None) -> tuple[Cell, ...]:
        """Replay the best scenario with other amounts of traffic, where none are named and the traffic has times."""
        if best is None or self._choices.traffic or not self.traffic.span_us:
            return ()
        model = "" if best.model == AS_RECORDED else best.model
        return tuple(self._grid.cell(_point(model, best)._replace(traffic=traffic)) for traffic in _GROWTH)


def _of(model: str, cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.model == (model or AS_RECORDED)]


def _less(best: Cell | None, recorded: Cell | None) -> float | None:
    """Return how much less the best costs than the traffic as it was recorded, as a share."""
    if best is None or recorded is None or best.cost is None or not recorded.cost:
        return None
    return float(1 - best.cost / recorded.cost)


def _point(model: str, cell: Cell) -> Point:
    return Point(model, cell.boundary, cell.ttl, cell.prompt_tokens, cell.traffic)


def _notes(given: Parameters, traffic: Traffic, models: int, longest_ttl_s: int) -> Iterator[Note]:
    """Say what was assumed of described traffic, and what a stretch of a day leaves out."""
    counted = f"lengths are those of {given.tokens_of}, on other models estimated by the stated ratios of tokenizers"
    same = "a part is taken to have the same number of tokens on every model; --tokens-of estimates how they differ"
    if given.tokens_of or models > 1:
        yield Note(code="tokens", text=counted if given.tokens_of else same)
    changes = {part.changes for part in given.parts}
    if Changes.DAY in changes and traffic.span_us < US_PER_DAY:
        yield Note(code="midnight", text="what changes with the day changes outside the stretch that was replayed")
    if Changes.USER in changes and traffic.unit is Unit.DAY and traffic.span_us * 5 < longest_ttl_s * US_PER_SECOND:
        yield Note(
            code="warming",
            text="some lifetimes outlast the replayed stretch: a user's own parts are read more often than shown; "
            "raise --sample",
        )
