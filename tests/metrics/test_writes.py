"""Which writes were never read again, worked out by hand."""

from pathlib import Path
from typing import Any

from tests.metrics.usage_log import call, measured


def unread(tmp_path: Path, *rows: dict[str, Any]) -> tuple[int, int] | None:
    found = measured(tmp_path, list(rows)).unread_writes
    return None if found is None else (found.unread_tokens, found.written_tokens)


def test_a_conversation_that_goes_on_reads_what_it_wrote_but_for_the_last_turn(tmp_path: Path) -> None:
    rows = [
        call(0, read=0, written=2000, session_id="a"),
        call(9, read=2000, written=500, session_id="a"),
        call(18, read=2500, written=300, session_id="a"),
    ]
    assert unread(tmp_path, *rows) == (300, 2800)


def test_what_is_written_anew_was_never_read(tmp_path: Path) -> None:
    """An entry that expired, or a clock at the top: the second request reads nothing and writes all again."""
    rows = [call(0, written=2000, session_id="a"), call(600, written=2100, session_id="a")]
    assert unread(tmp_path, *rows) == (4100, 4100)


def test_a_head_that_other_sessions_read_was_read(tmp_path: Path) -> None:
    rows = [
        call(0, read=0, written=2000, session_id="a", workload="w"),
        call(9, read=1500, written=500, session_id="b", workload="w"),
    ]
    assert unread(tmp_path, *rows) == (500 + 500, 2500)


def test_another_workload_or_model_reads_nothing_of_it(tmp_path: Path) -> None:
    rows = [
        call(0, read=0, written=2000, session_id="a", workload="w"),
        call(9, read=1500, session_id="b", workload="v"),
        call(10, read=1500, session_id="c", workload="w", model="claude-opus-5"),
    ]
    assert unread(tmp_path, *rows) == (2000, 2000)


def test_a_longer_old_entry_may_still_be_read(tmp_path: Path) -> None:
    """A side question at position 1,000 replaces what it covers, and the rest of the long entry is read later."""
    rows = [
        call(0, read=0, written=5000, session_id="a"),
        call(9, read=1000, written=200, session_id="a"),
        call(18, read=5000, written=0, session_id="a"),
    ]
    assert unread(tmp_path, *rows) == (200, 5200)


def test_without_sessions_nothing_is_claimed(tmp_path: Path) -> None:
    result = measured(tmp_path, [call(0, written=2000), call(9, read=2000)])
    assert result.unread_writes is None
    assert result.total.written_tokens == 2000
