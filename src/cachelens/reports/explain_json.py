"""`cachelens explain-miss` as JSON, in the shape `cachelens.explain/v1`."""

from __future__ import annotations

from typing import Any, Literal, cast

from cachelens.model.explanation import Change, Counts, Difference, Explanation, Loss, RequestRef
from cachelens.reports import explain_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plain, plain_or_none
from cachelens.reports.json_documents import json_report, schema_text
from cachelens.reports.masking import is_secret, lines_shown

_LONGEST = 4000
"""Characters of a value that are written; how long it is stands beside it."""


class ExplainJson:
    """One document for programs, valid under `docs/schemas/explain.v1.json`."""

    id = "explain-json"

    def render(self, result: Explanation, options: ReportOptions) -> str:
        """Return the indented document, ended by a newline."""
        return json_report(to_shape(result, options))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/explain.v1.json`."""
    return schema_text(v1.ExplainV1, v1.SCHEMA_ID)


def to_shape(result: Explanation, options: ReportOptions, schema: str = v1.SCHEMA_ID) -> v1.ExplainV1:
    """Convert an explanation to the published shape."""
    found = result.predecessor
    return v1.ExplainV1(
        schema=cast("Literal['cachelens.explain/v1', 'cachelens.diff/v1']", schema),
        version=result.version,
        missed=result.missed,
        cause=result.cause.value,
        evidence=tuple(result.evidence),
        request=_request(result.request),
        predecessor=None
        if found is None
        else v1.PredecessorV1(
            request=_request(found.request),
            relation=cast("Any", found.relation),
            gap_us=found.gap_us,
            shared_tokens=found.shared_tokens,
        ),
        recorded=_counts(result.recorded),
        replayed=_counts(result.replayed),
        readable_tokens=result.readable,
        difference=None if result.difference is None else _difference(result.difference, options),
        loss=_loss(result.loss),
        advice=v1.AdviceV1(
            owner=result.advice.owner.value,
            reason=result.advice.reason,
            next_step=result.advice.next_step,
            rule=result.advice.rule or None,
        ),
        rules=v1.RulesV1(id=result.rules, checked=result.rules_checked, status=cast("Any", result.status))
        if result.rules
        else None,
        notes=tuple(result.notes),
    )


def _request(ref: RequestRef) -> v1.RequestV1:
    return v1.RequestV1(
        number=ref.number,
        id=ref.id,
        path=ref.path,
        line=ref.line,
        model=ref.model,
        provider=ref.provider,
        session=ref.session,
        workload=ref.workload,
        at_us=ref.at_us,
        tokens=ref.tokens,
    )


def _counts(row: Counts | None) -> v1.CountsV1 | None:
    return None if row is None else v1.CountsV1(read=row.read, written=row.written, plain=row.plain, input=row.total)


def _value(text: str, line: str, options: ReportOptions) -> v1.ValueV1:
    told = options.show_values and not is_secret(line) and not is_secret(text)
    return v1.ValueV1(characters=len(text), text=text[:_LONGEST] if told else None)


def _difference(found: Difference, options: ReportOptions) -> v1.DifferenceV1:
    return v1.DifferenceV1(
        place=found.place,
        section=found.section,
        other_place=found.other_place,
        token=found.token,
        exact=found.exact,
        line=found.line or None,
        column=found.column or None,
        same_but_for=found.same_but_for,
        tools=found.tools,
        tool_names=tuple(_value(name, "", options) for name in found.tool_names),
        parameters=tuple(
            v1.ParameterV1(
                name=name,
                before=_value(before, "", options) if before else None,
                after=_value(now, "", options) if now else None,
            )
            for name, before, now in found.parameters
        ),
        changes=tuple(_change(change, options) for change in found.changes),
        changes_in_all=found.changes_in_all,
        context=tuple(lines_shown(found.context)) if options.show_values else (),
        unchanged_behind_tokens=found.unchanged_behind,
    )


def _change(change: Change, options: ReportOptions) -> v1.ChangeV1:
    return v1.ChangeV1(
        kind=change.kind,
        line=change.line,
        column=change.column,
        before=_value(change.before, change.around[0], options),
        after=_value(change.after, change.around[1], options),
    )


def _loss(loss: Loss) -> v1.LossV1:
    price = None
    if loss.read_price is not None:
        price = v1.PriceV1(
            id=loss.price_id,
            start=loss.price_start or None,
            checked=loss.price_checked,
            read_usd_per_mtok=plain(loss.read_price),
        )
    return v1.LossV1(
        tokens=loss.tokens,
        cost=plain_or_none(loss.money),
        paid=tuple(v1.PaidV1(unit=one.unit, tokens=one.tokens, usd_per_mtok=plain(one.price)) for one in loss.paid),
        price=price,
        estimated=loss.estimated,
    )
