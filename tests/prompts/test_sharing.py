"""What a trace that is given to others still tells."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.prompts import container, parquet
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.sharing import Keys, salted, without_text
from cachelens.prompts.trace import Trace
from tests.prompts.records import chat, contents, lengths, names

SECRETS = ("secret", "alice", "acme", "req_77", "merger", "thread", "cached")
RULES = "\n".join(f"Rule {n} is a secret of the house, so tell nobody about it." for n in range(20))


def telling() -> Trace:
    """A trace with a secret in every place that can hold one."""
    builder = TraceBuilder(keep_text=True)
    more = {"session": "alice-1", "tenant": "acme", "cache_key": "thread-acme", "cache_object": "cached/alice"}
    builder.add(chat(1, RULES, "secret text", request_id="req_77", workload="acme-merger", **more), 0)
    builder.add(chat(2, RULES, "secret text", request_id="req_778"), 0)
    builder.add(lengths(3, 70, request_id="req_779"), 1)
    paths = ["/home/alice/acme.jsonl", "merger.csv"]
    meta = {
        "inputs": [{"path": path, "format": "api_jsonl", "lines": 2, "requests": 1, "duplicates": 0} for path in paths],
        "skips": [{"path": paths[0], "reason": "not valid JSON", "lines": 1, "first_line": 9}],
    }
    return finish(builder, paths, meta=meta)


@pytest.mark.parametrize("name", ["t.trace", "t.parquet"])
def test_a_salted_trace_names_nobody(tmp_path: Path, name: str) -> None:
    plain, path = telling(), tmp_path / name
    module = parquet if name.endswith("parquet") else container
    module.save(salted(plain, "pepper"), path)
    trace = module.load(path)
    told = path.read_bytes() + repr(contents(trace)).encode()
    assert [word for word in SECRETS if word.encode() in told] == []
    assert trace.meta["salted"] is True


def test_a_salt_changes_names_and_content_hashes_only() -> None:
    plain, keyed = telling(), salted(telling(), "pepper")
    before, after = contents(without_text(plain)), contents(keyed)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"strings", "files", "meta", "segments.digest", "request_ids.text", "request_ids.start"}
    kept = {name for name in plain.strings if plain.strings[name] == keyed.strings[name]}
    assert kept == {"model", "provider", "platform", "modifiers"}


def test_a_given_workload_is_keyed_and_an_inferred_one_stays() -> None:
    given_name, inferred, lone = names(telling(), "workload")
    assert names(salted(telling(), "pepper"), "workload") == [Keys("pepper").name(given_name), inferred, lone]
    assert inferred.startswith("system-")


def test_equal_names_stay_equal_and_others_apart() -> None:
    keyed = salted(telling(), "pepper")
    inputs, skips = keyed.meta["inputs"], keyed.meta["skips"]
    assert isinstance(inputs, list)
    assert isinstance(skips, list)
    assert [row["path"] for row in inputs] == list(keyed.files)
    assert skips[0]["path"] == keyed.files[0]
    assert len(set(keyed.request_ids)) == 3


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_character_of_a_salt_counts(a: str, b: str) -> None:
    head = "s" * 64
    assert (Keys(head + a).name("x") == Keys(head + b).name("x")) == (a == b)
    assert (Keys(a).name("x") == Keys(b).name("x")) == (a.rstrip("\0") == b.rstrip("\0"))


def test_text_can_be_left_out_later() -> None:
    trace = without_text(telling())
    assert (len(trace.segments.text), len(trace.segments.text_start)) == (0, 0)
    assert without_text(trace) is trace
    assert len(telling().segments.text) > 0
