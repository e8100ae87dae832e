"""The trace that ships is the one that its script writes."""

from __future__ import annotations

from scripts.make_fixture_trace import TARGET, rows, text


def test_the_shipped_trace_is_what_the_script_writes() -> None:
    """If this fails, run `python -m scripts.make_fixture_trace` and look at the difference."""
    assert TARGET.read_text(encoding="utf-8") == text()


def test_a_turn_goes_on_from_its_parent() -> None:
    """All full blocks of a prompt stand at the front of the next turn's."""
    found = {row["chat_id"]: row for row in rows()}
    for row in found.values():
        parent = found.get(row["parent_chat_id"])
        if parent is None:
            continue
        full = int(str(parent["input_length"])) // 16
        ids, before = row["hash_ids"], parent["hash_ids"]
        assert isinstance(ids, list)
        assert isinstance(before, list)
        assert ids[:full] == before[:full]
