"""Time CacheLens on this machine and write benchmarks/RESULTS.md. It informs; it never passes or fails.

python benchmarks/run.py --date 2026-11-23
"""

from __future__ import annotations

import argparse
import compileall
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import measure
from measure import MEGABYTE, Range, Sample, spread

HERE = Path(__file__).resolve().parent
CACHELENS = [sys.executable, "-m", "cachelens"]
BOUNDARIES = (
    "none",
    "as-recorded",
    "full-context",
    "system-only",
    "tools-and-system",
    "exclude-tool-results",
)
LIBRARIES = (
    "cachelens-sim",
    "msgspec",
    "orjson",
    "numpy",
    "numba",
    "splintr-rs",
    "tiktoken",
    "xxhash",
    "typer",
)
COPIES = 10
TEMPLATES = 600
DYNAMO_BLOCK = 512


class Settings(NamedTuple):
    """What the command line asks for."""

    requests: int
    growth_requests: int
    repeats: int
    folder: Path
    trace: Path
    policy: str
    dynamo: str


def simulate(log: Path) -> list[str]:
    """Build the command that is the main job: one log, six boundaries."""
    return [*CACHELENS, "simulate", str(log), *(part for name in BOUNDARIES for part in ("--boundary", name))]


def chat_log(settings: Settings, requests: int) -> Path:
    """Write the generated log once for a size."""
    path = settings.folder / f"chat-{requests}.jsonl"
    if not path.exists():
        _script("chat_log.py", str(path), "--requests", str(requests), "--clock-share", "0.5")
    return path


def main_job(settings: Settings) -> list[str]:
    """Compare the whole process of `cachelens simulate` with one that only decodes the same lines."""
    log = chat_log(settings, settings.requests)
    decoders = [name for name in ("msgspec", "orjson") if importlib.util.find_spec(name)]
    commands = {
        **{name: [sys.executable, str(HERE / "decode.py"), str(log), name] for name in decoders},
        "simulate": simulate(log),
    }
    samples = measure.compare(commands, repeats=settings.repeats)
    times = {name: spread([sample.seconds for sample in found]) for name, found in samples.items()}
    fastest = min(decoders, key=lambda name: times[name].median)
    ratio = _ratios(samples["simulate"], samples[fastest])
    size = log.stat().st_size / MEGABYTE
    return [
        f"{settings.requests:,} requests, {size:,.0f} MB of JSON lines, {len(BOUNDARIES)} boundaries.",
        "",
        "| process | wall time, median (range) | peak memory of all processes | largest process |",
        "|---|---|---|---|",
        *(f"| {name} | {times[name].show('s', 2)} | {_memory(found)} |" for name, found in samples.items()),
        "",
        f"`simulate` takes {ratio.show('times', 2)} as long as decoding alone with {fastest}, pair by pair.",
    ]


def changed_files(settings: Settings) -> list[Path]:
    """Write a template and a source as a pre-commit hook meets them: two hundred lines, no grave fault."""
    rules = "".join(f"Rule {n}: answer briefly, and name the source of what you say.\n" for n in range(200))
    texts = {
        "one.jinja2": f"{rules}\nToday is {{{{ today }}}}.\nThe user is {{{{ user.name }}}}.\n",
        "one.py": f'import datetime\n\nSYSTEM_PROMPT = f"""{rules}\nToday is {{datetime.date.today()}}.\n"""\n',
    }
    for name, text in texts.items():
        (settings.folder / name).write_text(text, encoding="utf-8")
    return [settings.folder / name for name in texts]


