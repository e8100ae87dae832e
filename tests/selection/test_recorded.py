"""Recorded conversations among templates, and inputs with nothing in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachelens.app import audit
from cachelens.config.loading import load
from cachelens.model.audit import AuditResult

ANSWERED = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "On its way."}]
PROMPT = [{"role": "system", "content": "You serve {{ tenant }}."}, {"role": "user", "content": "{{ question }}"}]


def judged(folder: Path, **files: object) -> AuditResult:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    return audit([str(folder)])


def codes(result: AuditResult) -> list[str]:
    return [problem.code for problem in result.problems]


def test_recorded_conversations_are_no_templates(tmp_path: Path) -> None:
    """A list that ends with an answer, and an exchange as a log keeps it, whatever stands in braces there."""
    usage = {"prompt_tokens": 9, "completion_tokens": 3}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Use {x}."}}
    exchange = {"request": {"model": "gpt-4o", "messages": PROMPT}, "response": {"choices": [choice], "usage": usage}}
    result = judged(tmp_path, chat_one={"input": ANSWERED[:1], "output": ANSWERED[1:]}, chat_two=exchange)
    assert (result.files, result.templates) == (0, 0)
    assert codes(result) == ["looks-like-a-log"]
    assert "2 files look like logs" in result.problems[0].message
    assert "--traffic" in result.problems[0].message


@pytest.mark.parametrize(
    "content",
    [PROMPT, {"model": "gpt-4o", "messages": PROMPT}, [*PROMPT, *ANSWERED[1:]], {"system_prompt": "Be kind to all."}],
    ids=["messages", "request", "primed answer", "named and fixed"],
)
def test_a_template_in_json_stays_one(tmp_path: Path, content: object) -> None:
    result = judged(tmp_path, chat=content, prompts=PROMPT)
    assert (result.files, codes(result)) == (2, [])


def test_nothing_to_look_at_is_explained(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    folder.mkdir()
    (problem,) = audit([str(folder)]).problems
    assert problem.location.path == str(folder)
    assert "no template, source or log was found" in problem.message


def test_an_excluded_file_that_is_named_is_explained(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ x }}", encoding="utf-8")
    (tmp_path / "cachelens.toml").write_text('exclude = ["a.j2"]\n', encoding="utf-8")
    result = audit([str(tmp_path / "a.j2")], configuration=load(tmp_path / "cachelens.toml"))
    (problem,) = result.problems
    assert (problem.code, problem.location.path) == ("nothing-found", str(tmp_path / "a.j2"))
    assert "excluded by the configuration" in problem.message
