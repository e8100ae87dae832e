"""The JSON report of what a change of templates costs, in the shape `cachelens.audit-diff/v1`."""

from __future__ import annotations

from cachelens.model.change import ChangeResult, Difference, Side
from cachelens.reports import audit_diff_shape as v1
from cachelens.reports.audit_json import file_place
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plain_or_none
from cachelens.reports.json_documents import json_report, schema_text
from cachelens.reports.shapes import inputs_of, skips_of


class AuditDiffJson:
    """One document for programs, valid under `docs/schemas/audit-diff.v1.json`."""

    id = "audit-diff-json"

    def render(self, result: ChangeResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        del options
        return json_report(to_shape(result))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/audit-diff.v1.json`."""
    return schema_text(v1.AuditDiffV1, v1.SCHEMA_ID)


def to_shape(result: ChangeResult) -> v1.AuditDiffV1:
    """Convert a result to the published shape."""
    return v1.AuditDiffV1(
        version=result.version,
        base=result.base,
        requests=result.requests,
        days=result.days,
        templates=result.templates,
        changed=result.changed,
        tied=result.tied,
        evidence=None if result.evidence is None else result.evidence.value,
        total=_difference(result.total),
        workloads=tuple(map(_difference, result.workloads)),
        causes=tuple(
            v1.CauseV1(
                expression=cause.expression,
                location=file_place(cause.location),
                workload=cause.workload,
                move=cause.move.value,
                token_before=cause.token_before,
                token_after=cause.token_after,
                share_before=cause.share_before,
                share_after=cause.share_after,
            )
            for cause in result.causes
        ),
        reasons=tuple(
            v1.ReasonV1(
                why=reason.why.value,
                workload=reason.workload,
                tokens_before=reason.tokens_before,
                tokens_after=reason.tokens_after,
                minimum=reason.minimum,
            )
            for reason in result.reasons
        ),
        notes=tuple(
            v1.NoteV1(
                code=note.code.value,
                message=note.message,
                location=None if note.location is None else file_place(note.location),
            )
            for note in result.notes
        ),
        inputs=inputs_of(result.inputs),
        skips=skips_of(result.skips),
    )


def _difference(row: Difference) -> v1.DifferenceV1:
    return v1.DifferenceV1(
        workload=row.workload,
        requests=row.requests,
        changed=row.changed,
        before=_side(row.before),
        after=_side(row.after),
        delta=plain_or_none(row.delta),
        delta_per_month=plain_or_none(row.delta_per_month),
        delta_share=row.delta_share,
    )


def _side(side: Side) -> v1.SideV1:
    return v1.SideV1(
        input_tokens=side.input_tokens,
        read_tokens=side.read_tokens,
        token_hit_rate=side.token_hit_rate,
        cost=plain_or_none(side.cost),
        cost_per_month=plain_or_none(side.cost_per_month),
    )
