"""`cachelens doctor` as JSON, in the shape `cachelens.doctor/v1`."""

from __future__ import annotations

import msgspec

from cachelens.model.doctor import DoctorResult
from cachelens.reports import doctor_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.json_documents import json_report, schema_text


class DoctorJson:
    """One document for programs, valid under `docs/schemas/doctor.v1.json`."""

    id = "doctor-json"

    def render(self, result: DoctorResult, options: ReportOptions) -> str:
        """Return the indented document, ended by a newline."""
        del options
        return json_report(
            v1.DoctorV1(
                version=result.version,
                python=result.python,
                platform=result.platform,
                day=result.day,
                older_than=result.older_than,
                healthy=not result.faults,
                ages=tuple(msgspec.convert(msgspec.to_builtins(age), v1.AgeV1) for age in result.ages),
                checks=tuple(msgspec.convert(msgspec.to_builtins(check), v1.CheckV1) for check in result.checks),
            )
        )


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/doctor.v1.json`."""
    return schema_text(v1.DoctorV1, v1.SCHEMA_ID)
