"""`cachelens doctor` says what is there, what is old and what is broken, and its exit code says whether."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cachelens.cli import checks
from cachelens.cli.extras import EXTRAS, Extra
from cachelens.model.doctor import State
from cachelens.reports.doctor_json import schema_document
from cachelens.sheets import due_list

REPOSITORY = Path(__file__).parents[2]
SCHEMA = REPOSITORY / "docs" / "schemas" / "doctor.v1.json"
FOR_US = {"bench", "dev", "docs"}
"""Extras for working on the project itself."""


def doctor(*options: str, folder: Path, code: int = 0, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cachelens", "doctor", *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def document(*options: str, folder: Path, code: int = 0, **environment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(doctor("--format", "json", *options, folder=folder, code=code, **environment))
    return found


def states(found: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in found["checks"]}


def test_the_schema_is_up_to_date() -> None:
    """If this fails, write what `schema_document` returns to the file and look at the difference."""
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_a_sound_installation_is_said_to_be_one(tmp_path: Path) -> None:
    found = document("--today", "2026-11-24", folder=tmp_path)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert found["healthy"] is True
    assert {"ok", "absent"} >= set(states(found).values())
    text = doctor("--today", "2026-11-24", folder=tmp_path, COLUMNS="80")
    assert text.splitlines()[0].endswith("all is well")
    assert max(map(len, text.splitlines())) <= 80


def test_prices_and_rules_grow_old(tmp_path: Path) -> None:
    """The shipped entries were checked on one day or later; ninety days on all of them are due, thirty may not be."""
    found = document("--today", "2099-01-01", folder=tmp_path, code=1)
    assert found["healthy"] is False
    assert [(age["kind"], age["due"] > 0, age["days"] > 26_000) for age in found["ages"]] == [
        ("prices", True, True),
        ("rules", True, True),
    ]
    assert {name: states(found)[name] for name in ("prices", "rules")} == {"prices": "old", "rules": "old"}
    assert "2 things to look at" in doctor("--today", "2099-01-01", folder=tmp_path, code=1)
    assert document("--today", "2099-01-01", "--older-than", "99999", folder=tmp_path)["healthy"] is True


def test_what_is_due_is_what_pricing_check_names() -> None:
    import datetime as dt

    from cachelens.providers.loading import load_pricing

    day = dt.date(2099, 1, 1)
    ages, _ = checks.ages(day, 90)
    assert sum(age.due for age in ages) == len(due_list(load_pricing(()), day, 90).due)


def test_broken_settings_are_a_fault_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "cachelens.toml").write_text('fail_on = "high"\n')
    found = document(folder=tmp_path, code=1)
    (settings,) = (check for check in found["checks"] if check["name"] == "settings")
    assert settings["state"] == "broken"
    assert "cachelens.toml:1" in settings["value"]
    assert "fail-on" in settings["hint"]


def test_a_day_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    doctor("--today", "tomorrow", folder=tmp_path, code=2)


@pytest.mark.parametrize(
    ("modules", "state", "said"),
    [
        ({"msgspec": "msgspec"}, State.OK, "msgspec"),
        ({"no-such-library": "no_such_module"}, State.ABSENT, "pip install"),
        ({"msgspec": "msgspec", "no-such-library": "no_such_module"}, State.ABSENT, "only msgspec"),
        ({"msgspec": "no_such_module"}, State.BROKEN, "--force-reinstall"),
    ],
)
def test_an_extra_is_there_absent_or_broken(
    monkeypatch: pytest.MonkeyPatch, modules: dict[str, str], state: State, said: str
) -> None:
    monkeypatch.setattr(checks, "EXTRAS", {"probe": Extra("something", modules)})
    (check,) = checks.optional_parts()
    assert check.state is state
    assert said in f"{check.value} {check.hint}"


def test_a_tokenizer_that_counts_wrong_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert next(checks.counting()).state is State.OK
    monkeypatch.setattr(checks, "SAMPLE", ("Hello, world", [1, 2, 3]))
    assert next(checks.counting()).state is State.BROKEN


def test_loops_in_plain_python_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHELENS_NO_NUMBA", "1")
    assert "plain Python" in list(checks.counting())[1].value


def test_every_extra_of_the_distribution_has_its_row() -> None:
    pyproject = REPOSITORY / "pyproject.toml"
    if not (REPOSITORY / "src").is_dir():
        pytest.skip("only the installed package is here")
    extras = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS) == set(extras) - FOR_US
    named = {name: {line.split(">")[0].split("[")[0] for line in lines} for name, lines in extras.items()}
    assert {name: set(extra.modules) for name, extra in EXTRAS.items()} == {name: named[name] for name in EXTRAS}


def test_libraries_that_are_needed_and_missing_are_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["msgspec>=0.19", "no-such-library>=1", 'pyarrow; extra == "parquet"']
    monkeypatch.setattr(metadata, "requires", lambda _name: lines)
    needed, missing = checks.libraries()
    assert needed.value.startswith("msgspec ")
    assert (missing.state, missing.value) == (State.BROKEN, "no-such-library")
