"""The laws of fixes on the real templates of eight projects, with every value taken for a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.fixes.laws import lines, names
from cachelens.fixes.plan import Planner, by_template
from cachelens.model.template import PromptTemplate
from cachelens.templates.reading import Found, discover, parse_raw
from tests.fixes.judging import every_value

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def found(real_data: Path) -> list[Found]:
    folder = real_data / "templates"
    if not folder.is_dir():
        pytest.skip("no real templates")
    return discover([str(folder)])


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("rule", ["V101", "V106"])
def test_fixed_templates_hold_the_same_and_are_fixed_once(
    found: list[Found], real_data: Path, rule: str, unsafe: bool
) -> None:
    judge = every_value(rule)
    planner = Planner(by_template(judge), [real_data / "templates"])
    changed = 0
    for file in found:
        data = file.path.read_bytes()
        fixed = planner.fix(file, data, unsafe=unsafe).file
        assert (fixed.after == data) == (not fixed.applied)
        if not fixed.applied:
            continue
        changed += 1
        assert planner.fix(file, fixed.after, unsafe=unsafe).file.after == fixed.after
        before, after = (parsed(file, text, real_data / "templates") for text in (data, fixed.after))
        assert [names(one) for one in before] == [names(one) for one in after]
        assert sum(len(list(judge(one))) for one in after) <= sum(len(list(judge(one))) for one in before)
        if {step.fix for step in fixed.applied} == {"static-first"}:
            assert [lines(one) for one in before] == [lines(one) for one in after]
    assert changed or not unsafe


def parsed(file: Found, data: bytes, root: Path) -> tuple[PromptTemplate, ...]:
    text = data.decode("utf-8-sig")
    return parse_raw(text, file.path, [root], name=file.name, language=file.language).templates
