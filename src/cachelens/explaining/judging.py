"""Whose a miss is and what to do about it; the rules of the audit say which of them it belongs to."""

from __future__ import annotations

from typing import NamedTuple

from cachelens.catalog import load_catalog
from cachelens.explaining.causes import Answer, continues
from cachelens.explaining.differences import Pair, histories
from cachelens.explaining.standing import Case
from cachelens.layouts.forms import Form
from cachelens.layouts.places import places_on, words
from cachelens.model.audit import Fault, FaultFact, SlotFact, Traffic, WorkloadFact
from cachelens.model.explanation import Advice, Cause, Change, Difference, Owner
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.prompt import SegmentKind
from cachelens.providers.mechanisms.base import SECOND
from cachelens.providers.vocabulary import Activation
from cachelens.traffic.history import became

_SETTING = "simulate LOGS --ttl"
_PLACE = TrafficPlace(workload="this")
_FORMS = {
    Form.SPACE.value: Fault.SPACE,
    Form.UNICODE.value: Fault.UNICODE,
    Form.KEYS.value: Fault.KEYS,
    Form.ITEMS.value: Fault.ORDER,
    Form.EXAMPLES.value: Fault.EXAMPLES,
}
_FAULTS = {
    Cause.PARAMETER: Fault.PARAMETERS,
    Cause.TOO_SHORT: Fault.TOO_SHORT,
    Cause.LOOKBACK: Fault.LOOK_BACK,
    Cause.NOT_VISIBLE: Fault.PARALLEL,
    Cause.OTHER_MODEL: Fault.MODELS,
    Cause.OTHER_KEY: Fault.FINE_KEY,
}
_CERTAIN = "it lies in what is sent"


class Judged(NamedTuple):
    """Everything that a judgement looks at."""

    case: Case
    found: Answer
    pair: Pair | None
    difference: Difference | None


def advice_for(judged: Judged) -> Advice:
    """Return whose it is and the next step."""
    cause = judged.found.cause
    if cause is Cause.UNKNOWN:
        step = "log the prompts, or the chained hashes of their blocks, and look again"
        return Advice(owner=Owner.UNKNOWABLE, reason="the log does not show the prompt", next_step=step)
    if cause is Cause.PROVIDER:
        return _provider(judged)
    if cause is Cause.NONE:
        return _nothing(judged)
    if cause is Cause.COLD:
        return _cold(judged)
    if cause is Cause.EXPIRED:
        return _expired(judged)
    return _yours(judged)


def advice_on_difference(judged: Judged) -> Advice:
    """Return what to do about that two requests differ, whatever else keeps the second from reading the first."""
    cause, difference = judged.found.cause, judged.difference
    if difference is not None and cause in (Cause.NONE, Cause.COLD, Cause.TOO_SHORT, Cause.UNMARKED, Cause.DIVERGED):
        cause = Cause.PARAMETER if difference.section == "parameters" else Cause.DIVERGED
        found = judged.found._replace(cause=cause, tokens=difference.unchanged_behind, node=0)
        return _yours(judged._replace(found=found))
    if cause in (Cause.NONE, Cause.COLD):
        return Advice(owner=Owner.NOBODY, reason="one begins with all of the other", next_step="nothing to do")
    return _yours(judged)


def _nothing(judged: Judged) -> Advice:
    case = judged.case
    if case.recorded_read is None:
        rule = _rule_of(FaultFact(fault=Fault.NOT_REPORTED, place=_PLACE, requests=1, of=1))
        return Advice(
            owner=Owner.UNKNOWABLE,
            reason="by the rules nothing is missed, and the log does not report what was read",
            next_step="log the usage that comes with the response, cached tokens included",
            rule=rule.rule if rule else "",
        )
    return Advice(owner=Owner.NOBODY, reason="it read what was there", next_step="nothing to do")


def _cold(judged: Judged) -> Advice:
    if continues(judged.case):
        return Advice(
            owner=Owner.UNKNOWABLE,
            reason="what this request goes on from is not in the log, if there was such a request",
            next_step="give the log that holds the request before it too",
        )
    step = "nothing to do for one request; where many start at once, send a short one first and the others after it"
    return Advice(owner=Owner.NOBODY, reason="somebody has to be first", next_step=step)


