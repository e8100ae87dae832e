"""The sentences about one request, shared by text and Markdown. Not yet escaped for either."""

from __future__ import annotations

from cachelens.model.explanation import Cause, Change, Counts, Difference, Explanation, Owner, Predecessor, RequestRef
from cachelens.reports.base import ReportOptions
from cachelens.reports.durations import instant, span
from cachelens.reports.escaping import visible
from cachelens.reports.figures import approx, count, money, plain, plural
from cachelens.reports.masking import is_secret, shown

CAUSES = {
    Cause.COLD: "the first of its kind: nothing was there to read",
    Cause.EXPIRED: "the entry had outlived its lifetime",
    Cause.DIVERGED: "its content parts from the earlier request's before the end of what that one left in the cache",
    Cause.PARAMETER: "a request parameter that the cache keys on differs",
    Cause.TOO_SHORT: "the prompt is shorter than the shortest that is cached",
    Cause.LOOKBACK: "an entry was there, and no mark was near enough to find it",
    Cause.NOT_VISIBLE: "the entry was still being written",
    Cause.UNMARKED: "no cache mark stands where the shared part ends",
    Cause.OTHER_MODEL: "its beginning was sent before, to another model",
    Cause.OTHER_KEY: "its beginning was sent before, where another cache holds it",
    Cause.PROVIDER: "the provider read less than its rules allow",
    Cause.UNKNOWN: "the log shows too little of this request",
    Cause.NONE: "nothing that could be read was missed",
}
OWNERS = {
    Owner.YOURS: "yours to fix",
    Owner.PROVIDER: "the provider's",
    Owner.UNKNOWABLE: "unknowable from this log",
    Owner.NOBODY: "nothing to fix",
}
COUNTS = ("read", "written", "plain", "input")
_WIDTH = 48
_UNITS = {"input": "as plain input"}


def request(ref: RequestRef, of: int = 0) -> str:
    """Name a request by all that it can be found by."""
    among = f" of {count(of)}" if of else ""
    named = [part for part in (ref.id, f"{ref.path}:{ref.line}") if part]
    return f"#{ref.number}{among}, {', '.join(named)}"


def origin(ref: RequestRef) -> str:
    """Say where a request belongs and when it was sent."""
    parts = [ref.workload, f"session {ref.session}" if ref.session else "", ref.model]
    parts.append(instant(ref.at_us) if ref.at_us is not None else "")
    return ", ".join(part for part in parts if part)


def headline(result: Explanation) -> str:
    """Say the cause, and whose it is."""
    if result.cause is Cause.NONE and result.advice.owner is Owner.NOBODY:
        return f"{CAUSES[result.cause]}: {result.advice.reason}."
    return f"{CAUSES[result.cause]}. {sentence(OWNERS[result.advice.owner])}: {result.advice.reason}."


def sentence(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]


def counts(result: Explanation) -> list[tuple[str, ...]]:
    """Return rows of counts: what was recorded, and what the replay says."""
    estimated = result.loss.estimated
    rows = [("recorded", result.recorded, False), ("replayed", result.replayed, estimated)]
    return [(name, *_counts(row, estimated=rough)) for name, row, rough in rows if row is not None]


def _counts(row: Counts, *, estimated: bool) -> tuple[str, ...]:
    return tuple(approx(count(number), estimated=estimated) for number in (row.read, row.written, row.plain, row.total))


def readable(result: Explanation) -> str:
    """Say how much stood at the beginning of an earlier request; empty where it cannot be told."""
    if result.readable is None:
        return ""
    if not result.readable:
        return "No earlier request to this model in the log shares enough of its beginning to be read."
    number = approx(count(result.readable), estimated=result.loss.estimated)
    return (
        f"It could have read {number} at most: so much an earlier request to this model began with, however long ago."
    )


def compared(found: Predecessor) -> str:
    """Say what it is compared with, and how much both share."""
    gap = f", {span(found.gap_us)} before" if found.gap_us is not None else ""
    return (
        f"Compared with {request(found.request)} ({found.relation}{gap}): "
        f"they share the first {plural(found.shared_tokens, 'token')}."
    )


