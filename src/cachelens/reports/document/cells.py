"""Cells of tables: how a figure is read, and what it is sorted by."""

from __future__ import annotations

from decimal import Decimal

from cachelens.reports import figures
from cachelens.reports.document.blocks import Cell
from cachelens.reports.durations import instant, span


def words(text: str, sign: str = "") -> Cell:
    """Return a cell of words."""
    return Cell(text=text, sign=sign)


def count(number: int | None) -> Cell:
    """Return a whole number in full."""
    return Cell(text=figures.count(number), rank=number)


def share(ratio: float | None) -> Cell:
    """Return a ratio as a percentage."""
    return Cell(text=figures.share(ratio), rank=ratio)


def change(ratio: float | None, sign: str = "") -> Cell:
    """Return a signed ratio as a percentage."""
    return Cell(text=figures.change(ratio), rank=ratio, sign=sign)


def money(published: str | None, *, estimated: bool = False) -> Cell:
    """Return an amount in US dollars from its published form."""
    return amount(decimal(published), estimated=estimated)


def signed_money(published: str | None, *, estimated: bool = False) -> Cell:
    """Return a difference of amounts; saving is good."""
    value = decimal(published)
    if value is None:
        return Cell(text=figures.UNKNOWN)
    sign = "good" if value < 0 else "bad" if value > 0 else ""
    text = figures.approx(figures.signed_money(value), estimated=estimated)
    return Cell(text=text, rank=float(value), sign=sign)


def length(microseconds: int | None) -> Cell:
    """Return a length of time."""
    return Cell(text=figures.UNKNOWN if microseconds is None else span(microseconds), rank=microseconds)


def when(microseconds: int) -> Cell:
    """Return an instant, sorted by time."""
    return Cell(text=instant(microseconds), rank=microseconds)


def decimal(published: str | None) -> Decimal | None:
    """Read an amount from its published form."""
    return None if published is None else Decimal(published)


def amount(value: Decimal | None, *, estimated: bool = False) -> Cell:
    """Return an amount in US dollars."""
    text = figures.approx(figures.money(value), estimated=estimated)
    return Cell(text=text, rank=None if value is None else float(value))