def audits(settings: Settings) -> list[str]:
    """Compare `audit` and `simulate --optimize` of a log with `simulate` of the same one, as anybody runs them."""
    logs = {f"{settings.requests:,} generated requests": chat_log(settings, settings.requests)}
    sessions = Path(os.environ.get("CACHELENS_REAL_DATA", "")) / "sessions"
    if "CACHELENS_REAL_DATA" in os.environ and sessions.is_dir():
        logs["long sessions of coding agents"] = sessions
    rows = []
    for name, log in logs.items():
        kinds = ("simulate", "audit", "simulate --optimize")
        commands = {kind: [*CACHELENS, *kind.split(), str(log)] for kind in kinds}
        samples = measure.compare(commands, repeats=settings.repeats)
        for kind, found in samples.items():
            against = _ratios(found, samples["simulate"]).show("times", 2) if kind != "simulate" else ""
            wall = spread([sample.seconds for sample in found])
            rows.append(f"| {name} | {kind} | {wall.show('s', 2)} | {against} | {_memory(found)} |")
    return [
        "| log | command | wall time, median (range) | against `simulate` | peak of all processes | largest process |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def template_audit(settings: Settings) -> list[str]:
    """Time `cachelens audit` of a folder of templates."""
    folders = {f"{TEMPLATES} generated templates": settings.folder / f"templates-{TEMPLATES}"}
    _script("template_folder.py", str(folders[f"{TEMPLATES} generated templates"]), "--files", str(TEMPLATES))
    real = Path(os.environ.get("CACHELENS_REAL_DATA", "")) / "templates"
    if "CACHELENS_REAL_DATA" in os.environ and real.is_dir():
        folders["published templates"] = real
    samples = measure.compare(
        {name: [*CACHELENS, "audit", str(folder)] for name, folder in folders.items()}, repeats=settings.repeats
    )
    return [
        "| folder | wall time, median (range) | peak memory of all processes | largest process |",
        "|---|---|---|---|",
        *(
            f"| {name} | {spread([s.seconds for s in found]).show('s', 2)} | {_memory(found)} |"
            for name, found in samples.items()
        ),
    ]


def start_up(settings: Settings) -> list[str]:
    """Compare short commands with an interpreter that does nothing; all from bytecode."""
    package = importlib.util.find_spec("cachelens")
    for folder in (package.submodule_search_locations or []) if package else []:
        compileall.compile_dir(folder, quiet=2)
    script = Path(sys.executable).with_name("cachelens")
    program = [str(script)] if script.exists() else CACHELENS
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "cachelens --help": [*program, "--help"],
        "cachelens --version": [*program, "--version"],
        **{
            f"cachelens audit --fail-on high {file.name}": [*program, "audit", "--fail-on", "high", str(file)]
            for file in changed_files(settings)
        },
    }
    samples = measure.compare(commands, repeats=max(20, settings.repeats), warm_ups=3)
    empty = samples["python -c pass"]
    return [
        "| process | wall time, median (range) | against nothing, median (range) |",
        "|---|---|---|",
        *(
            f"| `{name}` | {spread([s.seconds * 1000 for s in found]).show('ms', 1)} "
            f"| {_ratios(found, empty).show('times', 1)} |"
            for name, found in samples.items()
        ),
    ]


