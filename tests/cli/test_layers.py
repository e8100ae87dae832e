"""`layers` as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from cachelens.cli import main
from tests.layers.logs import row

LOG = "fixtures/logs/answers.jsonl"
PLAIN = ("--embedder", "hashing")
Run = Callable[..., tuple[int, str, str]]


def shell(*arguments: str, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "cachelens", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=600, env=environment)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the shell would; return its exit code and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main.run(list(arguments))
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


def test_json_follows_its_schema_and_repeats_whatever_the_hash_seed() -> None:
    one, two = (shell("layers", LOG, *PLAIN, "--format", "json", seed=seed) for seed in ("1", "2"))
    assert (one.returncode, one.stderr) == (0, b"")
    assert one.stdout == two.stdout
    found = json.loads(one.stdout)
    jsonschema.validate(found, json.loads(Path("docs/schemas/layers.v1.json").read_text()))
    assert found["schema"] == "cachelens.layers/v1"
    assert [layer["layer"] for layer in found["layers"]] == ["exact", "semantic", "prompt"]
    semantic = found["layers"][1]
    assert semantic["false_hit_rate"] == 1.0
    assert semantic["false_hit_rate_low"] < semantic["false_hit_rate"] == semantic["false_hit_rate_high"]


def test_the_screen_fits(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in ("40", "80"):
        monkeypatch.setenv("COLUMNS", width)
        code, out, _ = run("layers", LOG, *PLAIN)
        assert code == 0
        assert max(map(len, out.splitlines())) <= int(width)


def test_texts_are_masked_until_they_are_asked_for(run: Run) -> None:
    for form in ("text", "json"):
        masked = run("layers", LOG, *PLAIN, "--format", form)[1]
        assert "Order 48" not in masked
        assert "Is it safe" not in masked
        shown = run("layers", LOG, *PLAIN, "--format", form, "--show-values")[1]
        assert "is cancelled" in " ".join(shown.split())


def test_secrets_and_controls_are_not_shown_even_then(run: Run, tmp_path: Path) -> None:
    answers = ("Use key 1 \x1b[31m sk-abcdefgh12345678.", "Use key 2 \x1b[31m.")
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(json.dumps(row(10 * n, "Key?", text)) for n, text in enumerate(answers)), encoding="utf-8")
    out = run("layers", str(log), *PLAIN, "--scope", "public", "--layers", "semantic", "--show-values")[1]
    assert "looks like a secret" in out
    assert "sk-abc" not in out
    assert "\x1b" not in out


def test_layers_stand_in_front_of_a_simulation_and_a_fleet(run: Run, tmp_path: Path) -> None:
    for command in (("simulate",), ("fleet", "--replicas", "1", "--policy", "round-robin")):
        code, out, err = run(*command, LOG, "--layers", "exact,semantic", "--any-sampling")
        assert (code, err) == (0, "")
        assert "Reach the model" in out
        target = tmp_path / f"{command[0]}.json"
        assert run(*command, LOG, "--layers", "exact", "--format", "json", "-o", str(target))[0] == 0
        found = json.loads(target.read_text(encoding="utf-8"))
        jsonschema.validate(found, json.loads(Path(f"docs/schemas/{command[0]}.v1.json").read_text()))
        assert found["stack"]["reach_model"] == found.get("summary", found)["requests"]


@pytest.mark.parametrize(
    ("options", "about"),
    [
        (("--threshold", "0"), "threshold"),
        (("--threshold", "1.5"), "threshold"),
        (("--ttl", "soon"), "lifetime"),
        (("--scope", "team"), "scope"),
        (("--wrong-answer", "much"), "price"),
        (("--max-false-hits", "nan"), "--max-false-hits"),
        (("--no-gate", "tenant"), "--scope public"),
        (("--field", "locale"), "GATE=PATH"),
        (("--layers", "exact,router"), "router"),
        (("--layers", ","), "no layer"),
        (("--normalise", "lower"), "normalisation"),
        (("--gate", "colour"), "gate"),
        (("--labels", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_next_step(run: Run, options: tuple[str, ...], about: str) -> None:
    code, out, err = run("layers", LOG, *PLAIN, *options)
    assert (code, out) == (2, "")
    assert about in " ".join(err.split())


def test_an_input_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("a,b,same\n", encoding="utf-8")
    code, _, err = run("layers", LOG, *PLAIN, "--labels", str(labels), "-o", str(labels))
    assert (code, "one of the inputs" in " ".join(err.split())) == (2, True)


def test_strict_refuses_bad_lines(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(f"{json.dumps(row(0, 'A?', 'x'))}\nnot JSON\n", encoding="utf-8")
    assert run("layers", str(log), *PLAIN, "--scope", "public")[0] == 0
    assert run("layers", str(log), *PLAIN, "--scope", "public", "--strict")[0] == 4


def test_a_curve_is_not_drawn_behind_layers(run: Run) -> None:
    code, _, err = run("fleet", LOG, "--curve", "--layers", "exact")
    assert (code, "--curve" in err) == (2, True)
