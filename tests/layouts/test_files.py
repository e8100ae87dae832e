"""Layout files: what they do, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.errors import UsageError
from cachelens.layouts.files import layout, read_layout
from cachelens.layouts.moves import LAYOUTS
from cachelens.layouts.rewriting import Known, relay
from cachelens.prompts.trace import Trace
from tests.layouts.chats import Request, compiled, held, system, tool, user
from tests.traffic.chat import lines

FIXED = lines("fixed", 12)
GUIDE = lines("guide", 4)
ORDER = """
layout: my-order
workloads: "w*"
order:
  - tools sorted
  - system 2
  - system
  - system 1 value 1   # the clock
  - messages
  - Message 1 value 1
"""


def traffic() -> Trace:
    """A clock in the first of three system blocks, a value in the question, tools out of order."""
    made = tool('{"name": "b"}'), tool('{"name": "a"}')
    return compiled(
        [
            Request(
                60 * n,
                (
                    *made,
                    system(f"Time: 09:0{n}:00 sharp.\n{FIXED}"),
                    system(GUIDE),
                    system("Be brief."),
                    user(f"Case 7{n}1 now.\n{GUIDE}"),
                ),
                f"s{n}",
            )
            for n in range(3)
        ]
    )


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "order.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def texts(trace: Trace, request: int) -> list[str]:
    return [block.text for block in held(trace, request)]


def test_everything_goes_where_the_file_has_it(tmp_path: Path) -> None:
    chosen = layout(str(written(tmp_path, ORDER)))
    assert chosen.name == "my-order"
    done = relay(Known(traffic()), chosen)
    assert texts(done.trace, 1) == [
        '{"name": "a"}',
        '{"name": "b"}',
        GUIDE,
        f"Time: [see value 2] sharp.\n{FIXED}",
        "Be brief.",
        "[value 2] 09:01:00",
        f"Case [see value 3] now.\n{GUIDE}",
        "[value 3] 711",
    ]
    assert done.layouts["w"].sorted_tools
    assert [str(move.place) for move in done.layouts["w"].moves] == ["system 2", "system 1", "message 1"]


def test_what_is_not_named_stays_and_other_workloads_too(tmp_path: Path) -> None:
    known = Known(traffic())
    only = relay(known, read_layout(written(tmp_path, "order: [system 3, messages]")))
    assert texts(only.trace, 0)[2] == "Be brief."
    assert texts(only.trace, 0)[3:5] == texts(known.trace, 0)[2:4]
    assert only.layouts["w"].moves[0].slot == -1
    other = relay(known, read_layout(written(tmp_path, "order: [system 3, messages]\nworkloads: [x, y*]")))
    assert not other.layouts
    assert texts(other.trace, 0) == texts(known.trace, 0)


@pytest.mark.parametrize("order", ["system 1, messages", "system 9, messages", "system 2 value 1", "tools", ""])
def test_an_order_that_changes_nothing_is_told_as_such(tmp_path: Path, order: str) -> None:
    assert not relay(Known(traffic()), read_layout(written(tmp_path, f"order: [{order}]"))).layouts


def test_the_name_is_that_of_the_file_where_it_has_none(tmp_path: Path) -> None:
    assert layout(str(written(tmp_path, "order: [messages]"))).name == "order"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("order: [system 1, dogs]", "entry 2 of `order` cannot be read: 'dogs'"),
        ("order: [system 0]", "entry 1 of `order` cannot be read"),
        ("order: [system \u0661]", "entry 1 of `order` cannot be read"),
        ("order: [messages, message 2]", "entry 2 of `order` moves a message, which is history"),
        ("order: [message 1 value 1, messages]", "entry 1 of `order` moves a value of a message before"),
        ("order: [system 1, system 1 block 1]", "entry 2 of `order` names what entry 1 has named"),
        ("order: [system 1 value 2, tools]", "entry 2 of `order` stands where no request can have it"),
        ("order: [system 2 value 1, system 2]", "entry 2 of `order` names what entry 1 has named"),
        ("order: [messages, messages]", "entry 2 of `order` names what entry 1 has named"),
        ("order: [messages, system]", "entry 2 of `order` stands where no request can have it"),
        ("order: [7]", "Expected `str`, got `int`"),
        ("order: tools", "Expected `array`, got `str`"),
        ("order: [tools]\nsort: yes", "unknown field `sort`"),
        ("[tools]", "Expected `object`, got `array`"),
        ("", "Expected `object`, got `null`"),
        ("order: [tools]\nlayout: static-first", "a layout cannot be called 'static-first'"),
        ('order: [tools]\nlayout: "a\\e[31m"', "a layout cannot be called 'a\\x1b[31m'"),
        ("2024-99-99", "month must be in 1..12"),
        ("order: [", "while parsing"),
        ("a: &a [x]\norder: *a", "it refers to parts of itself"),
        ("order: " + "[" * 5000, "is not a layout file"),
        ("order: [tools]\n#" + "x" * 70_000, "more than 65,536 bytes"),
        ("!!python/object/apply:os.getcwd []", "is not a layout file"),
        (b"order: [\xff]", "is not a layout file"),
    ],
)
def test_what_cannot_be_used_is_named_with_file_and_entry(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        layout(str(path))
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "words"),
    [("upside-down", "there is no layout called"), ("/nowhere/a.yaml", "cannot read"), (".yaml", "there is no")],
)
def test_a_name_that_is_none(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        layout(name)
    assert caught.value.hint


def test_names_are_known() -> None:
    assert [layout(name).name for name in LAYOUTS] == list(LAYOUTS)
