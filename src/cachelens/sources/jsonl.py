"""Decode one line of JSON: fast when it is clean, patient when it is not, and never an exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import UnionType
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

NOT_JSON = "not valid JSON"
NOT_FINITE = "a number that JSON does not have (NaN or Infinity)"
WRONG_TYPE = "a field has an unexpected type"
TOO_DEEP = "nested too deeply"

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What `msgspec` raises for bad input; text that is not UTF-8 has an error of its own."""


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Why a line could not be decoded. Holds a field path at most, never content."""

    reason: str
    detail: str = ""
    benign: bool = False
    """As in `Skip`."""


class Decoder(Generic[T]):
    """Decodes lines into one type; `repaired` counts the lines that only the second try could read."""

    def __init__(self, kind: type[T] | UnionType) -> None:
        self.fast: Callable[[bytes], T] = msgspec.json.Decoder(kind).decode
        """The bare decoder, for callers that catch `msgspec.DecodeError` themselves."""
        self.repaired = 0

    def decode(self, line: bytes) -> T | Problem:
        """Return the decoded line, or the problem with it."""
        try:
            result = self.fast(line)
        except msgspec.ValidationError as error:
            return Problem(WRONG_TYPE, field_of(error))
        except RecursionError:
            return Problem(TOO_DEEP)
        except UNREADABLE:
            return self.repair(line)
        return result

    def repair(self, line: bytes) -> T | Problem:
        """Decode a line that the strict parser refused: replace lone surrogates, refuse NaN."""
        clean = sanitise(line)
        if isinstance(clean, Problem):
            return clean
        try:
            result = self.fast(clean)
        except msgspec.ValidationError as error:
            return Problem(WRONG_TYPE, field_of(error))
        except UNREADABLE:
            return Problem(NOT_JSON)
        self.repaired += 1
        return result


def field_of(error: msgspec.ValidationError) -> str:
    """Return what was expected and where, without the value: ``Expected `int`, got `str` - at `$.a` ``."""
    return str(error)


def sanitise(line: bytes) -> bytes | Problem:
    """Write a line again as strict JSON, or say why that cannot be.

    Lone surrogates become U+FFFD, a byte order mark goes away, bytes that are not UTF-8 are replaced.
    NaN, Infinity and numbers beyond the range of a double are refused: no count or text can be one.
    """
    try:
        value = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"), parse_constant=_refuse)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except _NotFiniteError:
        return Problem(NOT_FINITE)
    except RecursionError:
        return Problem(TOO_DEEP)
    except ValueError as error:
        return Problem(NOT_FINITE if "Out of range" in str(error) else NOT_JSON)
    return replace_surrogates(text).encode()


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates by U+FFFD and join pairs, so that the text can be encoded."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _NotFiniteError(Exception):
    pass


def _refuse(_constant: str) -> None:
    raise _NotFiniteError
