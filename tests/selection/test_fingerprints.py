"""What a finding is known by: the same as long as it is the same finding."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.model.finding import Finding, Severity
from cachelens.selection.fingerprints import fingerprinted
from cachelens.selection.texts import Texts
from tests.selection.samples import CLOCK, RULES, audited, in_traffic, written


def marks(path: Path, text: str, root: Path | None = None) -> list[str]:
    path.write_text(text, encoding="utf-8")
    return [finding.fingerprint for finding in audited(path, root=root or path.parent).findings]


def of(*findings: Finding) -> list[str]:
    return [finding.fingerprint for finding in fingerprinted(findings, Texts(Path()))]


def test_it_stays_when_other_lines_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "a.jinja2"
    (before,) = marks(path, CLOCK + RULES)
    assert marks(path, "Hello.\n\n" + CLOCK + "More.\n" + RULES + "The end.\n") == [before]
    assert marks(path, "  It  is {{ now() }}.  \n" + RULES) == [before]


def test_it_changes_with_its_line_its_rule_and_its_file(tmp_path: Path) -> None:
    (one,) = marks(tmp_path / "a.jinja2", CLOCK + RULES)
    (line,) = marks(tmp_path / "a.jinja2", CLOCK.replace("It is", "Now:") + RULES)
    (rule,) = marks(tmp_path / "a.jinja2", CLOCK.replace("now()", "uuid4()") + RULES)
    (file,) = marks(tmp_path / "b.jinja2", CLOCK + RULES)
    assert len({one, line, rule, file}) == 4


def test_equal_lines_are_numbered_from_the_top(tmp_path: Path) -> None:
    (one,) = marks(tmp_path / "a.jinja2", CLOCK + RULES)
    several = audited(written(tmp_path, "a.jinja2", CLOCK * 3 + RULES), root=tmp_path).findings
    by_line = sorted(several, key=lambda finding: finding.location.line)  # type: ignore[union-attr]
    assert len({finding.fingerprint for finding in several}) == 3
    assert by_line[0].fingerprint == one


def test_two_checkouts_and_any_working_directory_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for checkout in ("one", "two"):
        root = tmp_path / checkout
        path = written(root, "prompts/a.jinja2", CLOCK + RULES)
        for folder in (root, root / "prompts", tmp_path):
            monkeypatch.chdir(folder)
            for name in (path, Path(os.path.relpath(path))):
                found |= {finding.fingerprint for finding in audited(name, root=root).findings}
    assert len(found) == 1


def test_it_says_nothing_of_the_content(tmp_path: Path) -> None:
    (mark,) = marks(tmp_path / "a.jinja2", CLOCK + RULES)
    assert len(mark) == 24
    int(mark, 16)


def test_in_traffic_tokens_costs_and_words_do_not_count() -> None:
    one = in_traffic("help")
    other = msgspec.structs.replace(
        in_traffic("help", token=900), message="else", stranded_tokens=3, severity=Severity.LOW, samples=("x",)
    )
    assert of(one) == of(other)
    assert of(one) != of(in_traffic("other"))
    assert of(one) != of(in_traffic("help", "system 2"))
    assert of(one) != of(in_traffic("help", rule="V102"))


names = st.text(max_size=4)


@given(
    st.lists(st.builds(in_traffic, names, names, st.integers(0, 9), st.sampled_from(["V101", "V102"]))), st.randoms()
)
def test_all_are_different_and_none_depends_on_the_others_order(found: list[Finding], chance: object) -> None:
    known = fingerprinted(found, Texts(Path()))
    assert [msgspec.structs.replace(one, fingerprint="") for one in known] == found
    assert len({one.fingerprint for one in known}) == len(found)
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = {one.fingerprint for one in fingerprinted(shuffled, Texts(Path()))}
    assert again == {one.fingerprint for one in known}
