"""The traffic under each size of the prompt and amount of traffic, made from parameters or taken from a log."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.model.whatif import DescribedPart, Traffic, Unit
from cachelens.prompts.trace import Trace
from cachelens.providers.dates import US_PER_DAY
from cachelens.sources.limits import LAST_US
from cachelens.whatif.generating import Sample, sample
from cachelens.whatif.parameters import Parameters, resized

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_TIMES = ("arrived", "first_token", "end")
_MOST_TRAFFIC = 1e6


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One trace to replay."""

    trace: Trace
    billed: Trace
    """The same with the times at which prices are looked up."""
    measured: Mask
    times: Decimal
    estimated: bool
    """True where the lengths are estimated from another model's."""
    per: int
    """Sums over the measured requests, times the one and divided by the other, stand for a unit."""

    def of_unit(self, amount: Decimal) -> Decimal:
        """Return what a sum over the measured requests stands for."""
        return amount * self.times / self.per


class Source(Protocol):
    """Where traffic comes from."""

    def traffic(self, prompt_tokens: int | None, traffic: float) -> Traffic:
        """Describe the traffic with a size of what never changes, and an amount."""
        ...

    def case(self, model: str, prompt_tokens: int | None, traffic: float) -> Case:
        """Return the traffic with a model, a size of what never changes, and an amount.

        Raises `UsageError` for what this source cannot vary.
        """
        ...


class Described:
    """Traffic made from parameters."""

    def __init__(
        self, given: Parameters, *, day_us: int, requests: int, longest_ttl_s: int, scales: Mapping[str, Decimal]
    ) -> None:
        """`scales` are tokens of a model for each described one, 1 for models that are not named."""
        self._given = given
        self._day_us = day_us
        self._requests = requests
        self._longest_ttl_s = longest_ttl_s
        self._scales = scales
        self._samples: dict[tuple[int | None, float, Decimal], Sample] = {}

    def traffic(self, prompt_tokens: int | None, traffic: float) -> Traffic:
        """See `Source`."""
        made, given = self._sample(prompt_tokens, traffic, Decimal(1)), self._given
        requests = int(made.measured.sum())
        factor = self._sessions(traffic) / made.span.sessions
        return Traffic(
            name=given.name,
            unit=Unit.DAY,
            requests=requests,
            sessions=made.span.sessions,
            warming_requests=len(made.trace) - requests,
            span_us=made.span.length_us,
            factor=factor,
            input_tokens=_mean(made.trace.column("input"), made.measured),
            output_tokens=_mean(made.trace.column("output"), made.measured),
            requests_a_unit=requests * self._sessions(traffic) / made.span.sessions,
            days=1.0,
            dated=True,
            parts=tuple(
                DescribedPart(name=part.name, place=str(part.place), changes=str(part.changes), tokens=mean)
                for part, mean in zip(given.parts, made.part_tokens, strict=True)
            ),
        )

    def case(self, model: str, prompt_tokens: int | None, traffic: float) -> Case:
        """See `Source`."""
        made = self._sample(prompt_tokens, traffic, self._scale(model))
        trace = dataclasses.replace(made.trace, strings={**made.trace.strings, "model": (model,)})
        return Case(
            trace=trace,
            billed=self._over_the_day(trace, made),
            measured=made.measured,
            estimated=self._scale(model) != 1,
            times=self._sessions(traffic),
            per=made.span.sessions,
        )

    def _scale(self, model: str) -> Decimal:
        return self._scales.get(model, Decimal(1))

    def _sample(self, prompt_tokens: int | None, traffic: float, scale: Decimal) -> Sample:
        key = prompt_tokens, traffic, scale
        if key not in self._samples:
            given = self._given if prompt_tokens is None else resized(self._given, prompt_tokens)
            self._samples[key] = sample(
                msgspec.structs.replace(given, sessions_a_day=given.sessions_a_day * checked(traffic)),
                day_us=self._day_us,
                requests=self._requests,
                longest_ttl_s=self._longest_ttl_s,
                scale=scale,
            )
        return self._samples[key]

    def _sessions(self, traffic: float) -> Decimal:
        """Return the sessions of a day."""
        return Decimal(repr(self._given.sessions_a_day)) * Decimal(repr(traffic))

    def _over_the_day(self, trace: Trace, made: Sample) -> Trace:
        """Bill the stretch that stands for a day over the hours of that day, and several days as one.

        Prices then follow the clock as they would over the whole day, on providers whose hours differ.
        """
        begins, length = made.span.begins_us, made.span.length_us
        since = (trace.column("arrived") - begins) % length
        stretched = since % US_PER_DAY if length >= US_PER_DAY else since * (US_PER_DAY / length)
        arrived = self._day_us + np.minimum(stretched.astype(np.int64), US_PER_DAY - 1)
        return dataclasses.replace(trace, requests={**trace.requests, "arrived": arrived})


