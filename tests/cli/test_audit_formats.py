"""Every form of a real audit, from the command line to what its reader checks."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import xmlschema

from cachelens.catalog import load_catalog
from cachelens.cli.audit import Format
from cachelens.cli.main import run as command

TEMPLATES = "fixtures/templates"
DATA = Path(__file__).parents[1] / "data"


def audit(output: Path, form: str, *more: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        command(["audit", TEMPLATES, "--format", form, "-o", str(output), *more])
    return int(stop.value.code or 0), output.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", [form.value for form in Format])
def test_the_form_does_not_change_the_exit_code(form: str, tmp_path: Path) -> None:
    assert audit(tmp_path / "out", form)[0] == 0
    assert audit(tmp_path / "out", form, "--fail-on", "info")[0] == 1


def test_sarif_of_a_real_audit_is_valid_and_lists_the_catalogue(tmp_path: Path) -> None:
    document = json.loads(audit(tmp_path / "out", "sarif")[1])
    jsonschema.Draft4Validator(json.loads((DATA / "sarif-2.1.0.json").read_text(encoding="utf-8"))).validate(document)
    (run,) = document["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(load_catalog("rules").ids)
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert Path(place["artifactLocation"]["uri"]).is_file()
        assert len(Path(place["artifactLocation"]["uri"]).read_bytes().splitlines()) >= place["region"]["startLine"]


def test_junit_of_a_real_audit_is_valid_and_holds_every_rule(tmp_path: Path) -> None:
    _, text = audit(tmp_path / "out", "junit")
    xmlschema.XMLSchema(str(DATA / "junit-10.xsd")).validate(text)
    assert [identifier for identifier in load_catalog("rules").ids if f'"cachelens.{identifier}"' not in text] == []


def test_json_of_a_real_audit_is_valid(tmp_path: Path) -> None:
    schema = json.loads(Path("docs/schemas/audit.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(audit(tmp_path / "out", "json")[1]))
