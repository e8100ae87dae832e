"""The pages of the documentation are transcripts too, complete, and linked to what exists."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.test_readme import README, REPOSITORY, Block, Case, blocks, cases, run_case

DOCS = REPOSITORY / "docs"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
OPTION = re.compile(r"--[a-z][a-z-]+")
FROM_TYPER = {"--help", "--install-completion", "--show-completion"}
WHOLE = (REPOSITORY / "src").is_dir()
NUMBERED = re.compile(r"\d{4}-[a-z0-9-]+\.md")

NOTHING = Block("", "", "", 0)
BLOCKS = [
    pytest.param(case, id=f"{name}-line{case.line}")
    for name, text in PAGES.items()
    for case in cases(blocks(text) or [NOTHING])
]


@pytest.mark.parametrize("case", BLOCKS)
def test_the_pages_tell_the_truth(case: Case) -> None:
    run_case(case)


def test_every_command_block_says_what_becomes_of_it() -> None:
    silent = [
        f"{name}:{block.line}"
        for name, text in PAGES.items()
        for block in blocks(text)
        if block.language == "bash" and block.mark != "run" and not block.mark.startswith("skip: ")
    ]
    assert silent == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_no_link_between_pages_leads_nowhere(page: Path) -> None:
    """Links out of `docs/` are looked at where the rest of the repository is."""
    targets = [(page.parent / target).resolve() for target in LINK.findall(page.read_text(encoding="utf-8"))]
    looked_at = [target for target in targets if WHOLE or target.is_relative_to(DOCS)]
    assert [target for target in looked_at if not target.exists()] == []


@pytest.mark.parametrize(
    "command",
    [
        "audit",
        "simulate",
        "whatif",
        "fleet",
        "metrics",
        "layers",
        "compile",
        "explain-miss",
        "diff",
        "pricing list",
        "pricing show",
        "pricing check",
        "init",
        "doctor",
        "report",
    ],
    ids=lambda name: name,
)
def test_every_option_is_documented(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cachelens", *command.split(), "--help"], capture_output=True, text=True, check=True
    )
    text = "\n".join([README.read_text(encoding="utf-8"), *PAGES.values()])
    offered = set(OPTION.findall(done.stdout)) - FROM_TYPER
    assert sorted(option for option in offered if not re.search(rf"`{option}\b|\s{option}\b", text)) == []


def test_every_format_has_a_section() -> None:
    from cachelens.catalog import load_catalog

    headings = re.findall(r"^## (\w+)$", PAGES["formats"], re.MULTILINE)
    assert [name for name in load_catalog("sources").ids if name not in headings] == []


def test_every_field_that_can_be_mapped_is_named() -> None:
    from cachelens.sources.names import MAPPABLE

    section = PAGES["formats"].split("### Exports with other names")[1].split("###")[0]
    assert [name for name in MAPPABLE if f"`{name}`" not in section] == []


def test_every_setting_is_named_and_the_example_is_one() -> None:
    from cachelens.config.loading import load
    from cachelens.config.settings import Settings

    page = PAGES["configuration"]
    table = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    assert table == set(Settings.__struct_encode_fields__)
    (example,) = (block.body for block in blocks(page) if block.language == "toml")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cachelens.toml")
        path.write_text(example, encoding="utf-8")
        settings = load(path).settings
    assert [name for name in Settings.__struct_fields__ if not getattr(settings, name)] == []


def test_every_layout_and_every_place_for_a_mark_is_named() -> None:
    from cachelens.layouts.moves import LAYOUTS
    from cachelens.layouts.policies import POSITIONS

    assert [name for name in LAYOUTS if f"| `{name}` |" not in PAGES["layouts"]] == []
    assert [row for row in POSITIONS.values() if f"| `{row.name}` | {row.summary} |" not in PAGES["simulate"]] == []


def test_the_layout_file_of_the_page_can_be_read(tmp_path: Path) -> None:
    from cachelens.layouts.files import read_layout

    (example,) = (block.body for block in blocks(PAGES["layouts"]) if block.language == "yaml")
    path = tmp_path / "order.yaml"
    path.write_text(example)
    assert read_layout(path).name == "support-order"


@pytest.mark.parametrize(
    ("name", "section"), [("limits", "## How far off it has been"), ("README", "**How far to trust it.**")]
)
def test_measured_errors_are_those_of_the_validation(name: str, section: str) -> None:
    """What is quoted is measured anew from time to time."""
    quoted = re.findall(r"\d[\d,]*\.?\d*%?", PAGES[name].split(section)[1].split("\n## ")[0].split("**Where")[0])
    measured = set(re.findall(r"\d[\d,]*\.?\d*%?", PAGES["validation"]))
    assert [figure for figure in quoted if len(figure) > 2 and figure not in measured] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (DOCS / "decisions").iterdir())
    assert all(map(NUMBERED.fullmatch, names))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
