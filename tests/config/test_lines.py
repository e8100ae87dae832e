"""Places in TOML."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from cachelens.config.lines import line_of

TEXT = '''\
# a comment with key = 1
name = "x" # key = 2

list = [
  1, # [table]
  2,
]
text = """
[table]
key = 3
"""

[table]
key = 4
inner = { deep = 5 }
"dotted.key" = 6
[[rows]]
key = 7
[[rows]]
key = 8
'''


def test_each_value_is_found_at_its_statement() -> None:
    places: dict[int, list[str | int]] = {
        2: ["name"],
        4: ["list", 1],
        8: ["text"],
        13: ["table"],
        14: ["table", "key"],
        15: ["table", "inner", "deep"],
        16: ["table", "dotted.key"],
        18: ["rows", 0, "key"],
        20: ["rows", 1, "key"],
    }
    assert {line: line_of(TEXT, path) for line, path in places.items()} == {line: line for line in places}


def test_what_is_not_there_is_told_at_what_is_around_it() -> None:
    assert line_of(TEXT, ["table", "missing"]) == 13
    assert line_of(TEXT, ["missing"]) == 1


@given(st.lists(st.text("abc", min_size=1, max_size=3), unique=True, min_size=1, max_size=6), st.data())
def test_blank_lines_and_comments_move_a_line_by_their_number(keys: list[str], data: st.DataObject) -> None:
    lines: list[str] = []
    expected: dict[str, int] = {}
    for key in keys:
        lines += data.draw(st.lists(st.sampled_from(["", "# x = 1", "   "]), max_size=3))
        expected[key] = len(lines) + 1
        lines += data.draw(
            st.sampled_from([[f"{key} = 1"], [f"{key} = [", " 1,", "]"], [f'{key} = """', "# y", '"""']])
        )
    text = "\n".join(lines) + "\n"
    assert set(tomllib.loads(text)) == set(keys)
    assert {key: line_of(text, [key]) for key in keys} == expected
