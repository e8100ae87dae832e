"""Capacity curves as CSV: one row a point."""

from __future__ import annotations

import csv
import io

from cachelens.model.fleet_curve import CurveResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import csv_cell

_HEADER = ("policy", "replicas", "kv_blocks", "block_size", "token_hit_rate", "asked")


class FleetCurveCsv:
    """A table for plots. A single replica, where all policies are equal, has no policy."""

    id = "fleet-curve-csv"

    def render(self, result: CurveResult, options: ReportOptions) -> str:
        """Return RFC 4180 text with a header row."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_HEADER)
        for curve in result.curves:
            for point in curve.points:
                asked = "true" if point.kv_blocks in result.asked else "false"
                rate = f"{point.token_hit_rate:.6f}"
                policy = csv_cell(curve.policy or "")
                writer.writerow((policy, curve.replicas, point.kv_blocks, result.block_size, rate, asked))
        return out.getvalue()
