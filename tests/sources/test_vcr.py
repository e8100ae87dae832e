"""Cassettes give their calls of models, whatever their bodies are packed in."""

import gzip
from pathlib import Path

import yaml

from cachelens.model.usage import Usage
from cachelens.sources.reading import discover
from cachelens.sources.vcr import SOURCE
from tests.sources.runs import read, read_lines, texts

CHAT = '{"model":"gpt-5.5","messages":[{"role":"user","content":"Hi"}]}'
ANSWER = b'{"id":"c1","usage":{"prompt_tokens":5,"completion_tokens":1}}'


def test_a_cassette_gives_its_calls(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/vcr/chat.yaml")
    assert [(r.line, r.model, r.provider, r.arrived_us, r.usage) for r in records] == [
        (1, "gpt-5.5", "openai", 1_791_187_200_000_000, Usage(uncached_input=8, cache_read=0, output=1)),
        (2, "claude-sonnet-5", "anthropic", None, Usage(uncached_input=3, cache_read=40, output=2)),
    ]
    assert [texts(record) for record in records] == [["Hi"], ["Hi"]]
    assert [(skip.line, skip.reason, skip.benign) for skip in skips] == [(3, "not a model call with a prompt", True)]


def test_bodies_of_bytes_are_unpacked() -> None:
    exchange = {
        "request": {"body": CHAT.encode(), "uri": "https://api.openai.com/v1/chat/completions", "method": "POST"},
        "response": {"body": {"string": gzip.compress(ANSWER)}, "status": {"code": 200}},
    }
    text = yaml.safe_dump({"interactions": [exchange]}).encode()
    (record,), _ = read_lines(SOURCE, text.splitlines())
    assert record.usage == Usage(uncached_input=5, output=1)


def test_what_is_no_yaml_costs_one_skip() -> None:
    records, (skip,) = read_lines(SOURCE, [b"interactions:", b"- {request: [", b""])
    assert (records, skip.reason) == ([], "not valid YAML")
    assert read_lines(SOURCE, [b"interactions: 5"]) == ([], [])
    _, skips = read_lines(SOURCE, [b"interactions:", b"- 5", b"- {request: 5}"])
    assert len(skips) == 2


def test_aliases_are_not_unfolded_without_end() -> None:
    bomb = [b"interactions:", b"- &a0 [x, x]", *(b"- &a%d [*a%d, *a%d]" % (n, n - 1, n - 1) for n in range(1, 40))]
    for lines in (bomb, [b"interactions:", b"- &a [*a]"]):
        records, (skip,) = read_lines(SOURCE, lines)
        assert (records, skip.reason) == ([], "aliases that unfold without end")


def test_a_cassette_is_known_by_its_first_key(fixtures: Path, tmp_path: Path) -> None:
    (opened,) = discover([str(fixtures / "sources/vcr/chat.yaml")])
    assert opened.format == "vcr"
    (tmp_path / "settings.yaml").write_text("a: 1\n")
    (other,) = discover([str(tmp_path)])
    assert other.skip is not None
    assert other.skip.benign
