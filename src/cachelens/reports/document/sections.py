"""The table of sections: what a report shows, in which order, and what each needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cachelens.reports import figures
from cachelens.reports.document import (
    basis,
    checked,
    costs,
    findings,
    fleets,
    headline,
    misses,
    over_time,
    prefix_map,
    rests,
    scenarios,
    stacks,
    watched,
    whatifs,
)
from cachelens.reports.document.blocks import Block, Document, Missing, Section
from cachelens.reports.document.results import KINDS, Results


class SectionRow(NamedTuple):
    """One line of the table."""

    id: str
    title: str
    lead: str
    kind: str
    """The result that it is drawn from, a key of `KINDS`; empty where any will do."""
    blocks: Callable[[Results], tuple[Block, ...]]


SECTIONS: tuple[SectionRow, ...] = (
    SectionRow("headline", "In short", "", "", headline.blocks),
    SectionRow(
        "prefix-map",
        "Prefix map",
        "A cache reads a prompt from its first token to the first that changed: what changes often belongs to the end.",
        "audit",
        prefix_map.blocks,
    ),
    SectionRow(
        "costs",
        "Where the money goes",
        "The same traffic without a cache, as it was, and at best. A perfect cache is a lower bound and no plan.",
        "simulate",
        costs.blocks,
    ),
    SectionRow(
        "findings",
        "What breaks the prefix",
        "Findings of the audit, the gravest first. Tokens are those kept from being read over the recorded traffic.",
        "audit",
        findings.blocks,
    ),
    SectionRow(
        "scenarios",
        "Scenarios",
        "The same requests with other layouts, cache marks, lifetimes, models or providers.",
        "simulate",
        scenarios.blocks,
    ),
    SectionRow(
        "metrics",
        "As recorded",
        "Usage as the providers reported it, without any replay.",
        "metrics",
        watched.blocks,
    ),
    SectionRow(
        "over-time",
        "Hit rate over time",
        "Read tokens / input tokens, as the log was sent.",
        "simulate",
        over_time.blocks,
    ),
    SectionRow(
        "misses",
        "Misses by cause",
        "Requests that read less than an earlier request made possible, as the log was sent.",
        "simulate",
        misses.blocks,
    ),
    SectionRow(
        "pauses",
        "Pauses between uses",
        "What rests longer than its lifetime is written anew. Lifetimes run from start to start.",
        "simulate",
        rests.blocks,
    ),
    SectionRow(
        "whatif",
        "What if",
        "Other models, marks, lifetimes, prompts and amounts of traffic, priced by the same rules.",
        "whatif",
        whatifs.blocks,
    ),
    SectionRow(
        "layers",
        "Response caches",
        "Whole answers served again, in front of the prompt cache: what each layer adds behind those before it.",
        "layers",
        stacks.blocks,
    ),
    SectionRow(
        "fleet",
        "Fleet",
        "The same requests through replicas of an engine, under several routing policies.",
        "fleet",
        fleets.blocks,
    ),
    SectionRow(
        "validation",
        "Validation",
        "How close the replay of what really happened comes to the usage that the provider reported.",
        "simulate",
        checked.blocks,
    ),
    SectionRow(
        "basis",
        "How this was computed",
        "Every number above is a recorded count, a replay under a dated rule, or a bill at a dated price; "
        "~ marks estimates.",
        "",
        basis.blocks,
    ),
)
"""Every section: add a row here and a file in this folder."""


_ABSENT = "absent"


def document(results: Results) -> Document:
    """Put the report together: what was given is drawn or says why not, and what was not is named at the end."""
    sections = [_section(row, results) for row in SECTIONS]
    absent = [row for row, section in zip(SECTIONS, sections, strict=True) if not section.blocks]
    shown = [section for section in sections if section.blocks]
    return Document(
        title="CacheLens report",
        summary=_summary(results),
        sections=(*shown, *([_not_given(absent)] if absent else [])),
        version=results.version,
    )


def _summary(results: Results) -> str:
    made = [f"{len(some)} x {name}" if len(some) > 1 else name for name, some in results.sources.items()]
    unread = f"; {figures.plural(len(results.unread), 'file')} could not be used" if results.unread else ""
    return f"Results of {', '.join(made)}{unread}"


def _section(row: SectionRow, results: Results) -> Section:
    broken = (Missing(why=f"{one.path} {one.why}", how=one.hint) for one in results.unread if one.kind == row.kind)
    blocks = (*row.blocks(results), *(broken if row.kind else ()))
    return Section(id=row.id, title=row.title, lead=row.lead, blocks=blocks)


def _not_given(absent: list[SectionRow]) -> Section:
    """Name the sections for which nothing was given, by the result that they need."""
    titles: dict[str, list[str]] = {}
    for row in absent:
        titles.setdefault(row.kind, []).append(row.title)
    return Section(
        id=_ABSENT,
        title="Not in this report",
        lead="",
        blocks=tuple(
            Missing(
                why=f"{', '.join(some)}: no result of `cachelens {kind}` was given",
                how=f"{KINDS[kind].make}, then name it too",
            )
            for kind, some in titles.items()
        ),
    )
