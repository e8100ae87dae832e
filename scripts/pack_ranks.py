"""Pack a tiktoken rank file (base64 token, space, rank per line) for shipping in the wheel.

Usage: python scripts/pack_ranks.py o200k_base.tiktoken src/cachelens/prompts/data/o200k_base.bin

The packed form is zlib over: a four-byte count, one length byte for each of the ranks 0, 1, 2, ..., then all the
tokens' bytes in that order.
The SHA-256 of the input is checked, so that only the published file can be packed.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import zlib
from pathlib import Path

EXPECTED = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


def main(source: str, target: str) -> None:
    """Write `target` from `source`."""
    raw = Path(source).read_bytes()
    if hashlib.sha256(raw).hexdigest() != EXPECTED:
        sys.exit("this is not the published o200k_base file: its SHA-256 differs")
    tokens = [base64.b64decode(line.split()[0]) for line in raw.splitlines()]
    ranks = [int(line.split()[1]) for line in raw.splitlines()]
    if ranks != list(range(len(ranks))) or max(map(len, tokens)) > 255:
        sys.exit("the ranks are not 0, 1, 2, ... or a token is longer than 255 bytes")
    lengths = bytes(len(token) for token in tokens)
    packed = len(tokens).to_bytes(4, "little") + lengths + b"".join(tokens)
    Path(target).write_bytes(zlib.compress(packed, 9))


if __name__ == "__main__":
    main(*sys.argv[1:])
