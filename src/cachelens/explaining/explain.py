"""The use case: one request of a log against its nearest predecessor."""

from __future__ import annotations

from collections.abc import Sequence

from cachelens import __version__
from cachelens.explaining.causes import cause_beside, cause_of
from cachelens.explaining.differences import Pair, difference_of, pair_of, shared_tokens
from cachelens.explaining.judging import Judged, advice_for, advice_on_difference
from cachelens.explaining.losses import loss_of, recorded_counts, replayed_counts
from cachelens.explaining.requests import find_request, reference
from cachelens.explaining.standing import Case
from cachelens.model.explanation import Advice, Difference, Explanation, Predecessor
from cachelens.model.result import Status
from cachelens.prompts.marks import marks_assumed
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.vocabulary import ProfileStatus
from cachelens.traffic.bench import Bench

_NOT_REPORTED = "the log does not report what was read, so this is what the rules say"


def explain(trace: Trace, book: PriceBook, name: str) -> Explanation:
    """Explain what a request of a log read; `name` is its id, `FILE:LINE` or `#N`.

    Raises `UsageError`, with the nearest ids, for a request that is not there.
    """
    return explain_request(Case(Bench(trace, book), find_request(trace, name)))


def explain_request(case: Case) -> Explanation:
    """Explain what one request read."""
    found = cause_of(case)
    pair = pair_of(case, found.predecessor) if found.predecessor >= 0 and not case.opaque else None
    judged = Judged(case, found, pair, found.difference or (difference_of(pair) if pair is not None else None))
    return _explanation(judged, advice_for(judged), _notes(case))


def explain_pair(case: Case, other: int) -> Explanation:
    """Explain what one request could read of another that was sent right before; the advice is about what differs."""
    found = cause_beside(case, other)
    named = (line.replace(f"request #{other + 1}", "A").replace("this one", "B") for line in found.evidence)
    found = found._replace(evidence=tuple(named))
    pair = pair_of(case, other)
    difference = found.difference or difference_of(pair)
    judged = Judged(case, found, pair, difference)
    notes = [note for note in _notes(case) if note != _NOT_REPORTED]
    return _explanation(judged, advice_on_difference(judged), notes)


def _explanation(judged: Judged, advice: Advice, notes: Sequence[str]) -> Explanation:
    case, found = judged.case, judged.found
    return Explanation(
        version=__version__,
        request=reference(case.trace, case.index, case.total),
        predecessor=None if judged.pair is None else _predecessor(judged.pair, judged.difference),
        recorded=recorded_counts(case),
        replayed=replayed_counts(case),
        readable=None if case.opaque else _readable(case),
        cause=found.cause,
        evidence=found.evidence,
        difference=judged.difference,
        loss=loss_of(case, found.tokens),
        advice=advice,
        rules=case.profile.id if case.profile is not None else "",
        rules_checked=case.profile.checked if case.profile is not None else "",
        status=_status(case).value,
        notes=tuple(notes),
        requests=len(case.trace),
    )


def _predecessor(pair: Pair, difference: Difference | None) -> Predecessor:
    case, other = pair.case, pair.other
    trace = case.trace
    relation = "longest shared prefix"
    for column in ("workload", "session"):
        values = trace.column(column)
        if values[other] == values[case.index] >= 0:
            relation = f"same {column}"
    arrived = trace.column("arrived")
    return Predecessor(
        request=reference(trace, other, int(case.replayed.total[other])),
        relation=relation,
        gap_us=int(arrived[case.index] - arrived[other]) if case.timed else None,
        shared_tokens=difference.token if difference is not None and difference.exact else shared_tokens(pair),
    )


def _readable(case: Case) -> int:
    return min(case.total, max(int(case.bench.perfect[case.index]), case.predicted_read))


def _status(case: Case) -> Status:
    """Say how far the replay of this request can be trusted."""
    if case.profile is not None and case.profile.status is ProfileStatus.PREVIEW:
        return Status.PREVIEW
    return Status.BOUND if case.replayed.bounded[case.index] or case.profile is None else Status.OK


def _notes(case: Case) -> list[str]:
    """Return what a reader must know to judge the answer; no prompt text."""
    notes = []
    if case.profile is None:
        notes.append("no price file knows this model: no cache rules, no prices; add it with --pricing")
    elif _status(case) is Status.PREVIEW:
        notes.append(
            f"the rules of {case.profile.provider} are replayed in part: {case.profile.leaves_out.rstrip('.')}"
        )
    if case.recorded_read is None:
        notes.append(_NOT_REPORTED)
    if not case.timed:
        notes.append("the log gives no time for it: what had expired cannot be told")
    if not case.opaque and not len(case.trace.segments.text_start):
        notes.append("the trace holds no prompt text, so what differs cannot be named")
    if marks_assumed(case.trace)[case.index]:
        notes.append("the log cannot hold cache marks; one at the end of every request is assumed")
    return notes
