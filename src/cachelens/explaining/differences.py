"""Where two prompts part: the first segment and token that differ, and in what way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cachelens.explaining.standing import Case
from cachelens.explaining.texts import changes_between, context_of, first_token
from cachelens.layouts.definitions import tool_of
from cachelens.layouts.forms import NORMAL
from cachelens.layouts.places import Standing, places_on, words
from cachelens.layouts.slots import text_of
from cachelens.layouts.tool_lists import tools_on
from cachelens.model.audit import Fault
from cachelens.model.explanation import Change, Difference


class Pair(NamedTuple):
    """Two requests side by side."""

    case: Case
    other: int
    """The earlier request."""
    mine: list[Standing]
    theirs: list[Standing]
    same: int
    """Leading segments that both have."""

    @property
    def goes_on(self) -> bool:
        """Whether this request only adds to the earlier one, or is the same."""
        return self.same == len(self.theirs)


class _ToolLists(NamedTuple):
    """How the lists of tools of two requests differ."""

    said: str = ""
    names: tuple[str, ...] = ()
    fault: Fault | None = None


def pair_of(case: Case, other: int) -> Pair:
    """Put a request beside an earlier one."""
    trace = case.trace
    mine = places_on(trace, case.leaf)
    theirs = places_on(trace, int(trace.requests["leaf"][other]))
    same = 0
    while same < min(len(mine), len(theirs)) and mine[same].node == theirs[same].node:
        same += 1
    return Pair(case, other, mine, theirs, same)


def shared_tokens(pair: Pair) -> int:
    """Return the leading tokens that both have, to the block of 16 within the first segment that differs."""
    return pair.case.tokens_at(int(pair.case.shared[pair.other]))


def difference_of(pair: Pair) -> Difference | None:
    """Return where the two part; `None` where one only adds to the other."""
    if pair.goes_on or pair.same == len(pair.mine):
        return None
    mine, theirs = pair.mine[pair.same], pair.theirs[pair.same]
    if "parameters" in (mine.place.section, theirs.place.section):
        return _parameters(pair)
    told = pair.case.has_text and _written(mine, theirs)
    return _texts(pair, mine, theirs) if told else _bare(pair, mine, theirs)


def _written(*standings: Standing) -> bool:
    return all(one.place.section not in ("hidden", "block") for one in standings)


def _bare(pair: Pair, mine: Standing, theirs: Standing) -> Difference:
    """Return what can be said without text: the block of tokens in which they part."""
    return Difference(
        place=words(mine.place),
        section=mine.place.section,
        other_place=words(theirs.place),
        token=shared_tokens(pair),
        exact=False,
        unchanged_behind=_recurring(pair),
    )


def _parameters(pair: Pair) -> Difference:
    """Return which request parameters differ; where one request has none, the other's stand there alone."""
    case = pair.case
    now, before = _settings(case, pair.mine), _settings(case, pair.theirs)
    names = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    if not case.has_text:
        names = []
    return Difference(
        place="the request parameters",
        section="parameters",
        other_place="the request parameters",
        token=case.tokens_at(pair.mine[pair.same].above),
        exact=True,
        parameters=tuple((name, before.get(name, ""), now.get(name, "")) for name in names),
        unchanged_behind=_recurring(pair),
    )


