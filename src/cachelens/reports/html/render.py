"""Renders a document as one HTML file: no network, no script from elsewhere, nothing that a log could inject.

Text is escaped by the templates; a policy in the page lets only its own style and script through, by their hashes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources

import jinja2
from markupsafe import Markup

from cachelens.reports.base import ReportOptions
from cachelens.reports.document.blocks import Block, Chart, Document, Missing
from cachelens.reports.document.results import Results
from cachelens.reports.document.sections import document
from cachelens.reports.escaping import json_text, visible
from cachelens.reports.html.drawing import EXTRA, can_draw, draw

_ASSETS = "cachelens.reports.html"


class ReportHtml:
    """One page for people."""

    id = "report-html"

    def render(self, result: Results, options: ReportOptions) -> str:
        """Return the whole page."""
        return page(document(result))


def page(report: Document, *, charts: bool | None = None) -> str:
    """Return a document as a page; `charts` False leaves their tables only, as without the library that draws."""
    drawn = can_draw() if charts is None else charts
    style, script = _asset("page.css"), _asset("page.js")
    return (
        _templates()
        .get_template("page.html.jinja2")
        .render(
            report=report,
            style=Markup(style),  # noqa: S704  ours
            script=Markup(script),  # noqa: S704  ours
            policy=(
                f"default-src 'none'; base-uri 'none'; form-action 'none'; "
                f"style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'"
            ),
            no_charts=None
            if drawn
            else Missing(why="charts are not drawn, for the part that draws is not installed", how=EXTRA),
            drawing=_drawing if drawn else None,
            kind=_kind,
        )
    )


def _kind(block: Block) -> str:
    return type(block).__name__


def _drawing(chart: Chart) -> Markup:
    return Markup(draw(chart.spec, f"{chart.title}. {chart.says}"))  # noqa: S704  shapes and escaped text only


def _shown(text: str) -> str:
    """Return text from anywhere with controls and direction marks made visible."""
    return visible(json_text(text))


@functools.cache
def _asset(name: str) -> str:
    return resources.files(_ASSETS).joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: _shown(value) if type(value) is str else value,
    )
    environment.filters["shown"] = _shown
    return environment
