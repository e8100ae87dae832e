"""Token ids of the reference tokenizer, offline.

The reference is `o200k_base`, exact for the OpenAI models since GPT-4o. Other models' counts are
estimates: a ratio to the reference, fitted to recorded counts (see `prompts.calibrate`).

The ranks ship with the package. With the `fast` extra the same ids come from `splintr`, which the
tests compare with `tiktoken`. Both get the same pieces: very long texts are cut (see `prompts.cuts`), a
text that spells out a special token is ordinary text, and half of a surrogate pair is a replacement character.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence
from importlib import resources
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from cachelens.prompts import cuts

TOKENIZER = "o200k_base"
_PATTERN = "|".join(  # noqa: FLY002 - one branch a line
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
_LONGEST = 200_000  # characters; tiktoken's regex engine overflows its stack near a million spaces (its issue 15)
_SPECIAL = "<|"  # how the spelling of every special token begins

Ids = npt.NDArray[np.uint32]


class Encoder(Protocol):
    """Turns texts into token ids of the reference tokenizer."""

    name: str

    def encode_batch(self, texts: Sequence[str]) -> tuple[Ids, npt.NDArray[np.int64]]:
        """Return all ids in one array, and `len(texts) + 1` offsets that cut it into rows."""
        ...


@functools.cache
def _packed() -> tuple[bytes, bytes]:
    """Read the packed ranks: one length byte a token, and all tokens' bytes in rank order."""
    packed = resources.files("cachelens.prompts").joinpath("data", f"{TOKENIZER}.bin").read_bytes()
    data = zlib.decompress(packed)
    count = int.from_bytes(data[:4], "little")
    return data[4 : 4 + count], data[4 + count :]


def token_lengths() -> npt.NDArray[np.uint8]:
    """Return the byte length of every token id."""
    return np.frombuffer(_packed()[0], dtype=np.uint8)


def _ranks() -> dict[bytes, int]:
    lengths, body = _packed()
    ranks: dict[bytes, int] = {}
    start = 0
    for rank, length in enumerate(lengths):
        ranks[body[start : start + length]] = rank
        start += length
    return ranks


class TiktokenEncoder:
    """The reference implementation."""

    name = "tiktoken"

    def __init__(self) -> None:
        import tiktoken

        self._encoding = tiktoken.Encoding(
            TOKENIZER, pat_str=_PATTERN, mergeable_ranks=_ranks(), special_tokens={"<|endoftext|>": 199999}
        )

    def encode_batch(self, texts: Sequence[str]) -> tuple[Ids, npt.NDArray[np.int64]]:
        """See `Encoder`."""
        pieces, bounds = _pieces(texts)
        ids, offsets = _join(
            [np.array(self._encoding.encode(piece, disallowed_special=()), dtype=np.uint32) for piece in pieces]
        )
        return ids, offsets[bounds]


class SplintrEncoder:
    """The same ids, several times faster (`fast` extra)."""

    name = "splintr"
    has_threads: ClassVar[bool] = False
    """Whether its pool of threads runs in this process. They do not survive a fork, and a fork would wait for them."""

    def __init__(self) -> None:
        import splintr

        self._tokenizer: Any = splintr.Tokenizer.from_pretrained(TOKENIZER)

    def encode_batch(self, texts: Sequence[str]) -> tuple[Ids, npt.NDArray[np.int64]]:
        """See `Encoder`."""
        pieces, bounds = _pieces(texts)
        try:
            ids, offsets = self._encode(pieces)
        except UnicodeEncodeError:
            ids, offsets = self._encode([_mended(piece) for piece in pieces])
        return ids, offsets[bounds]

    def _encode(self, pieces: Sequence[str]) -> tuple[Ids, npt.NDArray[np.int64]]:
        """Encode in one call what spells no special token, and the rest as ordinary text."""
        alone = {place for place, piece in enumerate(pieces) if _SPECIAL in piece}
        ids, offsets = self._flat([piece for place, piece in enumerate(pieces) if place not in alone])
        if not alone:
            return ids, offsets
        rows = iter(np.split(ids, offsets[1:-1]))
        return _join(
            [
                np.array(self._tokenizer.encode_ordinary(piece), dtype=np.uint32) if place in alone else next(rows)
                for place, piece in enumerate(pieces)
            ]
        )

    def _flat(self, pieces: list[str]) -> tuple[Ids, npt.NDArray[np.int64]]:
        SplintrEncoder.has_threads = True
        ids, offsets = self._tokenizer.encode_batch_flat(pieces)
        return np.frombuffer(ids, dtype=np.uint32), np.frombuffer(offsets, dtype=np.uint64).astype(np.int64)


def _pieces(texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64] | slice]:
    """Cut what is too long; return the pieces, and which of their offsets are those of the texts."""
    if all(len(text) <= _LONGEST for text in texts):
        return list(texts), slice(None)
    rows = [cuts.pieces(text, _LONGEST) for text in texts]
    return [piece for row in rows for piece in row], np.cumsum([0, *map(len, rows)], dtype=np.int64)


def _mended(text: str) -> str:
    """Replace half surrogate pairs as tiktoken does."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _join(rows: Sequence[Ids]) -> tuple[Ids, npt.NDArray[np.int64]]:
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return np.concatenate([np.zeros(0, dtype=np.uint32), *rows]), offsets


@functools.cache
def encoder() -> Encoder:
    """Return the fastest encoder that is installed; the ids are the same for all."""
    try:
        return SplintrEncoder()
    except ImportError:
        return TiktokenEncoder()


def has_threads() -> bool:
    """Say whether an encoder runs threads in this process, so that a fork of it could not encode."""
    return SplintrEncoder.has_threads
