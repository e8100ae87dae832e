"""Comments of Jinja, Handlebars and Markdown."""

from __future__ import annotations

import re

from cachelens.templates.remarks.base import Page, Remark, Remarks

_HTML = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=fence)|\Z)|<!--(?P<said>.*?)-->", re.DOTALL | re.MULTILINE
)
"""A fenced block, which is passed over, or a comment."""


def jinja(page: Page) -> Remarks:
    """Return the comments of a Jinja text, as far as it can be read."""
    from jinja2 import Environment, TemplateSyntaxError

    text = page.text
    found: list[Remark] = []
    position, opened = 0, 0
    try:
        for _, kind, value in Environment().lexer.tokeniter(text, None):  # noqa: S701  nothing is rendered
            at = text.find(value, position) if not text.startswith(value, position) else position
            position = at + len(value)
            if kind == "comment_begin":
                opened = at
            elif kind == "comment":
                found.append(Remark(opened, position, value))
            elif kind == "comment_end" and found:
                found[-1] = found[-1]._replace(end=at + len(value.rstrip()))
    except TemplateSyntaxError:
        pass
    return Remarks(found, [])


def handlebars(page: Page) -> Remarks:
    """Return the comments of a Handlebars or Mustache text."""
    from cachelens.templates.handlebars_scan import scan

    text = page.text
    tokens, _ = scan(text)
    tags = [token for token in tokens if token.kind == "!" and token.inner_end > token.inner_start]
    return Remarks([Remark(tag.start, tag.end, text[tag.inner_start : tag.inner_end]) for tag in tags], [])


def html(page: Page) -> Remarks:
    """Return the comments of a Markdown text outside fenced blocks."""
    found = [match for match in _HTML.finditer(page.text) if match["said"] is not None]
    return Remarks([Remark(match.start(), match.end(), match["said"]) for match in found], [])
