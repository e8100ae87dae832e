"""The CSV report of a what-if: one row a cell of the grid, for plots."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from cachelens.model.whatif import Cell, WhatIfResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import csv_cell
from cachelens.reports.figures import plain, rounded

_POINT = ("model", "boundary", "ttl", "prompt_tokens", "traffic", "status", "evidence")
_FIGURES = ("token_hit_rate", "saving", "input_saving", "cost", "cost_no_cache", "cost_per_request", "cost_a_month")
_MONEY = ("cost", "cost_no_cache", "cost_per_request", "cost_a_month")
_HEADER = ("unit", *_POINT, *(f"{name}_usd" if name in _MONEY else name for name in _FIGURES))


class WhatIfCsv:
    """A table for plots. An empty cell means unknown, or as described; shares are of 1."""

    id = "whatif-csv"

    def render(self, result: WhatIfResult, options: ReportOptions) -> str:
        """Return RFC 4180 text with a header row; other amounts of traffic that the best was tried with stand last."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_HEADER)
        for cell in (*result.cells, *result.growth):
            writer.writerow([str(result.traffic.unit), *_row(cell)])
        return out.getvalue()


def _row(cell: Cell) -> list[str]:
    return [_shown(getattr(cell, name)) for name in (*_POINT, *_FIGURES)]


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return plain(value)
        case float():
            return f"{rounded(value):g}" if value == int(value) else str(rounded(value))
        case _:
            return csv_cell(str(value))
