"""`explain-miss` and `diff` as a shell sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from cachelens.cli.main import run as command

Run = Callable[..., tuple[int, str, str]]
WEEK = "fixtures/logs/week.jsonl"
SCHEMA = json.loads(Path("docs/schemas/explain.v1.json").read_text(encoding="utf-8"))
CLOCKED = "resp_818a131e29a117345e67e51ccd398a3ec03a9ec7"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            command(list(arguments))
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return call


EXPECTED = """\
Request #300 of 378, resp_818a131e29a117345e67e51ccd398a3ec03a9ec7,
  fixtures/logs/week.jsonl:304
handbook-qa, session session-219, gpt-5.2, 2026-11-13 07:04:21 UTC

diverged  Its content parts from the earlier request's before the end of what
  that one left in the cache. Yours to fix: it lies in what is sent.
  Request #286 left 1,024 tokens to be read; this one begins with 9 of them.

  tokens   read written plain input
  recorded    0       0 1,234 1,234
  replayed    0       0 1,234 1,234
  No earlier request to this model in the log shares enough of its beginning to
  be read.

Compared with #286, resp_347208756a9adbe938a5ef7de4cb11de0836d74e,
  fixtures/logs/week.jsonl:290 (same workload, 14.2 hours before): they share
  the first 9 tokens.
They part in system 1, at token 9.
  - line 1, column 15: clock, 19 characters -> 19 characters
  - line 2, column 10: id, 26 characters -> 26 characters
  - behind it, about 1,091 tokens stand in both all the same

Lost: 1,024 tokens of cache reads, $0.001613. Paid: 1,024 as plain input at
  1.75; reading is 0.175 USD per million (price gpt-5.2, checked 2026-11-23).
Do: move it behind the fixed text: to the end of the last user message. Rule
  V101: `cachelens rule V101`.
Replayed under the rules openai_pre55, checked 2026-11-23.
"""


def test_a_clock_in_the_shipped_week(run: Run) -> None:
    assert run("explain-miss", WEEK, CLOCKED) == (0, EXPECTED, "")
    assert run("explain-miss", WEEK, "week.jsonl:304")[1] == EXPECTED
    assert run("explain-miss", WEEK, "#300")[1] == EXPECTED


def test_values_on_request(run: Run) -> None:
    _, loud, _ = run("explain-miss", WEEK, CLOCKED, "--show-values")
    assert 'clock, "2026-11-1' in loud
    assert "    +" in loud


@pytest.mark.parametrize("name", ["#1", "#50", "#75", "#76", "#155", "#231", "#300"])
def test_json_follows_its_schema(run: Run, name: str) -> None:
    code, out, _ = run("explain-miss", WEEK, name, "--format", "json")
    assert code == 0
    jsonschema.validate(json.loads(out), SCHEMA)


def test_routing_in_the_shipped_week_is_the_providers(run: Run) -> None:
    """A body that is sent again within a minute and reads nothing reached another machine: see the log's page."""
    _, out, _ = run("explain-miss", WEEK, "#106", "--format", "json")
    document = json.loads(out)
    assert (document["cause"], document["advice"]["owner"]) == ("not-kept", "provider")
    assert document["loss"]["tokens"] == document["replayed"]["read"] == 1152


def test_markdown_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "miss.md"
    assert run("explain-miss", WEEK, CLOCKED, "--format", "markdown", "-o", str(target))[:2] == (0, "")
    assert target.read_text().startswith("### CacheLens: why request")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((WEEK, "msg_01ZxoXiYW5MAs6omCd7nftcX"), 2, "msg_01ZxoXiYW5MAs6omCd7nftcJ"),
        ((WEEK, "#379"), 2, "378"),
        ((WEEK, "week.jsonl:9999"), 2, "nearest lines"),
        ((WEEK, "\x1b[31m"), 2, "\\x1b"),
        (("nowhere.jsonl", "#1"), 3, "nowhere.jsonl"),
        ((WEEK, "#1", "--strict"), 4, "week.jsonl"),
    ],
)
def test_bad_input_ends_in_advice(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    ended, out, error = run("explain-miss", *arguments)
    assert (ended, out) == (code, "")
    assert words in error
    assert "\x1b" not in error


def test_diff_of_two_lines(run: Run) -> None:
    code, out, _ = run("diff", f"{WEEK}:290", f"{WEEK}:304")
    assert code == 0
    assert "They share the first 9 tokens. They part in system 1, at token 9." in out
    assert "Rule V101" in " ".join(out.split())
    assert "2026-11-1" not in out.replace("checked 2026-11-", "")
    assert run("diff", f"{WEEK}:290", f"{WEEK}:304", "--exit-code")[0] == 1
    assert run("diff", f"{WEEK}:290", f"{WEEK}:290", "--exit-code")[:2][0] == 0


def test_diff_as_json(run: Run) -> None:
    _, out, _ = run("diff", f"{WEEK}:290", f"{WEEK}:304", "--format", "json")
    document = json.loads(out)
    jsonschema.validate(document, SCHEMA)
    assert document["schema"] == "cachelens.diff/v1"
    assert [one["kind"] for one in document["difference"]["changes"]] == ["clock", "id"]


def test_diff_needs_one_request_in_each(run: Run) -> None:
    code, _, error = run("diff", WEEK, f"{WEEK}:304")
    assert code == 2
    assert "FILE:LINE" in error
    assert run("diff", "nowhere.json", f"{WEEK}:304")[0] == 3
    assert run("diff", f"{WEEK}:290", f"{WEEK}:304", "--model", "gpt-99")[0] == 2
