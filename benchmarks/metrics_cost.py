"""Time and memory of `cachelens metrics` against decoding the same lines and dropping them: whole processes.

    python benchmarks/metrics_cost.py [--requests 20000] [--repeats 5]

The log is that of `run.py` (`chat_log.py`). Also prints the memory on ten times the log, which must not be more.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
from pathlib import Path

import chat_log
import measure

import cachelens


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    compileall.compile_dir(Path(cachelens.__file__).parent, quiet=1)  # as an installation does
    with tempfile.TemporaryDirectory() as folder:
        log, long = Path(folder, "log.jsonl"), Path(folder, "ten.jsonl")
        chat_log.write(log, options.requests, 0.5)
        decode = [sys.executable, str(Path(__file__).with_name("decode.py")), str(log), "orjson"]
        metrics = [sys.executable, "-m", "cachelens", "metrics", str(log)]
        samples = measure.compare({"decode": decode, "metrics": metrics}, repeats=options.repeats)
        pairs = list(zip(samples["metrics"], samples["decode"], strict=True))
        ratios = {
            "wall time": [one.seconds / other.seconds for one, other in pairs],
            "processor time": [one.processor_seconds / other.processor_seconds for one, other in pairs],
        }
        with long.open("wb") as file:
            for _ in range(10):
                file.write(log.read_bytes())
        ten = measure.compare({"ten": [*metrics[:-1], str(long)]}, repeats=1, warm_ups=0)["ten"]
        samples["metrics, ten times the log"] = ten
    for name, runs in samples.items():
        seconds = measure.spread([run.seconds for run in runs]).show("s", 2)
        summed = max(run.tree_bytes or 0 for run in runs) / measure.MEGABYTE
        processor = measure.spread([run.processor_seconds for run in runs]).show("s", 2)
        print(f"{name}: {seconds}, {processor} of the processor, at most {summed:.0f} MB in all processes")
    for kind, found in ratios.items():
        print(f"ratio in {kind}: {measure.spread(found).show('times', 2)}")


if __name__ == "__main__":
    main()
