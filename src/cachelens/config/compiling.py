"""Choices for reading logs. Light: a run without logs needs nothing that reads them."""

from __future__ import annotations

import msgspec

from cachelens.sources.base import ReadOptions


class CompileOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices for reading and compiling."""

    read: ReadOptions = ReadOptions()
    forced_format: str = ""
    keep_text: bool = False
    """Whether prompt text stays in the trace; never with a salt."""
    salt: str = ""
    """Replaces ids, file names and content hashes by keyed hashes; empty for none."""