def _provider(judged: Judged) -> Advice:
    case = judged.case
    nodes = case.trace.nodes
    if any(nodes.kind[node] == SegmentKind.HIDDEN for node in case.trace.path(case.leaf)):
        return Advice(
            owner=Owner.UNKNOWABLE,
            reason="the log does not show all that was sent; that part may have changed, or the provider dropped it",
            next_step="log requests as they are sent (a proxy does), and compare two of them with `cachelens diff`",
        )
    profile = case.profile
    reason = "the same prefix was sent in time, and nothing in the request explains it: routing or eviction"
    if profile is not None and profile.routing is not None and profile.routing.affinity_fields:
        field = profile.routing.affinity_fields[0]
        if int(case.trace.requests["cache_key"][case.index]) < 0:
            rule = _rule_of(FaultFact(fault=Fault.NO_KEY, place=_PLACE, requests=1, of=1))
            step = f"send a `{field}` with all requests that share a prefix, which keeps them on one machine"
            return Advice(owner=Owner.PROVIDER, reason=reason, next_step=step, rule=rule.rule if rule else "")
    step = "nothing for one request; `cachelens simulate` says how often it happens, and a share to show the provider"
    return Advice(owner=Owner.PROVIDER, reason=reason, next_step=step)


def _expired(judged: Judged) -> Advice:
    case, wait = judged.case, judged.found.wait
    profile = case.profile
    gap = wait.gap_us if wait is not None else 0
    options = profile.ttl.options if profile is not None else {}
    longer = sorted((seconds, label) for label, seconds in options.items() if gap and seconds * SECOND >= gap)
    if longer:
        label = longer[0][1]
        rule = _rule_of(FaultFact(fault=Fault.SHORT_TTL, place=_PLACE, requests=1, of=1, detail=label))
        step = (
            f"a TTL of {label} would have held; `cachelens {_SETTING} {label}` says whether it pays over all requests"
        )
        return Advice(
            owner=Owner.YOURS,
            reason="the provider offers a longer lifetime",
            next_step=step,
            rule=rule.rule if rule else "",
        )
    rule = _rule_of(FaultFact(fault=Fault.IDLE, place=_PLACE, requests=1, of=1))
    return Advice(
        owner=Owner.YOURS if options else Owner.PROVIDER,
        reason="the pause was longer than any lifetime on offer",
        next_step=_sentence(rule.advice) if rule else "send such requests closer together",
        rule=rule.rule if rule else "",
    )


def _yours(judged: Judged) -> Advice:
    rule = _rule(judged)
    if judged.found.cause is Cause.DIVERGED and judged.difference is not None:
        if judged.difference.section == "hidden":
            return Advice(
                owner=Owner.UNKNOWABLE,
                reason="they part in what the log does not show",
                next_step="log requests as they are sent (a proxy does), and compare two of them with `cachelens diff`",
            )
        if not judged.found.tokens and judged.difference.exact and (rule is None or not _told_by_form(rule)):
            reason = "what stands behind it is new, so no cache could have held it"
            step = "nothing to do where this is another conversation; else append to the history and keep its front"
            return Advice(owner=Owner.NOBODY, reason=reason, next_step=step)
        if rule is None:
            return Advice(owner=Owner.YOURS, reason=_CERTAIN, next_step=_other_content(judged.difference))
    if judged.found.node:
        step = f"put a cache mark at {_end(judged)} in all requests that share it"
        return Advice(owner=Owner.YOURS, reason=_CERTAIN, next_step=step, rule=rule.rule if rule else "")
    step = _sentence(rule.advice) if rule is not None and rule.advice else "keep what stands before the mark the same"
    return Advice(owner=Owner.YOURS, reason=_CERTAIN, next_step=step, rule=rule.rule if rule else "")


def _told_by_form(rule: Finding) -> bool:
    """Say whether a rule is about the form or the history, where nothing has to stand behind for it to hold."""
    return rule.rule[:1] in ("F", "S")


