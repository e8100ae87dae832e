"""Why a request read what it read, next to which earlier request, and by what that is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.explaining.differences import difference_of, pair_of
from cachelens.explaining.standing import Case
from cachelens.explaining.timing import Wait, expired, not_visible
from cachelens.kernels import entries
from cachelens.layouts.places import places_on, words
from cachelens.model.explanation import Cause, Difference
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.columns import EXPLICIT_MODE
from cachelens.prompts.store import BASE_BLOCK
from cachelens.providers.dates import day_us
from cachelens.providers.mechanisms.base import block_positions
from cachelens.providers.vocabulary import Activation, Mechanism

Mask = npt.NDArray[np.bool_]
_CLOSE = 0.02
"""Share of the input within which two counts of tokens are taken for the same."""
_CAUSES = {
    entries.NONE: Cause.NONE,
    entries.COLD: Cause.COLD,
    entries.EXPIRED: Cause.EXPIRED,
    entries.DIVERGED: Cause.DIVERGED,
    entries.TOO_SHORT: Cause.TOO_SHORT,
    entries.LOOKBACK: Cause.LOOKBACK,
    entries.NOT_VISIBLE: Cause.NOT_VISIBLE,
    entries.UNMARKED: Cause.UNMARKED,
}


class Answer(NamedTuple):
    """What was found out."""

    cause: Cause
    tokens: int
    """Tokens that could have been read and were not."""
    predecessor: int
    """The request that it is compared with, -1 for none."""
    evidence: tuple[str, ...]
    wait: Wait | None = None
    """Set where the time between the two is the cause."""
    node: int = 0
    """Where a mark was missing, 0 elsewhere."""
    difference: Difference | None = None
    """Where it parts from the predecessor, where that was worked out already."""


def cause_of(case: Case) -> Answer:
    """Return the cause that cost most: what the replay names, or that the provider kept less than its rules say."""
    if case.opaque:
        return Answer(Cause.UNKNOWN, 0, -1, ("the log gives the request's length only, not its prompt",))
    predicted = _elsewhere(case) or _replayed(case)
    return _by_record(case, predicted)


def cause_beside(case: Case, other: int) -> Answer:
    """Return why it does not read all of one other request, which was sent before it; the log holds no third."""
    if not case.peers[other]:
        shared = case.tokens_at(int(case.shared[other]))
        what, cause = "cache key", Cause.OTHER_KEY
        if case.trace.requests["model"][other] != case.trace.requests["model"][case.index]:
            what, cause = "model", Cause.OTHER_MODEL
        return Answer(cause, shared if shared >= case.minimum else 0, other, (f"another {what} is another cache",))
    return _replayed(case)._replace(predecessor=other)


def close(case: Case, tokens: int) -> bool:
    """Say whether so many tokens are no more than the error of counting."""
    grid = case.profile.read.grid_tokens if case.profile is not None else None
    return tokens <= max(_CLOSE * case.total, grid or BASE_BLOCK)


def _by_record(case: Case, predicted: Answer) -> Answer:
    """Let the record, where there is one, correct what the replay found."""
    read, expected = case.recorded_read, case.predicted_read
    if read is None:
        return predicted
    evidence = predicted.evidence
    kept_less = expected - read
    if kept_less > 0 and not close(case, kept_less) and kept_less >= predicted.tokens:
        place = f"; the read ended {stop}" if read and (stop := place_at(case, read)) else ""
        said = f"by the rules {expected:,} tokens could be read, and {read:,} were{place}"
        beside = (f"besides, {predicted.tokens:,} tokens were missed otherwise",) if predicted.tokens else ()
        return Answer(Cause.PROVIDER, kept_less, _reader(case), (said, *_loss_of_trust(case), *beside))
    left = expected + predicted.tokens - read
    if not predicted.tokens:
        if read > expected and not close(case, read - expected):
            more = f"it read {read - expected:,} tokens more than the log explains: written before it or outside of it"
            return predicted._replace(cause=Cause.NONE, evidence=(more,), difference=None)
        return predicted
    if left <= 0 or close(case, left):
        met = f"the replay expects a miss ({predicted.cause.value}), but the record shows {read:,} tokens read"
        return Answer(Cause.NONE, 0, predicted.predecessor, (met,))
    if kept_less > 0 and not close(case, kept_less):
        evidence = (*evidence, f"besides, {kept_less:,} tokens that could be read by the rules were not kept")
    return predicted._replace(tokens=min(left, predicted.tokens), evidence=evidence)


def _loss_of_trust(case: Case) -> list[str]:
    """Say why the rules may promise too much."""
    found = []
    profile = case.profile
    if profile is not None and not profile.read.guaranteed:
        found.append(f"{profile.provider} calls reads best effort")
    if case.replayed.bounded[case.index]:
        found.append("the provider publishes too little to predict more than an upper bound")
    return found


def place_at(case: Case, tokens: int) -> str:
    """Say in which segment the token so far from the start stands."""
    for standing in places_on(case.trace, case.leaf):
        end = case.tokens_at(standing.node)
        if end >= tokens:
            at = "at the end of" if end - tokens <= BASE_BLOCK else "within"
            return f"{at} {words(standing.place)}"
    return ""


def _reader(case: Case) -> int:
    """Return the latest request of the scope that has all that the replay reads, else the one that shares most."""
    read = case.predicted_read
    rows = np.flatnonzero(case.peers) if read else np.zeros(0, dtype=np.int64)
    for row in rows[::-1].tolist():
        if case.tokens_at(int(case.shared[row])) >= read - BASE_BLOCK:
            return int(row)
    return _nearest(case, case.peers)


def _nearest(case: Case, among: Mask) -> int:
    rows = np.flatnonzero(among)
    if not len(rows):
        return -1
    shared = case.trace.nodes.end[case.shared[rows]]
    best = rows[shared == shared.max()]
    session = case.trace.column("session")
    own = best[session[best] == session[case.index]]
    return int((own if len(own) else best)[-1]) if int(shared.max()) else _previous(case)


def _previous(case: Case) -> int:
    """Return the request before in the same session, else in the same workload, else none; of one scope."""
    for column in ("session", "workload"):
        values = case.trace.column(column)
        rows = np.flatnonzero(case.peers & (values == values[case.index]) & (values >= 0))
        if len(rows):
            return int(rows[-1])
    return -1


def _replayed(case: Case) -> Answer:
    """Return what the replay says, with what it rests on."""
    replayed, index = case.replayed, case.index
    cause = _CAUSES[int(replayed.cause[index])]
    tokens, where = int(replayed.missed[index]), int(replayed.where[index])
    if cause is Cause.DIVERGED:
        kind = case.trace.nodes.kind[where]
        found = Cause.PARAMETER if kind == SegmentKind.PARAMS else Cause.DIVERGED
        return _parted(case, found, tokens)
    if cause is Cause.EXPIRED:
        wait = expired(case, where)
        return Answer(cause, tokens, wait.request if wait else _reader(case), wait.evidence if wait else (), wait)
    if cause is Cause.NOT_VISIBLE:
        wait = not_visible(case, where)
        return Answer(cause, tokens, wait.request if wait else _reader(case), wait.evidence if wait else (), wait)
    nearest = _nearest(case, case.peers)
    if cause is Cause.TOO_SHORT:
        least = case.minimum
        step = (case.profile.read.first_step or 0) if case.profile is not None else 0
        said = f"the prompt has {case.total:,} tokens; nothing under {max(least, step):,} is cached"
        shared = 0 if nearest < 0 else case.tokens_at(int(case.shared[nearest]))
        return Answer(cause, min(tokens, shared), nearest, (said,))
    if cause is Cause.LOOKBACK:
        return Answer(cause, tokens, nearest, _look_back(case, where))
    if cause is Cause.UNMARKED:
        return Answer(cause, tokens, nearest, (_unmarked(case),), node=_end_of_shared(case, nearest))
    if cause is Cause.COLD:
        return Answer(cause, 0, nearest, _first(case))
    return _no_entry(case) or Answer(Cause.NONE, 0, _reader(case), _first(case) if nearest < 0 else ())


def _parted(case: Case, cause: Cause, tokens: int) -> Answer:
    """Return what the parting lost: no more than this request sends, and of that only what stands in both."""
    other = _previous(case)
    difference = difference_of(pair_of(case, other)) if other >= 0 else None
    lost = min(tokens, case.total - case.predicted_read)
    if difference is not None:
        lost = min(lost, difference.unchanged_behind) if difference.exact else lost
        same = f"{difference.token:,}" if difference.exact else f"about {difference.token:,}"
        left = case.predicted_read + tokens
        said = f"request #{other + 1} left {left:,} tokens to be read; this one begins with {same} of them"
        if difference.section == "hidden":
            lost = 0
        return Answer(cause, lost, other, (said,), difference=difference)
    return Answer(cause, lost, other, ())


def _end_of_shared(case: Case, other: int) -> int:
    """Return the last node of what it shares with another request that could carry a mark."""
    return 0 if other < 0 else int(case.trace.markable[case.shared[other]])


def _no_entry(case: Case) -> Answer | None:
    """Return that a live prefix could not be read because no entry ends there: nobody had marked its end."""
    profile = case.profile
    if profile is None or profile.mechanism not in (Mechanism.EXPLICIT_BREAKPOINTS, Mechanism.AUTOMATIC_BOUNDARY):
        return None
    nearest = _nearest(case, case.peers & _alive(case))
    node = _end_of_shared(case, nearest)
    there, tokens = case.tokens_at(node), case.tokens_at(node) - case.predicted_read
    if not node or there < case.minimum or close(case, tokens):
        return None
    said = f"request #{nearest + 1} begins with the same {there:,} tokens, but no entry ends there: nobody marked it"
    return Answer(Cause.UNMARKED, tokens, nearest, (said,), node=node)


def _first(case: Case) -> tuple[str, ...]:
    said = ["no earlier request of the log could share a cache with it"] if not case.peers.any() else []
    if case.peers.any() and not case.predicted_read:
        said.append("no earlier request of the log begins as it does")
    if continues(case):
        said.append("it holds answers of the model already, so what it goes on from may be outside the log")
    return tuple(said)


def continues(case: Case) -> bool:
    """Say whether it holds answers that no earlier request of the log has sent back."""
    nodes = case.trace.nodes
    seen = int(case.shared[: case.index].max(initial=0))
    return any(node > seen and nodes.role[node] == Role.ASSISTANT for node in case.trace.path(case.leaf))


def _look_back(case: Case, where: int) -> tuple[str, ...]:
    """Say how far the entry was from the mark behind it."""
    entry = f"an entry of {case.tokens_at(where):,} tokens was there"
    profile = case.profile
    if profile is None or profile.mechanism is not Mechanism.EXPLICIT_BREAKPOINTS:
        return (f"{entry}, but no mark of this request stands where it ends",)
    behind = [node for node, _ in case.marks(case.index) if node > where] or [int(case.trace.markable[case.leaf])]
    collapse = profile.read.run_collapse
    arrived = int(case.trace.requests["arrived"][case.index])
    since = day_us(collapse.start) if collapse is not None and collapse.start and case.trace.dated else 0
    kinds = collapse.kinds if collapse is not None and arrived >= since else ()
    steps = block_positions(case.trace, collapse=kinds)
    apart = int(steps[behind[0]] - steps[where])
    limit = profile.read.lookback_positions or 1
    return (f"{entry}, {apart:,} blocks before the nearest mark; a read looks at {limit:,}, the marked one included",)


def _unmarked(case: Case) -> str:
    profile = case.profile
    if profile is not None and profile.activation.default is Activation.NEEDS_KEY:
        return f"{profile.provider} caches only requests that carry a cache key, and this one has none"
    if case.trace.requests["flags"][case.index] & EXPLICIT_MODE:
        return "it switches the provider's own marks off and carries none of its own"
    if profile is not None and profile.mechanism is Mechanism.EXPLICIT_BREAKPOINTS:
        return f"{profile.provider} caches up to a mark only, and this request carries none"
    return "it does not meet the provider's condition for caching"


def _elsewhere(case: Case) -> Answer | None:
    """Return that its beginning was sent to another model, or under another key, recently enough to be alive."""
    trace, index = case.trace, case.index
    if case.profile is None:
        return None
    cold = _CAUSES[int(case.replayed.cause[index])] is Cause.COLD
    reach = case.predicted_read + (0 if cold else int(case.replayed.missed[index]))
    inside = int(trace.nodes.end[case.shared[case.peers]].max(initial=0))
    others = (np.arange(len(trace)) < index) & ~case.peers & _alive(case)
    row = _nearest_elsewhere(case, others)
    if row < 0:
        return None
    node = int(case.shared[row])
    tokens = case.tokens_at(node) - case.predicted_read
    least = max(case.minimum, BASE_BLOCK)
    more = int(trace.nodes.end[node]) > inside and case.tokens_at(node) > reach and not close(case, tokens)
    if not more or case.tokens_at(node) < least:
        return None
    model = trace.column("model")
    if int(case.replayed.assignment.of[row]) != int(case.replayed.assignment.of[index]):
        names = trace.strings["model"]
        said = f"{names[model[row]]} had read the same {case.tokens_at(node):,} tokens; models share no cache"
        return Answer(Cause.OTHER_MODEL, tokens, row, (said,))
    what = "tenant" if trace.requests["tenant"][row] != trace.requests["tenant"][index] else "cache key"
    said = f"the same {case.tokens_at(node):,} tokens were sent under another {what}, which is another cache"
    return Answer(Cause.OTHER_KEY, tokens, row, (said,))


def _nearest_elsewhere(case: Case, among: Mask) -> int:
    """Return the request among some that shares most, in its own session or workload; -1 for none."""
    same = np.zeros(len(case.trace), dtype=np.bool_)
    for column in ("session", "workload"):
        values = case.trace.column(column)
        same |= (values == values[case.index]) & (values >= 0)
    rows = np.flatnonzero(among & same)
    if not len(rows):
        return -1
    shared = case.trace.nodes.end[case.shared[rows]]
    return int(rows[shared == shared.max()][-1]) if int(shared.max()) else -1


def _alive(case: Case) -> Mask:
    """Say which requests are not longer ago than the longest lifetime that the rules have by default."""
    arrived = case.trace.column("arrived")
    assert case.profile is not None  # noqa: S101 - the caller looked
    rules = case.profile.ttl
    seconds = rules.options.get(rules.default_at(int(arrived[case.index])) or "", rules.typical_s or rules.max_s or 0)
    if not seconds or not case.timed:
        return np.ones(len(arrived), dtype=np.bool_)
    found: Mask = arrived[case.index] - arrived <= seconds * 1_000_000
    return found


def written(case: Case) -> int | None:
    """Return the recorded writes; `None` where the log reports no usage."""
    if case.recorded_read is None:
        return None
    return sum(int(case.trace.requests[f"write_{label}"][case.index]) for label in WRITE_TTLS)
