"""`fleet --curve` as a shell sees it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cachelens.cli import main

DESK = "fixtures/traces/desk.jsonl"
BLIND = "round-robin,session-affinity,first-blocks-hash"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main.run(["fleet", *arguments])
    shown = capsys.readouterr()
    return int(stopped.value.code or 0), shown.out, shown.err


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, err = run(capsys, *arguments, "--format", "json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_curve_goes_through_what_a_replay_of_each_size_finds(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (DESK, "--replicas", "1,8", "--policy", BLIND, "--kv-blocks", "500,1234")
    curves = document(capsys, *asked, "--curve")
    jsonschema.validate(curves, json.loads(Path("docs/schemas/fleet-curve.v1.json").read_text(encoding="utf-8")))
    drawn = {
        (curve["policy"], curve["replicas"], point["kv_blocks"]): point["token_hit_rate"]
        for curve in curves["curves"]
        for point in curve["points"]
    }
    replayed = document(capsys, *asked)["runs"]
    assert len(replayed) == 12
    for row in replayed:
        policy = None if row["replicas"] == 1 else row["policy"]
        assert drawn[policy, row["replicas"], row["kv_blocks"]] == row["token_hit_rate"]


def test_curves_rise_to_what_caches_without_limit_find(capsys: pytest.CaptureFixture[str]) -> None:
    for curve in document(capsys, DESK, "--curve", "--replicas", "2")["curves"]:
        rates = [point["token_hit_rate"] for point in curve["points"]]
        assert rates == sorted(rates)
        assert rates[-1] == curve["token_hit_rate"]
        beyond = [
            point["token_hit_rate"] for point in curve["points"] if point["kv_blocks"] >= curve["blocks_for_most"]
        ]
        assert min(beyond) >= 0.9 * curve["token_hit_rate"] - 1e-6


def test_the_screen_marks_what_was_asked_for_and_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = run(capsys, DESK, "--curve", "--kv-blocks", "1000")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "1,000 (asked)" in out
    assert "1 replica: 73.4% with 1,000 blocks, 89.8% without limit; 90% of that takes 1,298 blocks" in out.replace(
        "\n    ", " "
    )


def test_a_point_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, DESK, "--curve", "--replicas", "1", "--kv-blocks", "1000", "--format", "csv")
    rows = [row for row in csv.DictReader(io.StringIO(out)) if row["asked"] == "true"]
    assert [(row["policy"], row["kv_blocks"], row["token_hit_rate"][:5]) for row in rows] == [("", "1000", "0.734")]
    _, out, _ = run(capsys, DESK, "--curve", "--kv-blocks", "1000", "--format", "markdown")
    assert "| 1,000 (asked) |" in out.replace("`", "").replace("\\", "")


def test_what_has_no_place_beside_curves_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--timed", "--engine", "sglang", "--kv-blocks", "50", "--policy", "dynamo,random", "--speed", "2")
    ignored = document(capsys, DESK, "--curve", "--replicas", "2", *given)["ignored"]
    assert [sentence.split(" ")[0] for sentence in ignored] == ["--timed", "--speed", "--engine", "50", "dynamo"]
    assert document(capsys, DESK, "--curve", "--kv-blocks", "1000")["ignored"] == []
