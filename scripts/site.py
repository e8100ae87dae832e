"""What MkDocs needs so that the pages read alike on a code host and as a site.

Patterns in the navigation stand for all pages that fit. Files outside of `docs/` that a page links to are part of the
site, below `repository/`, and links between all of them are put right; the pages themselves stay as they are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
DOCS = "docs"
OUTSIDE = "repository"
LISTED = ("CONTRIBUTING.md", "CHANGELOG.md")
"""Files outside of `docs/` that the navigation names."""
LINK = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?(\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put pages in place of patterns in the navigation."""
    config.nav = _expanded(config.nav, set(_named(config.nav)))
    return config


def _named(entry: Any) -> Iterator[str]:  # noqa: ANN401  a title, a pattern, or lists of them
    if isinstance(entry, str):
        yield entry
    for below in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
        yield from _named(below)


def _expanded(entry: Any, named: set[str]) -> Any:  # noqa: ANN401  the same
    if isinstance(entry, dict):
        return {title: _expanded(below, named) for title, below in entry.items()}
    if isinstance(entry, list):
        return [page for one in entry for page in (_pages(one, named) if _is_pattern(one) else [_expanded(one, named)])]
    return _pages(entry, named) if _is_pattern(entry) else entry


def _is_pattern(entry: object) -> bool:
    return isinstance(entry, str) and "*" in entry


def _pages(pattern: str, named: set[str]) -> list[str]:
    found = sorted((ROOT / DOCS).glob(pattern), key=lambda path: (path.name != "README.md", path.name))
    return [name for path in found if (name := path.relative_to(ROOT / DOCS).as_posix()) not in named]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages link to outside of `docs/`, and what that links to."""
    waiting = [f"{DOCS}/{file.src_uri}" for file in files.documentation_pages()] + list(LISTED)
    seen: set[str] = set()
    while waiting:
        source = waiting.pop()
        if source in seen:
            continue
        seen.add(source)
        if not source.startswith(f"{DOCS}/"):
            listed = InclusionLevel.INCLUDED if source in LISTED else InclusionLevel.NOT_IN_NAV
            files.append(File.generated(config, _uri(source), abs_src_path=str(ROOT / source), inclusion=listed))
        if source.endswith(".md"):
            waiting += [target for target in _targets(source) if not target.startswith(f"{DOCS}/")]
    return files


def _targets(source: str) -> Iterator[str]:
    """Yield the files of the repository that a page links to, as paths from its root."""
    for found in LINK.finditer((ROOT / source).read_text(encoding="utf-8")):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2]))
        if (ROOT / target).is_file():
            yield target


def _uri(path: str) -> str:
    """Return where a file of the repository stands in the site."""
    inside = PurePosixPath(path).is_relative_to(DOCS)
    return PurePosixPath(path).relative_to(DOCS).as_posix() if inside else f"{OUTSIDE}/{path}"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the links of a page right."""
    del config, files
    uri = page.file.src_uri
    source = uri.removeprefix(f"{OUTSIDE}/") if uri.startswith(f"{OUTSIDE}/") else f"{DOCS}/{uri}"

    def moved(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2]))
        if (ROOT / target).is_dir() and (ROOT / target / "README.md").is_file():
            target = f"{target}/README.md"
        if not (ROOT / target).is_file():
            return found[0]
        return f"{found[1]}{posixpath.relpath(_uri(target), posixpath.dirname(uri) or '.')}{found[3] or ''}{found[4]}"

    return LINK.sub(moved, markdown)
