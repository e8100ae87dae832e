"""Decode every line of a log and do nothing with it: the floor under any reader of logs.

python benchmarks/decode.py FILE msgspec|orjson
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def _msgspec() -> Callable[[bytes], object]:
    import msgspec

    return msgspec.json.Decoder().decode


def _orjson() -> Callable[[bytes], object]:
    import orjson  # type: ignore[import-not-found, unused-ignore]  # not a dependency, measured where it is installed

    loads: Callable[[bytes], object] = orjson.loads
    return loads


LIBRARIES = {"msgspec": _msgspec, "orjson": _orjson}


def main() -> None:
    """Run from the command line."""
    path, library = sys.argv[1:]
    decode = LIBRARIES[library]()
    with Path(path).open("rb") as file:
        for line in file:
            decode(line)


if __name__ == "__main__":
    main()
