"""A real, headless Chromium, and pages in it that report whatever they do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cachelens.cli.browser import VARIABLE, find_browser
from cachelens.reports.document.sections import document
from cachelens.reports.html.render import page as rendered
from tests.reports.document.samples import results

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
Visit = Callable[..., "Page"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; tests are skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")
    pytest.importorskip("vl_convert", reason="charts need the extra `report`")
    program = find_browser()
    if program is None:
        pytest.skip(f"no Chromium on the path, and {VARIABLE} names none")
    with api.sync_playwright() as running:
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = running.chromium.launch(executable_path=program, args=[*QUIET, *(["--no-sandbox"] if root else [])])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the shared samples, which are hostile."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(rendered(document(results())), encoding="utf-8")
    return path


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a file in a context of its own; at the end nothing may have failed, been loaded or popped up."""
    seen: list[str] = []
    opened = []

    def call(path: Path, **settings: Any) -> Page:  # noqa: ANN401  those of playwright
        context = chromium.new_context(**settings)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("dialog", lambda dialog: seen.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: seen.append(request.url))
        page.goto(path.as_uri())
        seen.remove(path.as_uri())
        return page

    yield call
    for context in opened:
        context.close()
    assert [what for what in seen if not what.startswith("blob:")] == []