def replay_rate(settings: Settings) -> list[str]:
    """Time the replay of one compiled trace, without reading and printing."""
    trace = settings.folder / f"chat-{settings.requests}.trace"
    subprocess.run(
        [*CACHELENS, "compile", str(chat_log(settings, settings.requests)), "-o", str(trace)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    printed = _script("replay_rate.py", str(trace)).split("\n")
    try:
        rates = spread([float(line) / 1e6 for line in printed if line])
    except ValueError:
        return [f"Not measured: {printed[0]}."]
    return [f"{rates.show('million requests per second', 2)} for one scenario, one process."]


def memory_growth(settings: Settings) -> list[str]:
    """Compare the memory for one day of traffic with that for ten days of the same content."""
    base = chat_log(settings, settings.growth_requests)
    rows = []
    for copies in (1, COPIES):
        log = settings.folder / f"days-{copies}.jsonl"
        _script("shift_log.py", str(base), str(log), "--copies", str(copies))
        size = log.stat().st_size / MEGABYTE
        try:
            found = measure.compare({"simulate": simulate(log)}, repeats=min(3, settings.repeats))["simulate"]
        finally:
            log.unlink()
        rows.append(f"| {copies} | {settings.growth_requests * copies:,} | {size:,.0f} MB | {_memory(found)} |")
    return [
        "The same sessions, day after day: the log grows, its unique content does not.",
        "",
        "| days | requests | log | peak memory of all processes | largest process |",
        "|---|---|---|---|---|",
        *rows,
    ]


def fleet_rate(settings: Settings) -> list[str]:
    """Time the replay of fleets, and dynamo's on the same trace where it is at hand."""
    rows = [
        json.loads(line)
        for line in _script("fleet_rate.py", str(settings.trace), "--policy", settings.policy).splitlines()
    ]
    once = [sys.executable, str(HERE / "fleet_rate.py"), str(settings.trace), "--policy", settings.policy, "--once"]
    with tempfile.TemporaryDirectory() as empty:
        cold = measure.run(once, {**os.environ, "NUMBA_CACHE_DIR": empty})
    warm = measure.run(once, dict(os.environ))
    peers = {count: _dynamo(settings, count) for count in (4, 16)} if settings.dynamo else {}
    lines = [
        f"{settings.trace.name}, {rows[0]['requests']:,} requests, caches of 1.02 million tokens, `{settings.policy}`.",
        "",
        "| mode | replicas | block | requests a second | block touches a second | hit rate | dynamo.replay |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        peer = peers.get(row["replicas"]) if row["timed"] and row["block_size"] == DYNAMO_BLOCK else None
        against = f"{peer[0]:,.0f} ({row['requests_per_second'] / peer[0]:.0f} times)" if peer else "-"
        lines.append(
            f"| {'timed' if row['timed'] else 'untimed'} | {row['replicas']} | {row['block_size']} "
            f"| {row['requests_per_second'] / 1000:,.0f} thousand | {row['touches_per_second'] / 1e6:,.0f} million "
            f"| {row['hit_rate']:.1%} | {against} |"
        )
    memory = max(row["largest_bytes"] for row in rows) / MEGABYTE
    peer_memory = max((peer[1] for peer in peers.values()), default=0) / MEGABYTE
    compared = f"; dynamo.replay {peer_memory:,.0f} MB" if peers else ""
    alone = f"{warm.seconds:.1f} s, {cold.seconds:.1f} s with no compiled loop in the cache"
    return [
        *lines,
        "",
        f"Peak memory of the process, all runs: {memory:,.0f} MB{compared}. One timed replay as a process: {alone}.",
    ]


def _dynamo(settings: Settings, replicas: int) -> tuple[float, float]:
    """Replay the trace with NVIDIA's simulator; return its requests a second, by its own clock, and its peak memory."""
    report = settings.folder / "dynamo.json"
    engine = json.dumps({"block_size": DYNAMO_BLOCK, "num_gpu_blocks": 2000})
    command = [settings.dynamo, "-m", "dynamo.replay", str(settings.trace), "--trace-format", "mooncake"]
    command += ["--num-workers", str(replicas), "--router-mode", "kv_router", "--trace-block-size", str(DYNAMO_BLOCK)]
    command += ["--extra-engine-args", engine, "--report-json", str(report)]
    sample = measure.run(command, {**os.environ, "DYN_LOG": "error", "PYTHONPATH": ""})
    found = json.loads(report.read_text(encoding="utf-8"))
    return found["num_requests"] / (found["wall_time_ms"] / 1000), sample.largest_bytes


BENCHMARKS: dict[str, tuple[str, Callable[[Settings], list[str]]]] = {
    "main-job": ("The main job against decoding alone", main_job),
    "audit": ("The audit of a log against its simulation", audits),
    "templates": ("The audit of templates", template_audit),
    "start-up": ("Start-up", start_up),
    "replay": ("Replay", replay_rate),
    "fleet": ("Fleets", fleet_rate),
    "memory": ("Memory over ten days of the same sessions", memory_growth),
}


def _ratios(found: list[Sample], base: list[Sample]) -> Range:
    """Divide run by run: neighbours in time share the machine's mood."""
    return spread([one.seconds / other.seconds for one, other in zip(found, base, strict=True)])


def _memory(samples: list[Sample]) -> str:
    tree = [sample.tree_bytes / MEGABYTE for sample in samples if sample.tree_bytes is not None]
    largest = spread([sample.largest_bytes / MEGABYTE for sample in samples])
    return f"{spread(tree).show('MB', 0) if tree else 'unknown'} | {largest.show('MB', 0)}"


def _script(name: str, *arguments: str) -> str:
    command = [sys.executable, str(HERE / name), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _machine(date: str) -> str:
    versions = []
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} absent")
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return f"{date}. Python {platform.python_version()}, {system}. {', '.join(versions)}."


def _measured(name: str, settings: Settings) -> list[str]:
    title, benchmark = BENCHMARKS[name]
    try:
        body = benchmark(settings)
    except (measure.CommandFailedError, subprocess.CalledProcessError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        body = ["Not measured: the command failed."]
    return [f"## {title}", "", *body, ""]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--date", required=True, help="day of the measurement, for the heading")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--growth-requests", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=5)
    workload = HERE.parent / "fixtures" / "workloads" / "mooncake-like.yaml"
    parser.add_argument("--trace", type=Path, default=workload, help="trace or workload of the fleets")
    parser.add_argument("--policy", default="dynamo", help="routing policy of the fleets")
    parser.add_argument("--dynamo", default="", help="Python of an environment with ai-dynamo, for a Mooncake trace")
    parser.add_argument("--only", choices=list(BENCHMARKS), action="append", help="repeatable; default: all")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    folder = HERE / "out"
    folder.mkdir(exist_ok=True)
    settings = Settings(
        options.requests, options.growth_requests, options.repeats, folder, options.trace, options.dynamo
    )
    lines = ["# Results", "", _machine(options.date), "", "How: [README.md](README.md).", ""]
    for name in options.only or BENCHMARKS:
        lines += _measured(name, settings)
    options.output.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
