"""Files are written as a whole, over what was read and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from cachelens.fixes.plan import by_template
from cachelens.fixes.run import fix_files, with_fixable
from cachelens.fixes.writing import NotWrittenError, write
from cachelens.model.fix import FixResult
from cachelens.model.template import PromptTemplate
from cachelens.templates.reading import discover, parse_text
from tests.fixes.judging import every_value

BAD = "It is {{ now() }}.\n\nBe kind and\ndo not sing.\n"
GOOD = "Be kind and\ndo not sing.\n\nIt is {{ now() }}.\n"


def run(folder: Path, *, writing: bool = True, paths: Iterable[Path] = ()) -> FixResult:
    found = discover([str(path) for path in paths] or [str(folder)])
    return fix_files(found, [folder], by_template(every_value("V101")), writing=writing)


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    page = tmp_path / "system.jinja2"
    page.write_text(BAD)
    page.chmod(0o640)
    result = run(tmp_path)
    assert page.read_text() == GOOD
    assert page.stat().st_mode & 0o777 == 0o640
    assert (result.findings, result.fixed, result.written) == (1, 1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["system.jinja2"]


def test_nothing_is_written_when_only_looking(tmp_path: Path) -> None:
    page = tmp_path / "system.jinja2"
    page.write_text(BAD)
    result = run(tmp_path, writing=False)
    assert page.read_text() == BAD
    assert result.files[0].after == GOOD.encode()
    assert not result.written


def test_a_file_that_changed_in_the_meantime_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "system.jinja2"
    page.write_text("changed")
    with pytest.raises(NotWrittenError, match="in the meantime"):
        write(page, b"read", b"fixed", [tmp_path])
    assert page.read_text() == "changed"
    assert [path.name for path in tmp_path.iterdir()] == ["system.jinja2"]


def test_a_read_only_file_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    first, second = tmp_path / "a_system.jinja2", tmp_path / "b_system.jinja2"
    first.write_text(BAD)
    second.write_text(BAD)
    first.chmod(0o444)
    result = run(tmp_path)
    assert (first.read_text(), second.read_text()) == (BAD, GOOD)
    (problem,) = result.problems
    assert problem.location.path == first.as_posix()
    assert "may only be read" in problem.message


def test_a_link_out_of_the_folders_is_not_written_through(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    target = outside / "system.jinja2"
    target.write_text(BAD)
    link = inside / "system.jinja2"
    link.symlink_to(target)
    assert run(inside).files == ()
    result = run(inside, paths=[link])
    assert result.files == ()
    assert "leads out" in result.problems[0].message
    assert target.read_text() == BAD


def test_a_link_within_the_folders_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "real_system.jinja2"
    target.write_text(BAD)
    link = tmp_path / "system.jinja2"
    link.symlink_to(target)
    run(tmp_path)
    assert link.is_symlink()
    assert target.read_text() == GOOD


def test_a_file_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    page = tmp_path / "system.jinja2"
    page.write_bytes(b"It is {{ now() }}.\xff")
    assert run(tmp_path).files == ()


def test_a_patch_is_not_made_of_what_is_no_utf8(tmp_path: Path) -> None:
    page = tmp_path / "system.jinja2"
    page.write_bytes(BAD.encode("utf-16"))
    assert "UTF-16" in run(tmp_path, writing=False).problems[0].message
    run(tmp_path)
    assert page.read_text("utf-16") == GOOD


def test_an_included_file_is_mended_as_itself(tmp_path: Path) -> None:
    (tmp_path / "main_system.jinja2").write_text("{% include 'part_system.jinja2' %}\n\nBe kind and\nquiet.\n")
    part = tmp_path / "part_system.jinja2"
    part.write_text(BAD)
    run(tmp_path)
    assert part.read_text() == GOOD


def test_findings_that_a_safe_fix_mends_are_marked(tmp_path: Path) -> None:
    (tmp_path / "system.jinja2").write_text(BAD)
    (tmp_path / "other_system.jinja2").write_text("You are a porter. " + BAD)
    found, judge = discover([str(tmp_path)]), every_value("V101")
    templates: list[PromptTemplate] = []
    for file in found:
        templates += parse_text(file.path.read_text(), file.path, name=file.name, language="jinja2").templates
    findings = [finding for template in templates for finding in judge(template)]
    marked = with_fixable(findings, found, [tmp_path], by_template(judge))
    assert [finding.fixable for finding in marked] == [False, True]


def test_mixed_line_ends_are_made_alike(tmp_path: Path) -> None:
    from cachelens.app import audit, fix

    page = tmp_path / "a.hbs"
    page.write_bytes(b"Be kind.  \r\nDo not sing.\nTo {{guest}}.\r\n")
    (finding,) = [finding for finding in audit([str(page)]).findings if finding.rule == "F206"]
    assert (finding.location.line, finding.fixable) == (2, True)  # type: ignore[union-attr]
    fix([str(page)])
    assert page.read_bytes() == b"Be kind.  \nDo not sing.\nTo {{guest}}.\n"
    alike = b"Be kind.\r\nTo {{guest}}.\r\n"
    page.write_bytes(alike)
    fix([str(page)], unsafe=True)
    assert page.read_bytes() == alike
