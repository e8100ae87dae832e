"""Matches a text against a program of fixed texts and holes, in bounded work.

Of all ways to read a text the one that covers most fixed text is taken, of equal ones that whose values end soonest.
Whether there was any other way is told too: then the values are a guess. Work is counted, and given up when it gets
too much: texts and templates may be anybody's.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from cachelens.joining.program import Program

MOST_WORK = 40_000
"""Pairs of step and place that are looked at for one text."""
ALL_WORK = 4_000_000
"""Pairs that are looked at in one run."""
MOST_CHARACTERS = 1_000_000
"""A longer text is not read."""
_MANY = 2
_END = 0
_Node = tuple[int, int, int]
"""Step, place in the text, and how it is entered: 0 right there, 1 at or behind it, 2 at one of the finds on."""
_HERE, _OPEN, _FIND = 0, 1, 2


class GivenUp(NamedTuple):
    """The text would take too much work."""


class Filled(NamedTuple):
    """A hole and what stands in it."""

    hole: int
    start: int
    stop: int


class Reading(NamedTuple):
    """How a text reads as a template's."""

    covered: int
    """Characters of fixed text that are no white space."""
    start: int
    """Where it begins."""
    stop: int
    """Where it ends."""
    events: tuple[Filled | int, ...]
    """Holes, and the number of the way taken where there are several, in the order of the text."""
    only: bool
    """Whether it is the only way to read the text."""
    clear: bool
    """Whether no other way covers as much fixed text."""


class _Best(NamedTuple):
    covered: int
    ways: int
    """How many ways there are, up to `_MANY`."""
    equal: int
    """How many of them cover as much, up to `_MANY`."""
    taken: int
    """Place among what can follow."""


_NONE = _Best(-1, 0, 0, 0)


class Budget:
    """Work that is left, over many texts."""

    def __init__(self, left: int = ALL_WORK) -> None:
        self.left = left


def read(program: Program, text: str, budget: Budget, *, within: bool) -> Reading | GivenUp | None:
    """Return how a text reads; `None` when it does not. `within`: other text may stand in front and behind."""
    allowed = min(MOST_WORK, budget.left)
    matcher = _Matcher(program, text, within=within, work=allowed)
    try:
        return matcher.read() if len(text) <= MOST_CHARACTERS else GivenUp()
    except _TooMuchError:
        return GivenUp()
    finally:
        budget.left -= allowed - max(0, matcher.work)


class _TooMuchError(Exception):
    pass


