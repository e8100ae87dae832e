"""The JSON report of a simulation: all of it, in the shape `cachelens.simulate/v1`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from cachelens.model import result as model
from cachelens.reports import pick
from cachelens.reports import simulate_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import json_document, json_text
from cachelens.reports.figures import plain
from cachelens.reports.terms import AS_RECORDED

_RATIO_DIGITS = 6


class SimulateJson:
    """One document for programs, valid under `docs/schemas/simulate.v1.json`."""

    id = "simulate-json"

    def render(self, result: model.SimulateResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        encoded = msgspec.json.encode(to_shape(result), order="deterministic")
        return json_document(msgspec.json.format(encoded, indent=2).decode()) + "\n"


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/simulate.v1.json`."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": v1.SCHEMA_ID,
        **msgspec.json.schema(v1.SimulateV1),
    }
    encoded = msgspec.json.encode(schema, order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def to_shape(result: model.SimulateResult) -> v1.SimulateV1:
    """Convert a result to the published shape."""
    return v1.SimulateV1(
        version=result.version,
        summary=_summary(result),
        inputs=tuple(_input(row) for row in result.inputs),
        skips=tuple(_skip(row) for row in result.skips),
        validation=tuple(_validation(row) for row in result.validation),
        scenarios=_scenarios(result),
        token_bases=tuple(_basis(row) for row in result.bases),
        facts=tuple(_fact(row) for row in result.facts),
        notes=tuple(v1.NoteV1(code=row.code, text=json_text(row.text)) for row in result.notes),
        moves=tuple(_move(row) for row in result.moves),
        holdouts=tuple(_holdout(row) for row in result.holdouts),
    )


def _move(row: model.MoveFact) -> v1.MoveV1:
    return v1.MoveV1(
        layout=json_text(row.layout),
        workload=json_text(row.workload),
        place=row.place,
        what=row.what,
        to=row.to,
        warning=row.warning,
    )


def _holdout(row: model.HoldoutFact) -> v1.HoldoutV1:
    return v1.HoldoutV1(
        scenario=json_text(row.scenario),
        workload=json_text(row.workload),
        recorded=plain(row.recorded),
        fitted=plain(row.fitted),
    )


def _ratio(value: float | None) -> float | None:
    return None if value is None else round(value, _RATIO_DIGITS) + 0.0  # + 0.0 turns -0.0 into 0.0


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _summary(result: model.SimulateResult) -> v1.SummaryV1:
    return v1.SummaryV1(
        requests=result.requests,
        sessions=result.sessions,
        workloads=result.workloads,
        first_us=result.first_us,
        last_us=result.last_us,
        days=_ratio(result.days),
        skipped_lines=result.skipped_lines,
        passed_over_lines=result.passed_over_lines,
    )


def _input(row: model.InputSummary) -> v1.InputV1:
    return v1.InputV1(
        path=json_text(row.path),
        format=row.format,
        lines=row.lines,
        requests=row.requests,
        duplicates=row.duplicates,
    )


def _skip(row: model.SkipCount) -> v1.SkipV1:
    return v1.SkipV1(
        path=json_text(row.path),
        reason=json_text(row.reason),
        detail=json_text(row.detail),
        lines=row.lines,
        first_line=row.first_line,
        benign=row.benign,
        kept=row.kept,
    )


def _validation(row: model.ValidationRow) -> v1.ValidationV1:
    return v1.ValidationV1(
        group=json_text(row.group),
        requests=row.requests,
        read=v1.TokenCheckV1(predicted=row.predicted_read, recorded=row.recorded_read, error=_ratio(row.read_error)),
        write=v1.TokenCheckV1(
            predicted=row.predicted_write, recorded=row.recorded_write, error=_ratio(row.write_error)
        ),
        cost=v1.MoneyCheckV1(
            predicted=_money(row.predicted_cost),
            recorded=_money(row.recorded_cost),
            error=_ratio(row.cost_error),
        ),
        mean_abs_read_error=_ratio(row.mean_abs_read_error),
        outside_requests=row.outside_requests,
        outside_tokens=row.outside_tokens,
    )


def _scenarios(result: model.SimulateResult) -> tuple[v1.ScenarioV1, ...]:
    winner = pick.best(result)
    own = {name: _best(choice) for name, choice in pick.best_by_workload(result).items()}
    return tuple(
        v1.ScenarioV1(
            name=json_text(row.name),
            layout=json_text(row.layout),
            boundary=json_text(row.boundary),
            ttl=json_text(row.ttl),
            model=json_text(row.model),
            provider=json_text(row.provider),
            status=row.status.value,
            note=json_text(row.note),
            best=row is winner,
            totals=None if row.total is None else _totals(row.total, row, result),
            workloads=tuple(
                v1.WorkloadV1(
                    workload=json_text(part.workload),
                    totals=_totals(part.totals, row, result),
                    best=own.get(part.workload),
                )
                for part in pick.costliest_workloads(row)
            ),
            marks=tuple(
                v1.MarkV1(workload=json_text(mark.workload), position=mark.position, ttl=json_text(mark.ttl))
                for mark in row.marks
            ),
            policies_tried=row.tried,
        )
        for row in (*pick.ranked(result), *pick.impossible(result))
    )


def _best(choice: pick.WorkloadBest) -> v1.WorkloadBestV1:
    return v1.WorkloadBestV1(
        scenario=json_text(choice.scenario.name),
        cost=_money(choice.totals.cost),
        token_hit_rate=_ratio(choice.totals.token_hit_rate),
    )


def _totals(totals: model.Totals, row: model.ScenarioResult, result: model.SimulateResult) -> v1.TotalsV1:
    compared = row.name != AS_RECORDED
    return v1.TotalsV1(
        requests=totals.requests,
        sessions=totals.sessions,
        input_tokens=totals.input_tokens,
        plain_tokens=totals.plain_tokens,
        read_tokens=totals.read_tokens,
        write_tokens={json_text(label): number for label, number in totals.write_tokens.items()},
        output_tokens=totals.output_tokens,
        token_hit_rate=_ratio(totals.token_hit_rate),
        request_hit_rate=_ratio(totals.request_hit_rate),
        unread_write_share=_ratio(totals.unread_write_share),
        cost=_money(totals.cost),
        cost_no_cache=_money(totals.cost_no_cache),
        cost_perfect=_money(totals.cost_perfect),
        storage_cost=plain(totals.storage_cost),
        delta=_money(totals.delta) if compared else None,
        delta_share=_ratio(totals.delta_share) if compared else None,
        cost_per_month=_money(totals.cost_per_month),
        cost_per_session=_money(totals.cost_per_session),
        estimated=pick.is_estimated(totals, result),
        misses=tuple(_miss(row) for row in totals.misses),
    )


def _miss(row: model.MissCount) -> v1.MissV1:
    return v1.MissV1(
        cause=row.cause.value,
        requests=row.requests,
        tokens=row.tokens,
        segments=tuple(
            v1.SegmentV1(index=index, requests=requests, kind=json_text(kind) or None)
            for index, requests, kind in pick.places(row)
        ),
    )


def _basis(row: model.TokenBasis) -> v1.TokenBasisV1:
    return v1.TokenBasisV1(
        model=json_text(row.model),
        evidence=row.evidence.value,
        tokenizer=row.tokenizer,
        ratio=round(row.ratio, _RATIO_DIGITS),
        recorded_requests=row.recorded_requests,
        median_error=_ratio(row.median_error),
    )


def _fact(row: model.FactRef) -> v1.FactV1:
    return v1.FactV1(
        kind=row.kind,
        id=row.id,
        start=row.start,
        checked=row.checked,
        source=row.source,
        confidence=row.confidence,
        note=row.note,
    )
