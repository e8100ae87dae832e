"""The prefix map: each workload's prompt as a bar from first to last token."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.reports import figures
from cachelens.reports.audit_shape import AuditV1, MapV1, StretchV1
from cachelens.reports.document.blocks import Block, Cell, Missing, Notch, PrefixMap, PromptBar, Stretch, Table
from cachelens.reports.document.cells import count, words
from cachelens.reports.document.results import KINDS, Results
from cachelens.reports.document.simulated import named

SCOPES: dict[str, str] = {
    "static": "never changes",
    "deploy": "changes with a deployment",
    "day": "changes daily",
    "tenant": "changes with the tenant",
    "session": "changes with the session",
    "request": "changes with the request",
}
"""How often a stretch changes, widest first."""
_UNSURE = "session or request"
_WHY = "the audit saw no prompts: its input were templates, lengths or blocks, or an earlier version wrote it"


def blocks(results: Results) -> tuple[Block, ...]:
    """Return the prompts of each audit."""
    found: list[Block] = []
    for number, source in enumerate(results.of(AuditV1), start=1):
        maps = source.result.maps
        if not maps:
            found.append(Missing(why=f"{source.path}: {_WHY}", how=KINDS["audit"].make))
            continue
        seen = {_scope(stretch.scope) for one in maps for stretch in one.stretches}
        found.append(
            PrefixMap(
                id=f"prompts-{number}",
                says="Each bar is a workload's typical prompt, first token to last; lengths are averages, about.",
                scopes=tuple((scope, meaning) for scope, meaning in SCOPES.items() if scope in seen),
                bars=tuple(_bar(one) for one in maps if one.tokens),
                table=_table(f"prompts-{number}", source.path, maps),
            )
        )
    return tuple(found)


def _scope(scope: str) -> str:
    """Return the key of a scope; what changes with the session or with each request is drawn as the latter."""
    return "request" if scope == _UNSURE else scope


def _bar(one: MapV1) -> PromptBar:
    return PromptBar(
        name=named(one.workload),
        says=_says(one),
        stretches=tuple(
            Stretch(
                first=stretch.first_token / one.tokens,
                last=stretch.last_token / one.tokens,
                scope=_scope(stretch.scope),
                says=f"{_what(stretch)}: {_meaning(stretch)}, tokens {stretch.first_token:,} to {stretch.last_token:,}",
            )
            for stretch in one.stretches
            if stretch.last_token > stretch.first_token
        ),
        notches=tuple(_notches(one)),
    )


def _what(stretch: StretchV1) -> str:
    return f"{stretch.place}, {stretch.kind}" if stretch.kind else stretch.place


def _meaning(stretch: StretchV1) -> str:
    return "changes with the session or request" if stretch.scope == _UNSURE else SCOPES[stretch.scope]


def _says(one: MapV1) -> str:
    parts = [f"{figures.plural(one.requests, 'request')}, about {figures.tokens(one.tokens)} tokens"]
    if one.read_tokens is not None:
        parts.append(f"{figures.tokens(one.read_tokens)} of them read on average")
    if one.readable_tokens is not None:
        parts.append(f"{figures.tokens(one.readable_tokens)} seen before")
    changes = next((stretch for stretch in one.stretches if stretch.scope != "static"), None)
    if changes is not None:
        parts.append(f"first change at token {changes.first_token:,} ({_what(changes)})")
    return ", ".join(parts) + "."


def _notches(one: MapV1) -> Iterator[Notch]:
    for mark in one.marks:
        says = f"cache mark at token {mark.token:,}, in {figures.plural(mark.requests, 'request')}"
        yield Notch(at=min(1.0, mark.token / one.tokens), kind="mark", says=says)
    if one.minimum is not None and one.minimum <= one.tokens:
        says = f"the least length that is cached, {figures.plural(one.minimum, 'token')}"
        yield Notch(at=one.minimum / one.tokens, kind="minimum", says=says)
    if one.read_tokens is not None:
        says = f"reuse stops at token {one.read_tokens:,}, on average"
        yield Notch(at=min(1.0, one.read_tokens / one.tokens), kind="reuse", says=says)


def _table(identifier: str, path: str, maps: tuple[MapV1, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            words(named(one.workload)),
            words(stretch.place),
            words(stretch.kind or ("fixed text" if stretch.scope == "static" else "text")),
            words(_meaning(stretch)),
            count(stretch.first_token),
            count(stretch.last_token),
        )
        for one in maps
        for stretch in one.stretches
    ]
    return Table(
        id=identifier,
        caption=f"Prompts of {path}",
        headings=("workload", "place", "what", "how often", "from token", "to token"),
        rows=tuple(rows),
        words_in=(0, 1, 2, 3),
        folded=True,
    )
