"""Findings that a comment beside them silences: `cachelens: ignore[V101] reason`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cachelens.config.rules import ids_of
from cachelens.errors import UsageError
from cachelens.model.finding import Finding
from cachelens.model.location import Location
from cachelens.model.template import TemplateProblem
from cachelens.selection.texts import Texts
from cachelens.templates.reading import language_of
from cachelens.templates.remarks.base import Page, Remark, Remarks
from cachelens.templates.remarks.reading import remarks_in

_SIGN = "cachelens:"
_COMMENT = re.compile(
    r"\s*-{0,2}\s*cachelens:\s*(?P<what>ignore-file|ignore)\b\s*(?:\[(?P<rules>[^\]]*)\])?(?P<why>.*)", re.DOTALL
)
_ANY = re.compile(r"\s*-{0,2}\s*cachelens:")
_WORD = re.compile(r"[\w-]{1,60}")
UNUSED = "suppression-unused"
UNREADABLE = "suppression-unreadable"
NO_REASON = "suppression-without-reason"
UNKNOWN_RULE = "suppression-of-unknown-rule"


class Suppression(NamedTuple):
    """One rule that a comment silences."""

    location: Location
    """Of the comment."""
    rules: frozenset[str]
    word: str
    """What the comment calls them."""
    lines: tuple[tuple[int, int], ...]
    """First and last lines that it holds for; none for the whole file."""
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Say whether a finding of the same file is meant."""
        where = finding.location
        line = where.line if isinstance(where, Location) else 0
        here = not self.lines or any(first <= line <= last for first, last in self.lines)
        return here and finding.rule in self.rules


def suppressions(name: str, texts: Texts) -> tuple[list[Suppression], list[TemplateProblem]]:
    """Return what the comments of a file silence, and what is wrong with them: those silence nothing."""
    text = texts.text(name)
    if _SIGN not in text:
        return [], []
    remarks = remarks_in(language_of(name, text), Page(name, text))
    page = _Lines(name, text, remarks)
    found: list[Suppression] = []
    problems: list[TemplateProblem] = []
    for remark in remarks.remarks:
        if _ANY.match(remark.text):
            for item in _read(page, remark):
                if isinstance(item, Suppression):
                    found.append(item)
                else:
                    problems.append(item)
    return found, problems


def unused(given: Iterable[Suppression], used: Sequence[Suppression], asked: frozenset[str]) -> list[TemplateProblem]:
    """Name what silenced nothing. `asked` are the rules that judged: of others nothing can be said."""
    taken = {id(suppression) for suppression in used}
    return [
        TemplateProblem(one.location, UNUSED, f"no finding of `{one.word}` to ignore here; take the comment out")
        for one in given
        if id(one) not in taken and one.rules <= asked
    ]


class _Lines:
    """A text by lines."""

    def __init__(self, name: str, text: str, remarks: Remarks) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._values = [(self.line(first), self.line(last)) for first, last in remarks.values]
        self._ends = {self.line(one.start): self.line(one.end - 1) for one in remarks.remarks if self.is_alone(one)}

    def line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def location(self, remark: Remark) -> Location:
        first, last = self.line(remark.start), self.line(remark.end)
        columns = remark.start - self._starts[first - 1] + 1, remark.end - self._starts[last - 1] + 1
        return Location(self.name, first, columns[0], last, columns[1])

    def is_alone(self, remark: Remark) -> bool:
        """Say whether nothing else stands in the comment's lines; the braces of an element are nothing."""
        before = self.text[self.text.rfind("\n", 0, remark.start) + 1 : remark.start]
        end = self.text.find("\n", remark.end)
        after = self.text[remark.end : end if end >= 0 else len(self.text)]
        return before.strip() in {"", "{"} and after.strip() in {"", "}"}

    def held(self, remark: Remark) -> tuple[tuple[int, int], ...]:
        """Return the lines that a comment holds for: its own, the next if it stands alone, all of a value there."""
        first, last = self.line(remark.start), self.line(remark.end - 1)
        if self.is_alone(remark):
            last += 1
            while last in self._ends:
                last = self._ends[last] + 1
        values = [(a, b) for a, b in self._values if first <= a <= last or first <= b <= last]
        return ((first, last), *values)


def _read(page: _Lines, remark: Remark) -> Iterator[Suppression | TemplateProblem]:
    at = page.location(remark)
    match = _COMMENT.match(remark.text)
    words = [word.strip() for word in ((match["rules"] if match else "") or "").split(",") if word.strip()]
    if match is None or not words or not all(map(_WORD.fullmatch, words)):
        why = "it names no rule; write `cachelens: ignore[V101] why`"
        yield TemplateProblem(at, UNREADABLE, f"this comment silences nothing: {why}")
        return
    reason = " ".join(match["why"].removesuffix("--").strip(" \t\n*:-").split())
    if not reason:
        yield TemplateProblem(at, NO_REASON, "this comment silences nothing: write why behind the brackets")
        return
    lines = () if match["what"] == "ignore-file" else page.held(remark)
    for word in words:
        try:
            yield Suppression(at, frozenset(ids_of(word)), word, lines, reason)
        except UsageError as error:
            yield TemplateProblem(at, UNKNOWN_RULE, f"{error.message}; {error.hint[:1].lower()}{error.hint[1:]}")
