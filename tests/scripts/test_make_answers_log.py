"""The log of questions that only look alike is the one that its script writes."""

from scripts.make_answers_log import TARGET, lines


def test_the_shipped_log_is_what_the_script_writes() -> None:
    """If this fails, run `python -m scripts.make_answers_log` and look at the difference."""
    assert TARGET.read_text(encoding="utf-8") == "\n".join(lines()) + "\n"


def test_it_stays_small() -> None:
    assert TARGET.stat().st_size < 1_300_000
