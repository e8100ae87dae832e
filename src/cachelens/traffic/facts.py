"""Puts all facts of a log together."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from cachelens.layouts.slots import Structure, mine
from cachelens.model.audit import Traffic, WorkloadFact
from cachelens.model.finding import TrafficPlace
from cachelens.model.result import Totals
from cachelens.prompts.columns import OPAQUE
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.traffic.accounting import accounting_faults
from cachelens.traffic.bench import Bench, Origins
from cachelens.traffic.history import history_faults
from cachelens.traffic.keys import key_faults
from cachelens.traffic.lifetimes import lifetime_faults, unread_writes
from cachelens.traffic.maps import prompt_maps
from cachelens.traffic.marks import mark_faults, marked, needs_marks, unread_marks
from cachelens.traffic.requests import request_faults
from cachelens.traffic.slots import slots_and_forms
from cachelens.traffic.tools import tool_faults

_MUCH = 0.1
"""Share of what is read that a fault must strand for unread writes to be its doing."""


def traffic_of(trace: Trace, book: PriceBook, origins: Origins = lambda _report, _slot: ()) -> Traffic:
    """Return all facts of a log. The trace must hold its text; `origins` tells what in a template makes a slot."""
    bench = Bench(trace, book, origins)
    totals = dict(bench.totals())
    structure = Structure(trace)
    reports = mine(trace, structure)
    slots, forms = slots_and_forms(bench, reports)
    in_messages = {_number(bench, slot.place) for slot in slots if slot.section == "message" and slot.stranded_tokens}
    faults = [
        *forms,
        *tool_faults(bench),
        *history_faults(bench, in_messages),
        *request_faults(bench),
        *mark_faults(bench),
        *lifetime_faults(bench),
        *key_faults(bench),
    ]
    read = {name: total.read_tokens or 0 for name, total in totals.items()}
    lost = [(one.place, one.stranded_tokens) for one in slots] + [(one.place, one.stranded_tokens) for one in faults]
    troubled = {_number(bench, place) for place, tokens in lost if (tokens or 0) > _MUCH * read.get(place.workload, 0)}
    faults += unread_marks(bench, troubled)
    faults += unread_writes(bench, totals, troubled)
    faults += accounting_faults(bench)
    return Traffic(
        workloads=tuple(_workloads(bench, totals)),
        slots=tuple(slots),
        faults=tuple(faults),
        maps=prompt_maps(bench, structure, reports),
    )


def _number(bench: Bench, place: TrafficPlace) -> int:
    return bench.names.index(place.workload)


def _workloads(bench: Bench, totals: Mapping[str, Totals]) -> list[WorkloadFact]:
    trace = bench.trace
    seen = (trace.requests["flags"] & OPAQUE) == 0
    head = trace.nodes.end[trace.head[trace.requests["leaf"]]]
    has_mark, needs = marked(bench), needs_marks(bench)
    readable = np.maximum(np.minimum(bench.perfect, bench.recorded.total), bench.recorded.read)
    bills = [total.cost for total in totals.values() if total.cost is not None]
    facts = []
    for name, total in totals.items():
        mine = bench.workload == trace.strings["workload"].index(name)
        members = mine & seen
        count = int(members.sum())
        facts.append(
            WorkloadFact(
                name=name,
                requests=total.requests,
                sessions=total.sessions,
                token_hit_rate=total.token_hit_rate,
                read_tokens=total.read_tokens,
                written_tokens=total.written_tokens,
                unread_write_share=total.unread_write_share,
                cost=total.cost,
                cost_no_cache=total.cost_no_cache,
                cost_perfect=total.cost_perfect,
                misses={miss.cause.value: (miss.requests, miss.tokens) for miss in total.misses},
                head_tokens=int(head[members].sum()) // count if count else 0,
                marked=int((members & has_mark).sum()),
                needs_marks=bool((members & needs).any()),
                days=bench.days,
                readable_tokens=None if total.read_tokens is None else int(readable[mine].sum()),
                input_tokens=total.input_tokens,
                log_cost=sum(bills, Decimal(0)) if bills else None,
            )
        )
    return facts