class _Matcher:
    def __init__(self, program: Program, text: str, *, within: bool, work: int) -> None:
        self._program = program
        self._text = text
        self._within = within
        self.work = work
        """What is left of it."""
        self._finds: dict[int, list[int]] = {}
        self._best: dict[_Node, _Best] = {}

    def read(self) -> Reading | None:
        first = self._program.start, 0, _OPEN if self._within else _HERE
        best = self._solve(first)
        if not best.ways:
            return None
        trail = self._followed(first)
        filled = [event for event in trail.events if isinstance(event, Filled)]
        shared = trail.shared or any(len(self._program.holes[one.hole].spans) > 1 for one in filled)
        return Reading(
            covered=best.covered,
            start=trail.start or 0,
            stop=trail.stop,
            events=tuple(trail.events),
            only=best.ways == 1 and not shared,
            clear=best.equal == 1 and not shared,
        )

    def _solve(self, first: _Node) -> _Best:
        """Work out the best way on from every node that can be reached."""
        waiting = [first]
        while waiting:
            node = waiting[-1]
            if node in self._best:
                waiting.pop()
                continue
            following = self._following(node)
            missing = [one for one in following if one not in self._best]
            self.work -= 1
            if missing:
                waiting += reversed(missing)
                if self.work < 0:
                    raise _TooMuchError
                continue
            waiting.pop()
            self._best[node] = self._chosen(node, following)
        return self._best[first]

    def _chosen(self, node: _Node, following: list[_Node]) -> _Best:
        step, place, way = node
        if step == _END:
            return _Best(0, 1, 1, 0) if way == _OPEN or self._within or place == len(self._text) else _NONE
        best, ways = _NONE, 0
        weight = self._weight(step) if way != _OPEN else 0
        for number, one in enumerate(following):
            found = self._best[one]
            covered = found.covered + (weight if number == 0 else 0)
            ways += found.ways
            if found.ways and covered > best.covered:
                best = _Best(covered, 0, found.equal, number)
            elif found.ways and covered == best.covered:
                best = best._replace(equal=min(best.equal + found.equal, _MANY))
        return best._replace(ways=min(ways, _MANY))

    def _weight(self, step: int) -> int:
        """Return what finding the fixed text of a step counts."""
        return len("".join(self._program.steps[step].text.split()))

    def _following(self, node: _Node) -> list[_Node]:
        """Return what may come next."""
        number, place, way = node
        step = self._program.steps[number]
        if number == _END:
            return []
        if step.text:
            return self._behind_text(node, step.ways[0])
        if step.hole >= 0:
            return [(step.ways[0], place, _OPEN)]
        if step.space and way == _HERE:
            return [(step.ways[0], self._past_space(place), _HERE)]
        return [(one, place, way) for one in step.ways]

    def _behind_text(self, node: _Node, after: int) -> list[_Node]:
        number, place, way = node
        literal = self._program.steps[number].text
        if way == _HERE:
            return [(after, place + len(literal), _HERE)] if self._text.startswith(literal, place) else []
        finds = self._found(number)
        if way == _OPEN:
            index = bisect_left(finds, place)
            return [(number, index, _FIND)] if index < len(finds) else []
        behind = (after, finds[place] + len(literal), _HERE)
        return [behind, (number, place + 1, _FIND)] if place + 1 < len(finds) else [behind]

    def _found(self, step: int) -> list[int]:
        """Return where a fixed text stands."""
        known = self._finds.get(step)
        if known is None:
            known = self._finds[step] = []
            literal, at = self._program.steps[step].text, -1
            while (at := self._text.find(literal, at + 1)) >= 0:
                known.append(at)
                self.work -= 1
                if self.work < 0:
                    raise _TooMuchError
        return known

    def _past_space(self, place: int) -> int:
        while place < len(self._text) and self._text[place].isspace():
            place += 1
        return place

    def _followed(self, node: _Node) -> _Trail:
        """Follow the best way through the text."""
        trail = _Trail()
        while node[0] != _END:
            number, place, way = node
            taken = self._best[node].taken
            step = self._program.steps[number]
            if step.hole >= 0:
                trail.begin(step.hole, place)
            elif step.text and way == _FIND and taken == 0:
                trail.close(self._finds[number][place])
            elif step.text and way == _HERE:
                trail.close(place)
            elif len(step.ways) > 1:
                trail.events.append(taken)
            node = self._following(node)[taken]
        trail.finish(len(self._text) if node[2] == _OPEN else node[1])
        return trail


class _Trail:
    """What is met on the way through a text."""

    def __init__(self) -> None:
        self.events: list[Filled | int] = []
        self.start: int | None = None
        self.stop = 0
        self.shared = False
        """Whether two holes met without anything between them: what is whose is a guess."""
        self._open: list[int] = []
        self._since = 0

    def begin(self, hole: int, place: int) -> None:
        """Begin a hole."""
        self.start = place if self.start is None else self.start
        if self._open:
            self.shared = True
        else:
            self._since = place
        self._open.append(len(self.events))
        self.events.append(Filled(hole, place, place))

    def close(self, place: int) -> None:
        """End what is open where fixed text is found."""
        self.start = place if self.start is None else self.start
        for number, index in enumerate(self._open):
            filled = self.events[index]
            if isinstance(filled, Filled):
                self.events[index] = Filled(filled.hole, place if number else self._since, place)
        self._open.clear()

    def finish(self, place: int) -> None:
        """End the text."""
        self.stop = place
        self.close(place)
