"""Settings from a file: where it is looked for, what it may say, and that a mistake is named with its line."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import jsonschema
import pytest

from cachelens.config.loading import find, load
from cachelens.config.schema import schema_document
from cachelens.config.settings import Settings, Target
from cachelens.errors import UsageError
from cachelens.model.finding import Severity

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "config.v1.json"
FULL = """\
select = ["V", "B701", "tools-reordered"]
ignore = ["V110"]
fail-on = "high"
paths = ["prompts"]
traffic = ["week.trace"]
exclude = ["vendor/"]
baseline = "known.json"

[severity]
V103 = "low"

[[targets]]
workload = "handbook-*"
target = 0.8

[[ignore-path]]
path = "prompts/old/"
rules = ["V"]
reason = "they go in March"

[[ignore-traffic]]
workload = "nightly-*"
rules = ["M410"]
reason = "a batch"
"""


def written(folder: Path, text: str, name: str = "cachelens.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    found = load(written(tmp_path, FULL.replace("tools-reordered", "time-before-fixed-text")))
    settings = found.settings
    assert settings.select == ("V", "B701", "time-before-fixed-text")
    assert settings.severity == {"V103": Severity.LOW}
    assert settings.targets == (Target(workload="handbook-*", target=0.8),)
    assert settings.ignore_path[0].reason == "they go in March"
    assert settings.ignore_traffic[0].workload == "nightly-*"
    assert found.root == tmp_path


def test_the_table_of_pyproject_says_the_same(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.cachelens]\nignore = ["V110"]\n[tool.cachelens.severity]\nV101 = "info"\n'
    found = load(written(tmp_path, text, "pyproject.toml"))
    assert found.settings == Settings(ignore=("V110",), severity={"V101": Severity.INFO})


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    written(tmp_path, 'fail-on = "low"\n')
    assert find(inner).settings.fail_on == "low"
    assert find(inner).root == tmp_path
    written(tmp_path / "a", "[tool.other]\nx = 1\n", "pyproject.toml")
    assert find(inner).root == tmp_path
    written(tmp_path / "a", '[tool.cachelens]\nfail-on = "high"\n', "pyproject.toml")
    assert find(inner).settings.fail_on == "high"
    written(tmp_path / "a", 'fail-on = "medium"\n')
    assert find(inner).settings.fail_on == "medium"


def test_nothing_outside_the_checkout_counts(tmp_path: Path) -> None:
    written(tmp_path, 'fail-on = "low"\n')
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    assert find(tmp_path / "checkout").file is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('# first\nselect = ["V"]\n\n# why\nselct = [\n  "V101",\n]\n', 5, "no key `selct`"),
        ('fail-on = "hgh"\n', 1, "fail-on: invalid enum value 'hgh'"),
        ('ignore = ["V101"]\nselect = "V"\n', 2, "select: expected `array`, got `str`"),
        ('[severity]\nV101 = "low"\nV102 = "hi"\n', 3, "severity.V102: invalid enum value 'hi'"),
        ('[severity]\nV101 = "low"\nV999 = "low"\n', 3, "no rule `V999`"),
        ('text = """\nselect = 1\n"""\n', 1, "no key `text`"),
        ('[[targets]]\nworkload = "a"\n\n[[targets]]\nworkload = "b"\ntarget = 70\n', 6, "target: expected `float`"),
        ('[[targets]]\nworkload = "a"\n[[targets]]\nworklod = "b"\n', 4, "no key `worklod`"),
        ('[[ignore-path]]\npath = "a"\nrules = ["V"]\n', 1, "missing required field `reason`"),
        ('[[ignore-path]]\npath = "a"\nrules = ["V"]\nreason = "  "\n', 4, "reason: it is blank"),
        ('[[ignore-traffic]]\nworkload = "a"\nrules = ["Q1"]\nreason = "x"\n', 3, "no rule `Q1`"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert says in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('selct = ["V"]\n', "Did you mean `select`?"),
        ('[[targets]]\nworkload = "a"\nred_line = 0.1\n', "Did you mean `red-line`?"),
        ('select = ["time-before-fixed-txt"]\n', "Did you mean `time-before-fixed-text`?"),
    ],
)
def test_the_nearest_name_is_offered(tmp_path: Path, text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, text))
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"select = [", "not valid TOML"), (b'x = "\xff"', "not UTF-8")],
    ids=["syntax", "encoding"],
)
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "cachelens.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=says):
        find(tmp_path)


def test_a_file_that_was_named_must_be_there_and_hold_settings(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="no table"):
        load(written(tmp_path, "[project]\n", "pyproject.toml"))
    with pytest.raises(UsageError, match="is no table"):
        load(written(tmp_path, "[tool]\ncachelens = 3\n", "pyproject.toml"))


def test_the_published_schema_is_the_one_in_use() -> None:
    """Rewrite with CACHELENS_UPDATE_SNAPSHOTS=1."""
    if os.environ.get("CACHELENS_UPDATE_SNAPSHOTS") == "1":
        SCHEMA.write_text(schema_document(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_the_schema_takes_what_the_reader_takes() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_document()))
    validator.validate(tomllib.loads(FULL))
    assert [error.message for error in validator.iter_errors({"selct": []})]
    assert [error.message for error in validator.iter_errors({"targets": [{"workload": "a", "target": 70}]})]
