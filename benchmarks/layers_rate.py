"""Time `cachelens layers` on 100,000 requests, and one look-up of its index.

Usage, from the repository's root: python -m benchmarks.layers_rate [REQUESTS]

The log is made up: a third of the requests ask what was asked before, a third the same in other words, a third
something new. Reported are seconds of processor time, of all processes together: of reading, and of all layers with
the embedder of a bare installation; and milliseconds of one look-up in the growing index, in the batches in which
the replay makes them.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cachelens.config.compiling import CompileOptions
from cachelens.layers import neighbours as index
from cachelens.layers.embedders.hashing import Hashing
from cachelens.model.stack import Scope, SemanticChoices, StackChoices
from cachelens.reading import compile_inputs
from cachelens.sources.base import ReadOptions
from cachelens.stacking.plan import plan, reading_of
from cachelens.stacking.run import run

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("la", "mer", "ton", "vik", "sa", "ru", "ne")]
TENANTS = [f"tenant-{number}" for number in range(20)]
SYSTEM = "You answer questions about leased bicycles. " * 30


def question(draw: random.Random, known: list[str]) -> str:
    """Return a question: one of before, one in other words, or a new one."""
    kind = draw.random()
    if known and kind < 1 / 3:
        return draw.choice(known)
    words = draw.choice(known).split() if known and kind < 2 / 3 else draw.choices(WORDS, k=draw.randint(5, 14))
    words[draw.randrange(len(words))] = draw.choice(WORDS)
    known.append(" ".join(words))
    return known[-1]


def write(path: Path, requests: int) -> None:
    """Write the log."""
    draw, known = random.Random(7), list[str]()
    with path.open("w", encoding="utf-8") as out:
        for number in range(requests):
            text = question(draw, known)
            body = {"model": "gpt-5.2", "temperature": 0, "messages": [{"role": "system", "content": SYSTEM}]}
            body["messages"].append({"role": "user", "content": text})  # type: ignore[attr-defined]
            row = {"timestamp": 1_794_000_000 + number * 4, "latency_ms": 900, "tenant": draw.choice(TENANTS)}
            answer = {"choices": [{"message": {"content": f"Answer {hash_of(text) % 1000} of the handbook."}}]}
            out.write(json.dumps(row | {"request": body, "response": answer}) + "\n")


def hash_of(text: str) -> int:
    """Return a number that is the same in every process."""
    return sum(ord(letter) * place for place, letter in enumerate(text, 1))


def main(requests: int = 100_000) -> None:
    """Print the figures."""
    choices = StackChoices(scope=Scope.TENANT, semantic=SemanticChoices(embedder="hashing", ttl_us=None))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        write(log, requests)
        begin = _spent()
        options = CompileOptions(read=ReadOptions(calls=reading_of(choices)), keep_text=True)
        compiled = compile_inputs([str(log)], options)
        read = _spent()
        result = run(compiled, plan(choices))
        done = _spent()
    served = {layer.layer: layer.requests_served for layer in result.layers}
    print(f"{requests:,} requests: read in {read - begin:.1f} s, all layers in {done - read:.1f} s; served {served}")
    texts = sorted({question.text for question in _questions(compiled)})
    each = sorted(_look_ups(Hashing().embed(texts)))
    middle, slowest = statistics.median(each or [0]), max(each or [0])
    print(f"look-up among {len(texts):,} questions, by batch: {middle:.3f} ms at the median, {slowest:.3f} ms at most")


def _look_ups(vectors: np.ndarray) -> list[float]:  # type: ignore[type-arg]
    """Return the milliseconds of one look-up, for each batch of the index as it grows."""
    whole = index.quantised(vectors)
    norms = np.sqrt((whole.astype(np.float64) ** 2).sum(axis=1))
    bounds = index._bounds(whole, norms)  # noqa: SLF001 - the stage that is timed
    found = []
    for begin in range(0, len(whole), index._ROWS):  # noqa: SLF001
        started = time.perf_counter()
        index._block(whole, norms, bounds, begin, 0.8)  # noqa: SLF001
        found.append(1000 * (time.perf_counter() - started) / index._ROWS)  # noqa: SLF001
    return found


def _questions(compiled) -> list:  # type: ignore[no-untyped-def,type-arg] # noqa: ANN001 - a script
    from cachelens.layers.normal import normal
    from cachelens.layers.traffic import traffic_of

    return [question for question in traffic_of(compiled.trace, normal()).questions if question is not None]


def _spent() -> float:
    """Return the processor time of this process and of those it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
