"""How a value is written in a cell of a table."""

from __future__ import annotations

from decimal import Decimal

from cachelens.reports.escaping import csv_cell
from cachelens.reports.figures import plain


def csv_value(value: object) -> str:
    """Write a value for programs: an unknown one as nothing, ratios to six digits, text as no formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6f}"
        case Decimal():
            return plain(value)
        case _:
            return csv_cell(str(value))
