"""Repeat a log day after day: the same content, in new sessions, with new response ids.

python benchmarks/shift_log.py IN OUT --copies 10
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

DAY_SECONDS = 86_400


def shifted(row: dict[str, Any], days: int) -> dict[str, Any]:
    """Return the row as it would stand in the log `days` later."""
    at = datetime.fromisoformat(row["timestamp"]) + timedelta(days=days)
    response = row["response"]
    return {
        **row,
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "session_id": f"{row['session_id']}-{days}",
        "response": {
            **response,
            "id": f"{response['id']}-{days}",
            "created": response["created"] + days * DAY_SECONDS,
        },
    }


def repeat(source: Path, out: Path, copies: int) -> None:
    """Write `copies` days, one after the other; `source` must span less than a day."""
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    with out.open("wb") as target:
        for day in range(copies):
            with source.open("rb") as lines:
                target.writelines(encode(shifted(decode(line), day)) + b"\n" for line in lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--copies", type=int, required=True)
    options = parser.parse_args()
    repeat(options.source, options.out, options.copies)


if __name__ == "__main__":
    main()
