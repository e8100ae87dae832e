"""The JSON report of a simulation: all of it, in the shape `cachelens.simulate/v1`."""

from __future__ import annotations

import msgspec

from cachelens.model import result as model
from cachelens.reports import pick
from cachelens.reports import simulate_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import RATIO_DIGITS, plain, plain_or_none, rounded
from cachelens.reports.json_documents import json_report, schema_text
from cachelens.reports.layers_json import stack_shape
from cachelens.reports.shapes import inputs_of, skips_of
from cachelens.reports.terms import AS_RECORDED


class SimulateJson:
    """One document for programs, valid under `docs/schemas/simulate.v1.json`."""

    id = "simulate-json"

    def render(self, result: model.SimulateResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/simulate.v1.json`."""
    return schema_text(v1.SimulateV1, v1.SCHEMA_ID)


def to_shape(result: model.SimulateResult) -> v1.SimulateV1:
    """Convert a result to the published shape."""
    return v1.SimulateV1(
        version=result.version,
        summary=_summary(result),
        inputs=inputs_of(result.inputs),
        skips=skips_of(result.skips),
        validation=tuple(_validation(row) for row in result.validation),
        scenarios=_scenarios(result),
        token_bases=tuple(_basis(row) for row in result.bases),
        facts=tuple(_fact(row) for row in result.facts),
        notes=tuple(v1.NoteV1(code=row.code, text=row.text) for row in result.notes),
        moves=tuple(_move(row) for row in result.moves),
        holdouts=tuple(_holdout(row) for row in result.holdouts),
        stack=None if result.stack is None else stack_shape(result.stack, values=False),
        over_time=tuple(_series(row) for row in result.over_time),
        pauses=tuple(_pauses(row) for row in result.pauses),
    )


def _series(row: model.TimeSeries) -> v1.TimeSeriesV1:
    return v1.TimeSeriesV1(
        workload=row.workload,
        step_us=row.step_us,
        points=tuple(
            v1.TimePointV1(
                start_us=point.start_us,
                requests=point.requests,
                input_tokens=point.input_tokens,
                read_tokens=point.read_tokens,
                token_hit_rate=rounded(point.token_hit_rate),
            )
            for point in row.points
        ),
        changes=tuple(
            v1.LevelChangeV1(
                at_us=change.at_us,
                before=round(change.before, RATIO_DIGITS),
                after=round(change.after, RATIO_DIGITS),
                p_value=float(f"{change.p_value:.3g}"),
            )
            for change in row.changes
        ),
    )


def _pauses(row: model.Pauses) -> v1.PausesV1:
    return msgspec.convert(
        msgspec.structs.replace(
            row,
            bins=tuple(
                msgspec.structs.replace(one, share_so_far=round(one.share_so_far, RATIO_DIGITS)) for one in row.bins
            ),
        ),
        v1.PausesV1,
        from_attributes=True,
    )


def _move(row: model.MoveFact) -> v1.MoveV1:
    return v1.MoveV1(
        layout=row.layout,
        workload=row.workload,
        place=row.place,
        what=row.what,
        to=row.to,
        warning=row.warning,
    )


def _holdout(row: model.HoldoutFact) -> v1.HoldoutV1:
    return v1.HoldoutV1(
        scenario=row.scenario,
        workload=row.workload,
        recorded=plain(row.recorded),
        fitted=plain(row.fitted),
    )


def _summary(result: model.SimulateResult) -> v1.SummaryV1:
    return v1.SummaryV1(
        requests=result.requests,
        sessions=result.sessions,
        workloads=result.workloads,
        first_us=result.first_us,
        last_us=result.last_us,
        days=rounded(result.days),
        skipped_lines=result.skipped_lines,
        passed_over_lines=result.passed_over_lines,
    )


def _validation(row: model.ValidationRow) -> v1.ValidationV1:
    return v1.ValidationV1(
        group=row.group,
        requests=row.requests,
        read=v1.TokenCheckV1(predicted=row.predicted_read, recorded=row.recorded_read, error=rounded(row.read_error)),
        write=v1.TokenCheckV1(
            predicted=row.predicted_write, recorded=row.recorded_write, error=rounded(row.write_error)
        ),
        cost=v1.MoneyCheckV1(
            predicted=plain_or_none(row.predicted_cost),
            recorded=plain_or_none(row.recorded_cost),
            error=rounded(row.cost_error),
        ),
        mean_abs_read_error=rounded(row.mean_abs_read_error),
        outside_requests=row.outside_requests,
        outside_tokens=row.outside_tokens,
    )


def _scenarios(result: model.SimulateResult) -> tuple[v1.ScenarioV1, ...]:
    winner = pick.best(result)
    own = {name: _best(choice) for name, choice in pick.best_by_workload(result).items()}
    return tuple(
        v1.ScenarioV1(
            name=row.name,
            layout=row.layout,
            boundary=row.boundary,
            ttl=row.ttl,
            model=row.model,
            provider=row.provider,
            status=row.status.value,
            note=row.note,
            best=row is winner,
            totals=None if row.total is None else _totals(row.total, row, result),
            workloads=tuple(
                v1.WorkloadV1(
                    workload=part.workload,
                    totals=_totals(part.totals, row, result),
                    best=own.get(part.workload),
                )
                for part in pick.costliest_workloads(row)
            ),
            marks=tuple(v1.MarkV1(workload=mark.workload, position=mark.position, ttl=mark.ttl) for mark in row.marks),
            policies_tried=row.tried,
        )
        for row in (*pick.ranked(result), *pick.impossible(result))
    )


def _best(choice: pick.WorkloadBest) -> v1.WorkloadBestV1:
    return v1.WorkloadBestV1(
        scenario=choice.scenario.name,
        cost=plain_or_none(choice.totals.cost),
        token_hit_rate=rounded(choice.totals.token_hit_rate),
    )


def _totals(totals: model.Totals, row: model.ScenarioResult, result: model.SimulateResult) -> v1.TotalsV1:
    compared = row.name != AS_RECORDED
    return v1.TotalsV1(
        requests=totals.requests,
        sessions=totals.sessions,
        input_tokens=totals.input_tokens,
        plain_tokens=totals.plain_tokens,
        read_tokens=totals.read_tokens,
        write_tokens=dict(totals.write_tokens),
        output_tokens=totals.output_tokens,
        token_hit_rate=rounded(totals.token_hit_rate),
        request_hit_rate=rounded(totals.request_hit_rate),
        unread_write_share=rounded(totals.unread_write_share),
        cost=plain_or_none(totals.cost),
        cost_no_cache=plain_or_none(totals.cost_no_cache),
        cost_perfect=plain_or_none(totals.cost_perfect),
        storage_cost=plain(totals.storage_cost),
        delta=plain_or_none(totals.delta) if compared else None,
        delta_share=rounded(totals.delta_share) if compared else None,
        cost_per_month=plain_or_none(totals.cost_per_month),
        cost_per_session=plain_or_none(totals.cost_per_session),
        estimated=pick.is_estimated(totals, result),
        misses=tuple(_miss(row) for row in totals.misses),
        recorded_token_hit_rate=rounded(totals.recorded_hit_rate),
    )


def _miss(row: model.MissCount) -> v1.MissV1:
    return v1.MissV1(
        cause=row.cause.value,
        requests=row.requests,
        tokens=row.tokens,
        segments=tuple(
            v1.SegmentV1(index=index, requests=requests, kind=kind or None)
            for index, requests, kind in pick.places(row)
        ),
    )


def _basis(row: model.TokenBasis) -> v1.TokenBasisV1:
    return v1.TokenBasisV1(
        model=row.model,
        evidence=row.evidence.value,
        tokenizer=row.tokenizer,
        ratio=round(row.ratio, RATIO_DIGITS),
        recorded_requests=row.recorded_requests,
        median_error=rounded(row.median_error),
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
