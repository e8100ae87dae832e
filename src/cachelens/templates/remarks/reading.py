"""The door to the comments of all languages."""

from __future__ import annotations

import importlib
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

import msgspec

from cachelens.templates.remarks.base import Page, Remarks

_SCANNERS = {
    "jinja": "markup:jinja",
    "handlebars": "markup:handlebars",
    "html": "markup:html",
    "python": "code:python",
    "script": "code:script",
    "yaml": "yaml_text:yaml",
    "head": "yaml_text:head",
}


class Ways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How comments are written."""

    languages: dict[str, tuple[str, ...]]
    suffixes: dict[str, tuple[str, ...]]


def remarks_in(language: str, page: Page) -> Remarks:
    """Return the comments of a file in a language of the catalogue, in order. Never raises for bad content."""
    remarks = set()
    values: list[tuple[int, int]] = []
    known = ways()
    also = known.suffixes.get(PurePosixPath(page.name).suffix.lower(), ())
    for scanner in dict.fromkeys((*known.languages.get(language, ()), *also)):
        module, _, function = _SCANNERS[scanner].partition(":")
        found: Remarks = getattr(importlib.import_module(f"cachelens.templates.remarks.{module}"), function)(page)
        remarks.update(found.remarks)
        values += found.values
    return Remarks(sorted(remarks), values)


@cache
def ways() -> Ways:
    """Return how comments are written in each language."""
    import yaml

    text = resources.files("cachelens.templates").joinpath("comments.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Ways)