def parting(found: Difference | None) -> str:
    """Say where two prompts part."""
    if found is None:
        return "One begins with all of the other."
    at = f"token {count(found.token)}" if found.exact else f"about token {count(found.token)}"
    line = f" (line {count(found.line)}, column {count(found.column)})" if found.line and not found.changes else ""
    other = f", where the earlier one has {found.other_place}" if found.other_place not in ("", found.place) else ""
    return f"They part in {found.place}, at {at}{line}{other}."


def details(found: Difference, options: ReportOptions) -> list[str]:
    """List in what way two prompts differ; values by kind and length unless they were asked for."""
    lines = []
    if found.tools:
        lines.append(f"tools: {found.tools}{_names(found, options)}")
    for name, before, now in found.parameters:
        lines.append(f"{name}: {_value(before, options)} -> {_value(now, options)}")
    if found.same_but_for and not found.tools:
        lines.append(f"both say the same but for {found.same_but_for}")
    told = found.changes[:1] if found.same_but_for else found.changes
    lines += [_change(change, options) for change in told]
    more = found.changes_in_all - len(told)
    if more > 0:
        lines.append(f"and {plural(more, 'more change')} in {found.place}")
    if options.show_values and any(found.first_tokens) and not any(map(_is_hidden, found.changes)):
        old, new = (_quoted(token) if token else "the end" for token in found.first_tokens)
        lines.append(f"first token that differs: {old} -> {new}")
    if found.unchanged_behind:
        lines.append(f"behind it, about {plural(found.unchanged_behind, 'token')} stand in both all the same")
    return lines


def _names(found: Difference, options: ReportOptions) -> str:
    if not options.show_values or not found.tool_names:
        return ""
    return f" ({', '.join(shown(name, values=True) for name in found.tool_names)})"


def _value(value: str, options: ReportOptions) -> str:
    return shown(value, values=options.show_values) if value else "not set"


def _change(change: Change, options: ReportOptions) -> str:
    values = options.show_values
    old, new = (_side(value, line, values=values) for value, line in zip(_sides(change), change.around, strict=True))
    return f"line {count(change.line)}, column {count(change.column)}: {change.kind}, {old} -> {new}"


def _sides(change: Change) -> tuple[str, str]:
    return change.before, change.after


def _side(value: str, line: str, *, values: bool) -> str:
    if not value:
        return "nothing"
    if values and is_secret(line):
        return f"{shown(value, values=False)} (looks like a secret)"
    return _quoted(value) if values and not is_secret(value) else shown(value, values=values)


def _quoted(value: str) -> str:
    """Return a value with its white space, cut where it is long."""
    text = visible(value)
    return f'"{text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."}"'


def _is_hidden(change: Change) -> bool:
    return any(map(is_secret, change.around))


def lost(result: Explanation) -> str:
    """Say what it cost; empty where nothing was lost."""
    loss = result.loss
    if not loss.tokens:
        return ""
    tokens = approx(plural(loss.tokens, "token"), estimated=loss.estimated)
    if loss.money is None or loss.read_price is None:
        return f"Lost: {tokens} of cache reads; the price is not known."
    paid = ", ".join(f"{count(one.tokens)} {_unit(one.unit)} at {plain(one.price)}" for one in loss.paid)
    since = f" from {loss.price_start}" if loss.price_start else ""
    return (
        f"Lost: {tokens} of cache reads, {approx(money(loss.money), estimated=loss.estimated)}. Paid: {paid}; "
        f"reading is {plain(loss.read_price)} USD per million (price {loss.price_id}{since}, "
        f"checked {loss.price_checked})."
    )


def _unit(unit: str) -> str:
    return _UNITS.get(unit) or f"written for {unit.removeprefix('write_')}"


def todo(result: Explanation) -> str:
    """Say the next step, and the rule that it belongs to; empty where there is nothing to do."""
    if result.cause is Cause.NONE and result.advice.owner is Owner.NOBODY:
        return ""
    rule = f" Rule {result.advice.rule}: `cachelens rule {result.advice.rule}`." if result.advice.rule else ""
    return f"Do: {result.advice.next_step}.{rule}"


def grounds(result: Explanation) -> list[str]:
    """Say what the answer rests on."""
    rules = [f"Replayed under the rules {result.rules}, checked {result.rules_checked}."] if result.rules else []
    return [*rules, *(f"{sentence(note)}." for note in result.notes)]
