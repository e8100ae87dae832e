"""`cachelens diff` as JSON: `cachelens.diff/v1`, the shape of `cachelens.explain/v1` with A as the predecessor."""

from __future__ import annotations

from cachelens.model.explanation import Explanation
from cachelens.reports.base import ReportOptions
from cachelens.reports.explain_json import to_shape
from cachelens.reports.explain_shape import DIFF_ID
from cachelens.reports.json_documents import json_report


class DiffJson:
    """One document for programs."""

    id = "diff-json"

    def render(self, result: Explanation, options: ReportOptions) -> str:
        """Return the indented document, ended by a newline."""
        return json_report(to_shape(result, options, DIFF_ID))
