"""Expected reports kept as files: compare, or rewrite them when `CACHELENS_UPDATE_SNAPSHOTS=1`."""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "snapshots"


def check(name: str, text: str) -> None:
    """Fail unless `text` is byte for byte what the file holds."""
    path = _FOLDER / name
    if os.environ.get("CACHELENS_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()