def _settings(case: Case, standings: Sequence[Standing]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in standings:
        if one.place.section == "parameters" and case.has_text:
            lines = text_of(case.trace, _segment(case, one)).splitlines()
            found.update((name, value) for name, sign, value in (line.partition("=") for line in lines) if sign)
    return found


def _segment(case: Case, standing: Standing) -> int:
    return int(case.trace.nodes.segment[standing.node])


def _texts(pair: Pair, mine: Standing, theirs: Standing) -> Difference:
    case = pair.case
    now, before = text_of(case.trace, _segment(case, mine)), text_of(case.trace, _segment(case, theirs))
    tools = _tools(pair) if "tool" in (mine.place.section, theirs.place.section) else _ToolLists()
    start, end = case.tokens_at(mine.above), case.tokens_at(mine.node)
    found = first_token(before, now)
    same_kind = mine.place.section == theirs.place.section and (not tools.said or _is_same_tool(before, now))
    changes: tuple[Change, ...] = ()
    total, fixed = 0, 0.0
    if same_kind:
        changes, total, fixed = changes_between(before, now, _clues(pair))
    scale = (end - start) / max(1, found.tokens)
    return Difference(
        place=words(mine.place),
        section=mine.place.section,
        other_place=words(theirs.place),
        token=start + round(found.same * scale),
        exact=True,
        line=now.count("\n", 0, found.at) + 1,
        column=found.at - (now.rfind("\n", 0, found.at) + 1) + 1,
        first_tokens=found.pair,
        same_but_for=_form(before, now) if same_kind else "",
        tools=tools.said,
        tool_names=tools.names,
        tool_fault=tools.fault,
        changes=changes,
        changes_in_all=total,
        context=context_of(before, now) if same_kind else (),
        unchanged_behind=_recurring(pair) + round(fixed * (end - start)),
    )


class Clues(NamedTuple):
    """What the log says of both requests, earlier one first; by it a value may be known for what it is."""

    arrived_us: tuple[int, ...]
    ids: tuple[str, ...]
    sessions: tuple[str, ...]


def _clues(pair: Pair) -> Clues:
    trace, rows = pair.case.trace, (pair.other, pair.case.index)
    session = trace.column("session")
    return Clues(
        tuple(int(trace.requests["arrived"][row]) for row in rows) if trace.dated else (),
        tuple(trace.request_ids[row] for row in rows),
        tuple(trace.strings["session"][session[row]] if session[row] >= 0 else "" for row in rows),
    )


def _form(before: str, now: str) -> str:
    """Say in what form two texts differ that say the same; empty where they do not."""
    if before == now:
        return "role or message boundary"
    return next((form.value for form, normal in NORMAL if normal(before) == normal(now)), "")


def _is_same_tool(before: str, now: str) -> bool:
    name = tool_of(now).name
    return bool(name) and tool_of(before).name == name


def _tools(pair: Pair) -> _ToolLists:
    """Say how the lists of tools differ, and name the tools."""
    trace = pair.case.trace
    lists = []
    for leaf in (int(trace.requests["leaf"][pair.other]), pair.case.leaf):
        nodes = tools_on(trace, int(trace.tools_end[leaf]))
        lists.append([tool_of(text_of(trace, int(trace.nodes.segment[node]))) for node in nodes])
    before, now = lists
    old, new = {tool.name: tool.meaning for tool in before}, {tool.name: tool.meaning for tool in now}
    both = old.keys() & new.keys()
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    changed = sorted(name for name in both if old[name] != new[name])
    parts = (
        (added, "added", Fault.TOOLS_DIFFER),
        (removed, "removed", Fault.TOOLS_DIFFER),
        (changed, "changed", Fault.TOOL_CHANGED),
    )
    found = [
        (f"{len(names):,} tool{'' if len(names) == 1 else 's'} {what}", fault) for names, what, fault in parts if names
    ]
    if [t.name for t in before if t.name in both] != [t.name for t in now if t.name in both]:
        order = "the others in another order" if found else "the same tools in another order"
        found.append((order, Fault.TOOLS_REORDERED))
    if not found:
        found.append(("the same definitions, with their keys in another order or spacing", Fault.TOOL_KEYS))
    return _ToolLists(", ".join(said for said, _ in found), (*added, *removed, *changed), found[0][1])


def _recurring(pair: Pair) -> int:
    """Return the tokens of whole segments behind the first that differs which stand in both requests all the same."""
    case = pair.case
    segments = case.trace.nodes.segment
    left = Counter(int(segments[one.node]) for one in pair.theirs[pair.same :])
    total = 0
    for one in pair.mine[pair.same :]:
        segment = int(segments[one.node])
        if segment >= 0 and left[segment] > 0:
            left[segment] -= 1
            total += case.tokens_at(one.node) - case.tokens_at(one.above)
    return total


def histories(pair: Pair) -> tuple[list[int], list[int]]:
    """Return the segments of the messages of the earlier request and of this one."""
    segments = pair.case.trace.nodes.segment
    before, now = (
        [int(segments[one.node]) for one in row if one.place.section == "message"] for row in (pair.theirs, pair.mine)
    )
    return before, now


def earlier_tokens(pair: Pair) -> int:
    """Return the tokens of the earlier request, counted as this one's are."""
    return pair.case.tokens_at(int(np.asarray(pair.case.trace.requests["leaf"])[pair.other]))
