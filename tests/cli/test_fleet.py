"""`fleet` as a shell sees it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cachelens.cli import main
from cachelens.cli.fleet_options import say_what_takes_long
from tests.fleet.traces import Ask, line

DESK = "fixtures/traces/desk.jsonl"
Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]
POOL = ("--replicas", "1,4", "--kv-blocks", "1000")


def shell(*arguments: str, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "cachelens", "fleet", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=600, env=environment)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command as the shell would; return its exit code and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main.run(["fleet", *arguments])
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


@pytest.fixture
def document(run: Run) -> Document:
    """Run the command and return its JSON."""

    def call(*arguments: str) -> dict[str, Any]:
        code, out, err = run(*arguments, "--format", "json")
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found

    return call


def written(tmp_path: Path, asks: list[Ask]) -> str:
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(f"{line(ask)}\n" for ask in asks), encoding="utf-8")
    return str(path)


def test_the_screen_fits_and_says_what_is_lost_where() -> None:
    done = shell(DESK, *POOL, "--timed")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert max(map(len, text.splitlines())) <= 80
    heads = ("lost to lost to", "routing comput. eviction workload")
    for words in (*heads, "P95", "What it says", '"Round robin gives 1/N"'):
        assert words in " ".join(text.split())


@pytest.mark.parametrize("mode", [(), ("--timed", "--gpu-price", "2.50", "--ttft-target", "0.5")])
def test_json_follows_its_schema_and_repeats_whatever_the_hash_seed(mode: tuple[str, ...]) -> None:
    one, two = (shell(DESK, *POOL, *mode, "--format", "json", seed=seed) for seed in ("1", "2"))
    assert (one.returncode, one.stderr) == (0, b"")
    assert one.stdout == two.stdout
    found = json.loads(one.stdout)
    jsonschema.validate(found, json.loads(Path("docs/schemas/fleet.v1.json").read_text()))
    assert found["schema"] == "cachelens.fleet/v1"
    for run in found["runs"]:
        losses = run["losses"]
        lost = sum(losses[cause] for cause in ("routing", "computing", "eviction", "workload"))
        assert run["hit_tokens"] + lost == run["input_tokens"]


def test_a_run_is_one_object_and_one_row(run: Run, document: Document) -> None:
    found = document(DESK, *POOL, "--policy", "round-robin")
    assert [(row["policy"], row["replicas"], row["kv_blocks"]) for row in found["runs"]] == [
        ("round-robin", 1, 1000),
        ("round-robin", 4, 1000),
    ]
    table = run(DESK, *POOL, "--policy", "round-robin", "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["token_hit_rate"] for row in rows] == [f"{row['token_hit_rate']:.6f}" for row in found["runs"]]
    assert [row["ttft_p95_us"] for row in rows] == ["", ""]


def test_saturation_is_said_before_any_ttft(run: Run) -> None:
    text = run(DESK, "--replicas", "1", "--policy", "round-robin", "--speed", "2000", "--timed")[1]
    assert 0 < text.index("Saturated: the offered load is ") < text.index("TTFT")
    assert "No policy keeps up with 1 replica" in text


def test_only_one_workload_can_be_replayed(document: Document) -> None:
    found = document(DESK, *POOL, "--policy", "round-robin", "--workload", "agent")
    whole = document(DESK, *POOL, "--policy", "round-robin")
    assert found["workloads"] == 1
    assert 0 < found["requests"] < whole["requests"]


def test_several_sizes_of_cache_make_a_grid(document: Document) -> None:
    found = document(DESK, "--replicas", "2", "--kv-blocks", "500,1000", "--kv-tokens", "64000", "--policy", "oracle")
    assert [run["kv_blocks"] for run in found["runs"]] == [500, 1000, 4000]
    rates = [run["token_hit_rate"] for run in found["runs"]]
    assert rates == sorted(rates)


def test_a_workload_file_takes_the_place_of_a_log(document: Document, run: Run) -> None:
    found = document("fixtures/workloads/small.yaml", "--replicas", "2", "--policy", "round-robin", "--timed")
    assert found["inputs"][0]["format"] == "workload"
    assert found["requests"] > 0
    code, _, err = run("fixtures/workloads/no-such.yaml")
    assert code == 2
    assert "no-such.yaml" in err


def test_capacity_and_speed_come_from_a_gpu_and_a_model(document: Document) -> None:
    found = document(DESK, "--gpu", "h100", "--llm", "llama-3.1-8b", "--replicas", "1", "--policy", "round-robin")
    assert found["runs"][0]["kv_blocks"] > 10_000
    assert found["latency_source"] == "llama-3.1-8b on 1 x h100"


def test_a_host_tier_counts_what_it_gives_back(document: Document) -> None:
    """Every row has room for the time that it takes to bring a token from there."""
    pool = ("--replicas", "1", "--kv-blocks", "500", "--policy", "round-robin", "--timed")
    (tier,) = document(DESK, *pool, "--engine", "vllm-lmcache")["runs"]
    (plain,) = document(DESK, *pool)["runs"]
    assert 0 < tier["loaded_tokens"] <= tier["hit_tokens"]
    assert (plain["loaded_tokens"], plain["hit_tokens"] < tier["hit_tokens"]) == (0, True)


def test_a_host_tier_has_the_size_that_is_asked_for(document: Document) -> None:
    """Its ratio to the device is a parameter of the engine."""
    pool = ("--replicas", "1", "--kv-blocks", "500", "--policy", "round-robin")
    found = [document(DESK, *pool, "--engine", f"vllm-lmcache:ratio={ratio}") for ratio in ("0", "1", "4")]
    assert [row["engine"] for row in found] == [f"vllm-lmcache:ratio={ratio}" for ratio in (0, 1, 4)]
    (none,), (same,), (large,) = (row["runs"] for row in found)
    (plain,) = document(DESK, *pool)["runs"]
    assert none["hit_tokens"] == plain["hit_tokens"] < same["hit_tokens"] < large["hit_tokens"]


def test_a_policy_is_compared_with_itself_under_other_parameters(document: Document) -> None:
    given = ("--policy", "dynamo:overlap_score_credit=0,prefill_load_scale=2,round-robin,dynamo", "--replicas", "4")
    found = document(DESK, *given)
    changed = "dynamo:overlap_score_credit=0,prefill_load_scale=2"
    rates = {run["policy"]: run["token_hit_rate"] for run in found["runs"]}
    assert list(rates) == ["round-robin", "dynamo", changed]
    assert rates[changed] < rates["dynamo"], "it does not look for the prompt any more"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("policies", "overlap_score_credit=1"),
        ("engines", "ratio=1, chunk=256"),
        ("gpus", "NVIDIA H100 SXM: 80 GiB"),
        ("llms", "Llama 3.1 8B: 8.03B parameters in bf16, 128 KiB of KV a token"),
    ],
)
def test_names_that_options_take_are_listed(run: Run, kind: str, words: str) -> None:
    code, out, err = run("--list", kind)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert words in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "ignored"),
    [
        (("--gpu-price", "2"), ["--gpu-price changes nothing without --timed or --ttft-target"]),
        (("--prefill-budget", "100"), ["--prefill-budget changes nothing without --timed"]),
        (("--gpus-per-replica", "2"), ["--gpus-per-replica changes nothing without --gpu and --llm, or --timed"]),
        (("--gpu-price", "2", "--prefill-budget", "100", "--gpus-per-replica", "2", "--timed"), []),
        (("--gpu", "h100", "--llm", "llama-3.1-8b", "--gpus-per-replica", "2"), []),
        (("--event", "fail@9000:1"), ["fail@9000:1 comes after the last request, which arrives at 698.2 s"]),
        (
            ("--event", "fail@10:0", "--event", "fail@20:0", "--event", "add@30:0", "--event", "add@40"),
            ["an event at 20.0 s finds replica 0 down already"],
        ),
        (("--event", "add@10:1", "--event", "restart@20+5:all"), []),
    ],
)
def test_what_changes_nothing_is_said_once(
    run: Run, document: Document, arguments: tuple[str, ...], ignored: list[str]
) -> None:
    given = (DESK, "--replicas", "2", "--policy", "round-robin", *arguments)
    assert document(*given)["ignored"] == ignored
    text = " ".join(run(*given)[1].split())
    assert all(text.count(f"Note: {sentence}.") == 1 for sentence in ignored)


@pytest.mark.parametrize("mode", [(), ("--curve",)])
def test_what_changes_nothing_in_a_form_of_the_result_is_said_too(
    run: Run, document: Document, mode: tuple[str, ...]
) -> None:
    given = (DESK, "--replicas", "2", "--policy", "round-robin", *mode)
    assert [text[:28] for text in document(*given, "--detail", "--top", "9")["ignored"]] == [
        "--detail changes nothing wit",
        "--top changes nothing with -",
    ]
    _, rows, said = run(*given, "--detail", "--prefill-budget", "9", "--format", "csv")
    assert len(said.splitlines()) == 2
    assert said.startswith("note: --prefill-budget changes nothing with")
    assert "note: --detail changes nothing with --format csv" in said
    assert run(*given, "--format", "csv") == (0, rows, "")
    assert ("--top changes nothing" in " ".join(run(*given, "--top", "9")[1].split())) == bool(mode)


def test_options_about_logs_mean_nothing_for_a_workload(document: Document) -> None:
    small = ("fixtures/workloads/small.yaml", "--replicas", "1", "--policy", "round-robin")
    assert document(*small)["ignored"] == []
    assert document(*small, "--strict")["ignored"] == ["options about reading logs change nothing for a workload file"]
    (said,) = document(*small, "--no-answer-cache")["ignored"]
    assert said.startswith("--no-answer-cache changes nothing")


def test_of_many_policies_the_best_the_worst_and_those_people_ask_for_are_shown(run: Run) -> None:
    given = (DESK, "--replicas", "1,4", "--kv-blocks", "500,2000")
    text = run(*given)[1]
    assert text.count("Token hit rate by blocks of each and replicas") == text.count("Where the input tokens go") == 1
    shown = [line.split()[0] for line in text.split("\n\n")[1].splitlines()[4:-1]]
    assert len(shown) <= 10
    assert text.count(f"{24 - len(shown)} more: --detail shows all policies") == 2
    assert {"oracle", "session-affinity", "round-robin"} <= set(shown)
    assert " *" in text
    whole = run(*given, "--detail")[1]
    assert "more: --detail" not in whole
    assert whole.count("Where the input tokens go") == 4
    assert whole.count("\npower-of-two ") == 5


def test_a_terminal_hears_what_takes_long(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for compiled, screen, told in ((False, True, True), (True, True, False), (False, False, False)):
        monkeypatch.setattr("cachelens.kernels.shim.is_compiled", lambda _, known=compiled: known)
        monkeypatch.setattr(sys.stderr, "isatty", lambda shown=screen: shown)
        say_what_takes_long(is_timed=True)
        assert capsys.readouterr().err.startswith("compiling the replay loops") == told


def test_a_log_of_which_nothing_repeats_gets_no_advice_on_caches(tmp_path: Path, run: Run) -> None:
    text = " ".join(run(written(tmp_path, [Ask(n, (n,)) for n in range(4)]), "--replicas", "1,2")[1].split())
    assert "no cache finds anything" in text
    assert "policies differ by load alone" in text
    assert "Rules of thumb" not in text


def test_equals_are_said_to_be_equal(tmp_path: Path, run: Run) -> None:
    path = written(tmp_path, [Ask(n, (1, 2), session="s") for n in range(4)])
    given = ("--replicas", "1,2", "--policy", "session-affinity,first-blocks-hash")
    text = " ".join(run(path, *given)[1].split())
    assert "1 other is as good at that." in text
    assert "stays at" in text


def test_a_target_can_be_of_any_percentile(document: Document) -> None:
    """A fleet of one has about 21 ms at the median and more at P99; the fleet found is smaller for the former."""
    given = (DESK, "--replicas", "1", "--policy", "round-robin", "--speed", "40", "--ttft-target")
    half, most = (document(*given, target) for target in ("p50=60ms", "p99=0.06s"))
    assert [(row["ttft_percentile"], row["ttft_target_us"]) for row in (half, most)] == [(50, 60_000), (99, 60_000)]
    (few,), (many,) = half["targets"], most["targets"]
    assert few["ttft_us"] <= 60_000
    assert many["replicas"] is None or few["replicas"] < many["replicas"]
    assert document(*given, "1")["ttft_percentile"] == 95


def test_markdown_goes_to_a_file(tmp_path: Path, run: Run) -> None:
    target = tmp_path / "fleet.md"
    assert run(DESK, *POOL, "--format", "markdown", "-o", str(target)) == (0, "", "")
    assert "| Policy | token hit rate | lost to routing |" in target.read_text()


def test_a_block_size_of_the_users_own_is_taken_and_coarse_traces_are_named(tmp_path: Path, document: Document) -> None:
    assert document(DESK, *POOL, "--block-size", "64")["block_size"] == 64
    row = {"timestamp": 0, "input_length": 1024, "output_length": 1, "hash_ids": [1, 2]}
    path = tmp_path / "coarse.jsonl"
    path.write_text(f"{json.dumps(row)}\n" * 2)
    assert document(str(path))["block_size"] == 512
    notes = document(str(path), "--block-size", "16")["notes"]
    assert any("found or missed 32 at a time" in note for note in notes)


def test_events_are_replayed_with_time_and_told(run: Run) -> None:
    text = " ".join(run(DESK, *POOL, "--event", "restart@60+30:0", "--policy", "round-robin", "--detail")[1].split())
    assert "Event: replica 0 restarts at 60 s, down for 30.0 seconds, with an empty cache." in text
    assert "runs, which need more blocks than a replica has or found it down" in text


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        ([Ask(0, (1, 2), tail=5), Ask(1, (1, 2), tail=5)], "2 requests with a last block that is not full"),
        ([Ask(5, (1,)), Ask(1, (2,))], "the rows were not in order of arrival"),
        ([Ask(0, (), tail=7), Ask(1, (1, 2))], "1 request shorter than a block"),
        ([Ask(n, (n, n + 50)[: 1 + n % 2], session=f"s{n % 2}") for n in (1, 1, 2, 2)], "ids of this trace are local"),
    ],
)
def test_what_a_trace_does_not_tell_is_said(tmp_path: Path, document: Document, asks: list[Ask], words: str) -> None:
    notes = document(written(tmp_path, asks), "--replicas", "1")["notes"]
    assert any(words in note for note in notes), notes


def test_a_coarse_clock_is_said_where_time_counts(tmp_path: Path, document: Document) -> None:
    path = written(tmp_path, [Ask(1000 * (n // 5), (n,)) for n in range(20)])
    coarse = "20 requests arrive at 4 instants, up to 5 at once"
    assert any(coarse in note for note in document(path, "--replicas", "1", "--timed")["notes"])
    assert not any(coarse in note for note in document(path, "--replicas", "1")["notes"])


def test_a_request_larger_than_the_pool_is_named_first(tmp_path: Path, run: Run, document: Document) -> None:
    path = written(tmp_path, [Ask(0, (1, 2)), Ask(1, tuple(range(10, 30)))])
    text = run(path, "--replicas", "1", "--kv-blocks", "5", "--policy", "oracle")[1]
    assert "Rejected: 1 request, which needs more blocks than a replica has." in " ".join(text.split())
    (row,) = document(path, "--replicas", "1", "--kv-blocks", "5", "--policy", "oracle")["runs"]
    assert (row["served"], row["rejected"], row["rejected_tokens"]) == (1, 1, 320)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((DESK, "--replicas", "0"), 2, "a fleet of 0 replicas"),
        ((DESK, "--replicas", "-2"), 2, "replicas"),
        ((DESK, "--replicas", ""), 2, "no fleet size"),
        ((DESK, "--replicas", "two"), 2, "--replicas 1,2,4"),
        ((DESK, "--replicas", "99999"), 2, "1,024"),
        ((DESK, "--policy", "round-robbin"), 2, "nearest: round-robin; `cachelens fleet --list policies`"),
        ((DESK, "--policy", "fastest"), 2, "--list policies"),
        ((DESK, "--policy", "dynamo:credit=2"), 2, "its parameters: overlap_score_credit=1"),
        ((DESK, "--policy", "two-tier:group=-1"), 2, "group needs a number from 0"),
        ((DESK, "--policy", "round-robin:"), 2, "write `round-robin` alone"),
        ((DESK, "--engine", "nosuch"), 2, "--list engines"),
        ((DESK, "--engine", "vllm-lmcache:chunk=0"), 2, "chunk=256"),
        ((DESK, "--engine", "vllm-lmcache:chunk=1.5"), 2, "a whole number from 0"),
        ((DESK, "--kv-blocks", "0"), 2, "holds nothing"),
        ((DESK, "--kv-tokens", "3"), 2, "holds no block"),
        ((DESK, "--block-size", "24"), 2, "multiple of 16"),
        ((DESK, "--block-size", "0"), 2, "multiple of 16"),
        ((DESK, "--gpu", "h100"), 2, "--gpu and --llm"),
        ((DESK, "--gpu", "no-such-gpu", "--llm", "no-such-llm"), 2, "no-such-gpu"),
        ((DESK, "--speed", "0"), 2, "speed"),
        ((DESK, "--speed", "nan"), 2, "speed"),
        ((DESK, "--latency", "1,x"), 2, "15000,36,0.0012"),
        ((DESK, "--latency", "1"), 2, "three to seven"),
        ((DESK, "--prefill-budget", "0"), 2, "8192"),
        ((DESK, "--ttft-target", "0"), 2, "no target"),
        ((DESK, "--ttft-target", "p0=1s"), 2, "p90=800ms"),
        ((DESK, "--ttft-target", "p101=1s"), 2, "p90=800ms"),
        ((DESK, "--ttft-target", "soon"), 2, "p90=800ms"),
        ((DESK, "--ttft-target", "1", "--event", "add@1"), 2, "--event"),
        ((DESK, "--gpu-price", "cheap"), 2, "2.50"),
        ((DESK, "--event", "explode@1:0"), 2, "--event fail@600:2"),
        ((DESK, "--replicas", "2", "--event", "fail@1:2"), 2, "no replica 2"),
        ((DESK, "--event", "restart@100:0"), 2, "does not say for how long"),
        ((DESK, "--event", "fail@1:0", "--event", "fail@1:0"), 2, "fail@1:0 is given twice"),
        (("fixtures/workloads",), 2, "fixtures/workloads/kubeai-multi-turn.yaml"),
        ((DESK, "fixtures/workloads/small.yaml"), 2, "which is replayed alone"),
        ((DESK, "--workload", "nosuch"), 2, "chat"),
        (("no/such/trace.jsonl",), 3, "no/such/trace.jsonl"),
    ],
)
def test_bad_input_ends_in_advice(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    found, out, err = run(*arguments)
    assert (found, out) == (code, ""), err
    assert err.startswith("error: ")
    assert words in err


def test_a_log_without_times_has_no_queues(tmp_path: Path, run: Run, document: Document) -> None:
    body = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "x " * 300}]}
    path = tmp_path / "log.jsonl"
    path.write_text(f"{json.dumps(body)}\n" * 2)
    code, _, err = run(str(path), "--timed")
    assert code == 2
    assert "no times" in err
    assert document(str(path), "--replicas", "1")["requests"] == 2