class Recorded:
    """Traffic of a log. Its prompts cannot be resized; its amount can, as the same sessions closer together."""

    def __init__(self, trace: Trace, name: str, *, day_us: int | None) -> None:
        """`day_us` moves the log to another day; `None` leaves it at its own."""
        self._trace = trace if day_us is None else moved(trace, day_us)
        self._name = name

    def traffic(self, prompt_tokens: int | None, traffic: float) -> Traffic:
        """See `Source`."""
        trace = self._at(traffic)
        span = trace.span
        length = span[1] - span[0] if span is not None else 0
        everyone = np.ones(len(trace), dtype=np.bool_)
        return Traffic(
            name=self._name,
            unit=Unit.LOG,
            requests=len(trace),
            sessions=len(np.unique(trace.column("session"))),
            warming_requests=0,
            span_us=length,
            factor=Decimal(repr(traffic)),
            input_tokens=_mean(trace.column("input"), everyone),
            output_tokens=_mean(trace.column("output"), everyone),
            requests_a_unit=len(trace) * Decimal(repr(traffic)),
            days=length * traffic / US_PER_DAY if length else None,
            dated=trace.dated,
        )

    def case(self, model: str, prompt_tokens: int | None, traffic: float) -> Case:
        """See `Source`."""
        if prompt_tokens is not None:
            raise UsageError(
                "the prompts of a log have the size that they have",
                hint="leave out --prompt-tokens, or describe the traffic in a parameter file (docs/whatif.md)",
            )
        trace = self._at(traffic)
        everyone = np.ones(len(trace), dtype=np.bool_)
        return Case(trace=trace, billed=trace, measured=everyone, estimated=False, times=Decimal(repr(traffic)), per=1)

    def _at(self, traffic: float) -> Trace:
        return self._trace if traffic == 1 else closer(self._trace, checked(traffic))


def checked(traffic: float) -> float:
    """Return an amount of traffic as it is; `UsageError` for one that makes no sense."""
    if not 1 / _MOST_TRAFFIC <= traffic <= _MOST_TRAFFIC:
        raise UsageError(
            f"--traffic {traffic:g} is no amount of traffic", hint="give factors such as 0.1,1,10; 1 is as it is"
        )
    return traffic


def moved(trace: Trace, day_us: int) -> Trace:
    """Return the trace with its first day on another one, so that the rules and prices of that day hold."""
    arrived = trace.column("arrived")
    shift = day_us - int(arrived[0]) // US_PER_DAY * US_PER_DAY if len(arrived) else 0
    requests = {
        name: np.where(column >= 0, column + shift, column) if name in _TIMES else column
        for name, column in trace.requests.items()
    }
    return dataclasses.replace(trace, requests=requests)


def closer(trace: Trace, traffic: float) -> Trace:
    """Return the same sessions with their beginnings `traffic` times closer together; gaps within one stay.

    `UsageError` for a trace without times, and for one that would last longer than times can be.
    """
    if trace.span is None:
        raise UsageError("the log holds no times, so its traffic cannot be varied", hint="leave out --traffic")
    arrived, session = trace.column("arrived"), trace.column("session")
    if int(arrived[-1] - arrived[0]) / traffic > LAST_US:
        raise UsageError(
            f"--traffic {traffic:g} would stretch the log over centuries", hint="name a larger factor, or a shorter log"
        )
    _, first, of = np.unique(session, return_index=True, return_inverse=True)
    begins = arrived[first][of]
    shift = np.rint((begins - arrived[0]) / traffic).astype(np.int64) + arrived[0] - begins
    order = np.argsort(arrived + shift, kind="stable")
    requests = {
        name: (np.where(column >= 0, column + shift, column) if name in _TIMES else column)[order]
        for name, column in trace.requests.items()
    }
    marks = np.diff(trace.mark_start)[order]
    start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(marks)])
    taken = np.repeat(trace.mark_start[:-1][order] - start[:-1], marks) + np.arange(int(start[-1]))
    return dataclasses.replace(
        trace,
        requests=requests,
        request_ids=tuple(trace.request_ids[place] for place in order.tolist()),
        mark_start=start,
        mark_node=trace.mark_node[taken],
        mark_ttl=trace.mark_ttl[taken],
    )


def _mean(column: I64, members: Mask) -> float:
    """Return the mean of what is known, 0 where nothing is."""
    known = column[members & (column >= 0)]
    return float(known.mean()) if len(known) else 0.0