def _end(judged: Judged) -> str:
    """Name the place where a mark is missing."""
    standings = places_on(judged.case.trace, judged.case.leaf)
    place = next((one.place for one in standings if one.node == judged.found.node), None)
    return "the end of what is shared" if place is None else f"the end of {words(place)}"


def _other_content(difference: Difference) -> str:
    if difference.section == "block":
        return "compile the log with its text to see what changed in these tokens"
    if difference.section == "message":
        return "append to the history instead of changing it; nothing to do where this is another conversation"
    return "keep it the same from request to request, or move what changes behind all that does not"


def _rule(judged: Judged) -> Finding | None:
    """Return what the audit would say of this one fault."""
    case, found = judged.case, judged.found
    tokens = max(1, found.tokens)
    if found.cause is Cause.UNMARKED:
        profile = case.profile
        needs_key = profile is not None and profile.activation.default is Activation.NEEDS_KEY
        now, before = case.marks(case.index), case.marks(found.predecessor)
        frozen = bool(now) and now[-1:] == before[-1:] and _is_one_session(judged)
        fault = Fault.NO_KEY if needs_key else Fault.FROZEN_MARK if frozen else Fault.NO_MARK
        return _rule_of(_fault(fault, tokens))
    if found.cause in _FAULTS:
        detail = ", ".join(name for name, _, _ in judged.difference.parameters) if judged.difference else ""
        return _rule_of(_fault(_FAULTS[found.cause], tokens, detail))
    difference = judged.difference
    if difference is None:
        return None
    if difference.tool_fault is not None:
        return _rule_of(_fault(difference.tool_fault, tokens))
    if difference.same_but_for in _FORMS:
        return _rule_of(_fault(_FORMS[difference.same_but_for], tokens))
    return _content(judged, difference, tokens)


def _content(judged: Judged, difference: Difference, tokens: int) -> Finding | None:
    pair = judged.pair
    if difference.section == "message" and pair is not None and _is_one_session(judged):
        fault = became(*histories(pair))
        if fault is not None:
            return _rule_of(_fault(fault, tokens))
    if not difference.changes:
        return None
    change = difference.changes[0]
    if difference.section == "message" and change.whole:
        return None
    return _rule_of(_slot(change, difference, tokens, one_session=_is_one_session(judged)))


def _is_one_session(judged: Judged) -> bool:
    session = judged.case.trace.column("session")
    return bool(session[judged.case.index] == session[judged.found.predecessor] >= 0)


def _fault(fault: Fault, tokens: int, detail: str = "") -> FaultFact:
    return FaultFact(fault=fault, place=_PLACE, requests=1, of=1, detail=detail, stranded_tokens=tokens)


def _slot(change: Change, difference: Difference, tokens: int, *, one_session: bool) -> SlotFact:
    return SlotFact(
        place=_PLACE,
        kind=change.kind,
        section=difference.section,
        length=len(change.after),
        scope="request" if one_session else "session or request",
        label=change.around[1][: change.column - 1],
        requests=2,
        values=2,
        groups=1,
        weak=True,
        samples=(change.before, change.after),
        stranded_tokens=tokens,
        stranded_with_others=tokens,
        cost=None,
        cost_with_others=None,
    )


def _rule_of(fact: FaultFact | SlotFact) -> Finding | None:
    """Ask the rules of the audit which of them tells such a fact."""
    alone = WorkloadFact(
        name=_PLACE.workload,
        requests=2,
        sessions=1,
        token_hit_rate=None,
        read_tokens=0,
        written_tokens=0,
        unread_write_share=None,
        cost=None,
        cost_no_cache=None,
        cost_perfect=None,
        misses={},
        head_tokens=0,
        marked=0,
        needs_marks=False,
        days=None,
    )
    slots = (fact,) if isinstance(fact, SlotFact) else ()
    faults = (fact,) if isinstance(fact, FaultFact) else ()
    traffic = Traffic(workloads=(alone,), slots=slots, faults=faults)
    for rule in load_catalog("rules"):
        for finding in rule().in_traffic(traffic):
            told: Finding = finding
            return told
    return None


def _sentence(advice: str) -> str:
    """Write an advice as a clause."""
    text = advice.rstrip(".")
    return text[:1].lower() + text[1:]
