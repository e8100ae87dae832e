"""Pages read alike on a code host and as a site."""

from types import SimpleNamespace
from typing import Any

import pytest

from scripts.site import on_config, on_page_markdown


def moved(markdown: str, uri: str) -> str:
    page: Any = SimpleNamespace(file=SimpleNamespace(src_uri=uri))
    nothing: Any = None
    return on_page_markdown(markdown, page=page, config=nothing, files=nothing)


def navigation(*entries: object) -> list[Any]:
    config: Any = SimpleNamespace(nav=list(entries))
    return on_config(config).nav or []


def test_a_pattern_in_the_navigation_stands_for_pages_with_the_list_in_front() -> None:
    nested = {"Reference": [{"Budgets": "rules/B*.md"}, {"Why": "README.md"}]}
    pages = ["rules/B701.md", "rules/B702.md"]
    assert navigation(nested, "x.md") == [{"Reference": [{"Budgets": pages}, {"Why": "README.md"}]}, "x.md"]
    assert navigation("a.md", "rules/B*.md", "x.md") == ["a.md", *pages, "x.md"]
    assert navigation("rules/*.md")[:2] == ["rules/README.md", "rules/A601.md"]


def test_a_pattern_leaves_out_what_another_entry_names() -> None:
    assert navigation({"First": ["rules/B702.md"]}, "rules/B*.md") == [{"First": ["rules/B702.md"]}, "rules/B701.md"]


@pytest.mark.parametrize(
    ("uri", "before", "after"),
    [
        ("fleet.md", "[x](../fixtures/workloads/README.md)", "[x](repository/fixtures/workloads/README.md)"),
        ("commands/audit.md", "[x](../audit.md#in-ci)", "[x](../audit.md#in-ci)"),
        ("architecture.md", "[x](../CONTRIBUTING.md#style)", "[x](repository/CONTRIBUTING.md#style)"),
        ("repository/CHANGELOG.md", "[x](docs/versioning.md)", "[x](../versioning.md)"),
        ("README.md", "[x](https://example.org/a.md), [y](#here)", "[x](https://example.org/a.md), [y](#here)"),
        ("README.md", "[x](nowhere.md)", "[x](nowhere.md)"),
    ],
)
def test_links_lead_to_the_same_page_from_both(uri: str, before: str, after: str) -> None:
    assert moved(before, uri) == after
