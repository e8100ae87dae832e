"""What the readers of block-hash traces share: decoding a row, and checking ids against the length."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from cachelens.model.record import Skip
from cachelens.sources.jsonl import UNREADABLE

T = TypeVar("T")


def decode_row(decoder: msgspec.json.Decoder[T], line: bytes, number: int = 0) -> T | Skip:
    """Decode one row, or say in a skip why it cannot be used; never raises."""
    try:
        return decoder.decode(line)
    except msgspec.ValidationError:
        return Skip(
            line=number, reason="not a trace row", detail="a field is missing, has another type or is out of range"
        )
    except UNREADABLE:
        return Skip(line=number, reason="not valid JSON", detail="remove or repair the line")


def try_row(decoder: msgspec.json.Decoder[T], line: bytes) -> T | None:
    """Decode one row, or return `None` when it is not of this shape."""
    row = decode_row(decoder, line)
    return None if isinstance(row, Skip) else row


def misfit(ids: int, input_tokens: int, block_size: int, number: int) -> Skip | None:
    """Return a skip when the count of ids fits neither whole blocks nor a partial last block of the input."""
    if block_size > 0 and input_tokens >= 0:
        whole = input_tokens // block_size
        if whole <= ids <= whole + (input_tokens % block_size > 0):
            return None
    return Skip(
        line=number,
        reason="block ids do not fit the input length",
        detail="the number of ids must be the input length divided by the block size",
    )
