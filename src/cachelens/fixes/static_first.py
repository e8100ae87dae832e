"""Fixed paragraphs above those that hold a value that changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cachelens.fixes.base import Case, Fix
from cachelens.fixes.blocks import Block, blocks_of
from cachelens.fixes.references import is_apart, is_english, is_latin, leans, opens, points
from cachelens.model.fix import Edit, Keeps, Proposal
from cachelens.model.prompt import Role

Unit = list[Block]
"""A paragraph, or a section with its heading."""


class StaticFirst(Fix):
    """Moves whole paragraphs or sections that are always the same above one that holds a value.

    It is safe for values that are told about (a clock, an id, a name), from paragraph to paragraph or from section to
    section, where the words show that none of them leans on its place. It is unsafe for values that are worked on
    (documents, input, examples, memory), where the value leaves the opening of the prompt, or stands under another
    heading afterwards, and in languages that are not understood. What leans on its place is never moved.
    """

    id = "static-first"
    told = frozenset({"V101", "V102", "V103", "V104", "V105", "V107", "V109"})
    worked_on = frozenset({"V106", "V108", "V110", "V111", "S308"})
    rules = told | worked_on

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield moves within the section, then of whole sections, then across headings."""
        target = case.target()
        if target is None:
            return
        blocks = blocks_of(target.message.spans, target.top, case.file)
        offset, _ = case.file.stretch(target.message.spans[target.top].location)
        at = next((n for n, block in enumerate(blocks) if block.start <= offset < block.end), None)
        if at is None or (at > 0 and points(blocks[at - 1].text)):
            return
        if _is_cue(blocks[-1], target.message.role):
            blocks = [*blocks[:-1], blocks[-1]._replace(movable=False)]
        for units, same_place in _arrangements(blocks, at):
            taken = _taken(units)
            if taken:
                above = [units[number] for number in taken]
                passed = [units[number] for number in range(taken[-1]) if number not in taken]
                safe = same_place and case.finding.rule in self.told and _is_plain(passed, above)
                order = [*above, *passed, *units[taken[-1] + 1 :]]
                yield self._proposal(case, units, order, len(taken), safe=safe)

    def _proposal(
        self, case: Case, units: Sequence[Unit], order: Sequence[Unit], count: int, *, safe: bool
    ) -> Proposal:
        old = [block for unit in units for block in unit]
        new = [block for unit in order for block in unit]
        text = case.file.text
        pieces = [new[0].text]
        for (one, other), block in zip(pairwise(old), new[1:], strict=True):
            pieces += [text[one.end : other.start], block.text]
        what = "section" if units[0][0].heading else "paragraph"
        return Proposal(
            fix=self.id,
            rule=case.finding.rule,
            line=case.location.line,
            what=f"move {count} fixed {what}{'s' if count > 1 else ''} above the {what} with the value",
            safe=safe,
            behaviour=not safe,
            keeps=Keeps.LINES,
            edits=(Edit(old[0].start, old[-1].end, "".join(pieces)),),
        )


def _arrangements(blocks: Sequence[Block], at: int) -> Iterator[tuple[list[Unit], bool]]:
    """Yield the unit with the value and those behind it, and whether all stand under the same heading."""
    if not blocks[at].heading:
        end = next((n for n in range(at, len(blocks)) if blocks[n].heading), len(blocks))
        yield [[block] for block in blocks[at:end]], True
    head = next((n for n in range(at, -1, -1) if blocks[n].heading), None)
    if head is None:
        yield [[block] for block in blocks[at:]], False
    elif head == 0 or not points(blocks[head - 1].text):
        yield _sections(blocks, head), True


def _sections(blocks: Sequence[Block], head: int) -> list[Unit]:
    """Return the section that begins at `head` and its siblings behind it."""
    level = blocks[head].heading
    units: list[Unit] = []
    for block in blocks[head:]:
        if block.heading and block.heading < level:
            break
        if block.heading == level:
            units.append([])
        units[-1].append(block)
    return units


def _taken(units: Sequence[Unit]) -> list[int]:
    """Return the numbers of the units that go above the first one."""
    if not all(block.movable and not points(block.text) for block in units[0]):
        return []
    taken: list[int] = []
    for number, unit in enumerate(units[1:], start=1):
        if not _is_free(unit):
            if taken and taken[-1] == number - 1 and leans(unit[0].text):
                taken.pop()  # it goes on from the one before, which stays
            break
        if all(block.fixed for block in unit):
            taken.append(number)
    return taken


def _is_free(unit: Unit) -> bool:
    """Say whether a unit leans on nothing outside it."""
    return not leans(unit[0].text) and all(block.movable and not points(block.text) for block in unit)


def _is_plain(passed: Sequence[Unit], taken: Sequence[Unit]) -> bool:
    """Say whether the words of all that changes places show that it can, and the opening stays where it is."""
    below, above = ("\n".join(block.text for unit in units for block in unit) for units in (passed, taken))
    understood = all(is_english(block.text) for unit in taken for block in unit) and is_latin(below)
    return understood and is_apart(above, below) and not any(opens(block.text) for block in passed[0])


def _is_cue(last: Block, role: Role) -> bool:
    """Say whether the last paragraph hands over to the model, as `Answer:` does."""
    return last.text.endswith(":") or (role is not Role.SYSTEM and "\n" not in last.text)
