"""Write `fixtures/traces/desk.jsonl`, the trace of block hashes that ships with the project.

Usage, from the repository's root: python -m scripts.make_fixture_trace [TARGET]

Nothing in it is real. Three workloads of one help desk, in the form of the Bailian traces (16 tokens a block):

* `chat`: conversations of 1 to 8 turns under one of three system prompts (one a product line);
* `search`: single questions over documents, of which a few are asked about again and again;
* `agent`: long sessions with tools that read back all that was said.

The same source gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.fixture_week.dice import Dice

TARGET = Path(__file__).parents[1] / "fixtures" / "traces" / "desk.jsonl"
BLOCK = 16
SECONDS = 480


class Kind(NamedTuple):
    """One workload, in blocks of 16 tokens."""

    name: str
    sessions: int
    heads: int
    """Different beginnings that its sessions share."""
    head: int
    document: int
    """Blocks behind the head that some sessions have in common; 0 for none."""
    documents: int
    question: tuple[int, int]
    answer: tuple[int, int]
    turns: tuple[int, int]
    pause: float
    """Mean seconds between an answer and the next question."""


KINDS = (
    Kind("chat", 45, 3, 48, 0, 1, (2, 10), (4, 16), (1, 8), 25.0),
    Kind("search", 70, 1, 20, 60, 25, (1, 4), (6, 14), (1, 1), 0.0),
    Kind("agent", 6, 1, 96, 0, 1, (6, 30), (3, 9), (6, 14), 6.0),
)


def rows() -> list[dict[str, object]]:
    """Return all rows in order of arrival, chats numbered in that order."""
    dice = Dice("desk")
    ids: dict[tuple[object, ...], int] = {}
    drafts = sorted(draft for kind in KINDS for draft in _sessions(kind, dice))
    number = {draft[1:4]: place for place, draft in enumerate(drafts, start=1)}
    found: list[dict[str, object]] = []
    for at, name, session, turn, blocks, tail, output in drafts:
        hashes = [ids.setdefault((name, *blocks[: place + 1]), len(ids) + 1) for place in range(len(blocks))]
        found.append(
            {
                "chat_id": number[name, session, turn],
                "parent_chat_id": number[name, session, turn - 1] if turn > 1 else -1,
                "timestamp": round(at, 3),
                "input_length": len(blocks) * BLOCK - tail,
                "output_length": output,
                "type": name,
                "turn": turn,
                "hash_ids": hashes,
            }
        )
    return found


Draft = tuple[float, str, int, int, tuple[str, ...], int, int]
"""Time, workload, session, turn, blocks, tokens missing from the last block, tokens of the answer."""


def _sessions(kind: Kind, dice: Dice) -> Iterator[Draft]:
    for session in range(kind.sessions):
        head, at = _favourite(dice, kind.heads), dice.number() * SECONDS
        said = [f"h{head}.{place}" for place in range(kind.head)]
        document = _favourite(dice, kind.documents)
        said += [f"d{document}.{place}" for place in range(kind.document)]
        for turn in range(1, dice.between(*kind.turns) + 1):
            said += [f"q{session}.{turn}.{place}" for place in range(dice.between(*kind.question))]
            tail, answer = dice.between(0, BLOCK - 1), dice.between(*kind.answer)
            blocks = (*said[:-1], f"{said[-1]}~{tail}") if tail else tuple(said)
            yield at, kind.name, session, turn, blocks, tail, answer * BLOCK
            said += [f"a{session}.{turn}.{place}" for place in range(answer)]
            at += 1 + answer * 0.2 + dice.number() * 2 * kind.pause


def _favourite(dice: Dice, count: int) -> int:
    """Return a number below `count`, small ones far more often."""
    return int(count * dice.number() ** 3)


def text() -> str:
    """Return the file."""
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows())


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text(), encoding="utf-8")
