"""Parameter files and options: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.errors import UsageError
from cachelens.whatif.describing import load, of_options, part_of
from cachelens.whatif.parameters import Changes, Place, resized
from tests.whatif.scenes import traffic


def places(*parts: str) -> list[Place | None]:
    return [part.place for part in traffic(*parts).parts]


def test_parts_stand_where_their_kind_belongs() -> None:
    assert places("tools:100", "system:100", "user:10:user", "question:5:turn", "reminder:9") == [
        Place.TOOLS,
        Place.SYSTEM,
        Place.SYSTEM,
        Place.MESSAGES,
        Place.MESSAGES,
    ]
    assert places("clock:9:request:system", "document:9:request") == [Place.SYSTEM, Place.MESSAGES]


def test_a_part_is_read_from_an_option() -> None:
    part = part_of("clock:20:request:system")
    assert (part.name, part.tokens, part.changes, part.place) == ("clock", 20, Changes.REQUEST, Place.SYSTEM)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("system", "system"),
        ("system:", "system:"),
        (":10", ":10"),
        ("system:many", "'many'"),
        ("system:-5", "'-5'"),
        ("system:99999999999", "99999999999"),
        ("system:10:sometimes", "'sometimes'"),
        ("system:10:never:attic", "'attic'"),
        ("system:10:never:system:more", "more"),
        ("system:١٢", "system"),
    ],
)
def test_what_is_no_part_is_named_with_a_next_step(text: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        part_of(text)
    assert named in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        (("question:5:turn", "system:10:never:system"), "as they are sent"),
        (("a:5", "a:6"), "same name"),
        (("a:5:turn:system",), "added to the messages"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(parts: tuple[str, ...], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        traffic(*parts)


HEAD = "sessions_a_day: 10\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + "parts: []\n", "test.yaml:2"),
        (HEAD + "parts:\n  - {name: a, tokens: 5, colour: red}\n", "test.yaml:3"),
        ("sessions_a_day: 0\nparts: [{name: a, tokens: 5}]\n", "test.yaml:1"),
        (HEAD + "parts: [{name: a, tokens: 5}]\nturns: 0\n", "turns"),
        (HEAD + "parts: [{name: a, tokens: {shape: uniform, least: 9, most: 5}, changes: turn}]\n", "least"),
        (HEAD + "parts: [{name: a, tokens: {shape: exponential, mean: 5}}]\n", "one length"),
        (HEAD + "parts: [{name: a, tokens: 99999999}]\n", "10,000,000"),
        (
            HEAD + "users: 1000000000\nparts: [{name: a, tokens: 5, changes: user}]\n",
            "users: up to 10,000,000, not 1,000,000,000",
        ),
        (HEAD + "turns: {shape: weights, values: [1], weights: [1, 2]}\nparts: [{name: a, tokens: 5}]\n", "turns"),
        ("- a\n", "test.yaml:1"),
        ("sessions_a_day: [\n", "not valid YAML"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_file_and_place(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "test.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert "test.yaml" in caught.value.message
    assert named in caught.value.message
    assert caught.value.hint


def test_fixed_parts_are_resized_in_proportion_and_to_the_token() -> None:
    given = resized(traffic("tools:100", "system:200", "profile:50:user", "question:5:turn"), 1000)
    assert [part.tokens for part in given.parts] == [333, 667, 50, 5]
    with pytest.raises(UsageError, match="no part stays the same"):
        resized(traffic("question:5:turn"), 1000)


def test_the_shipped_files_can_be_read(fixtures: Path) -> None:
    files = sorted((fixtures / "whatif").glob("*.yaml"))
    assert files
    assert all(load(path).parts for path in files)


@pytest.mark.parametrize("sessions", [0, -1, 2_000_000_000])
def test_traffic_that_cannot_be_is_not_blamed_on_a_part(sessions: float) -> None:
    with pytest.raises(UsageError, match="sessions a day: above 0 and up to 1,000,000,000") as caught:
        of_options(sessions_a_day=sessions, turns=1, gap_s=1, users=1, parts=["system:10:never"], output=1)
    assert "--part" not in str(caught.value)
