"""Finds the template that made a text: of all whose fixed text stands in it in order, the one that covers most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from cachelens.joining.matching import Budget, Filled, GivenUp, Reading, read
from cachelens.joining.program import Form, Program, fixed_texts, loosened, plain_form, program_of
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.template import MessageTemplate, PromptTemplate

LEAST_COVERED = 24
"""Characters of fixed text, white space apart, that a text must share with a template: less may be an accident."""
_HEAD = (Role.SYSTEM, Role.DEVELOPER)
_SECTIONS = ("message", "system")


class Message:
    """One message of a template, ready to be matched."""

    def __init__(self, template: PromptTemplate, number: int) -> None:
        self.template = template
        self.number = number
        self.said: MessageTemplate = template.messages[number]

    @cached_property
    def form(self) -> Form:
        """The message in plain form."""
        return plain_form(self.said.spans)

    @cached_property
    def loose(self) -> Form:
        """The same where white space may differ."""
        return loosened(self.form)

    @cached_property
    def programs(self) -> tuple[Program | None, Program | None]:
        """The steps of both."""
        return program_of(self.form), program_of(self.loose)

    @cached_property
    def needed(self) -> str:
        """Return a fixed text that every text of this message holds, the longest one."""
        return max(fixed_texts(self.loose), key=len, default="")

    def speaks(self, kind: SegmentKind, role: Role) -> bool:
        """Say whether a segment can be of this message."""
        if self.said.section not in _SECTIONS:
            return False
        if self.said.section == "system" or self.said.role in _HEAD:
            return kind == SegmentKind.SYSTEM or role in _HEAD
        if self.said.role is Role.NONE:
            return kind == SegmentKind.SYSTEM or (kind == SegmentKind.TEXT and role != Role.ASSISTANT)
        return kind == SegmentKind.TEXT and role == self.said.role


def messages_of(templates: Iterable[PromptTemplate]) -> list[Message]:
    """Return the messages of templates that text can be found by."""
    return [Message(template, number) for template in templates for number in range(len(template.messages))]


class Fit(NamedTuple):
    """A text that a message made."""

    message: Message
    reading: Reading
    loose: bool
    """Whether white space differs, or other text stands around it."""

    @property
    def form(self) -> Form:
        """The form that the reading is of."""
        return self.message.loose if self.loose else self.message.form

    @property
    def program(self) -> Program:
        """The steps that the reading is of."""
        program = self.message.programs[self.loose]
        if program is None:
            raise ValueError("a message without steps was read")
        return program

    @property
    def rank(self) -> tuple[int, bool]:
        """How much it covers, and of equal ones whether the text is all of it."""
        return self.reading.covered, not self.loose

    def filled(self) -> list[Filled]:
        """Return what stands in the holes, in the order of the text."""
        return [event for event in self.reading.events if isinstance(event, Filled)]


class Fitter:
    """Finds templates for texts, and counts the work."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self._budget = Budget()
        self.given_up = 0
        """Texts that took too much work."""

    def fits(self, text: str, kind: SegmentKind, role: Role) -> list[Fit]:
        """Return the fits that cover most of a text; several where they cover as much, none where too little."""
        found: list[Fit] = []
        for message in self._messages:
            if message.speaks(kind, role) and message.needed and message.needed in text:
                fit = self.fit(message, text)
                if fit is not None:
                    found.append(fit)
        if not found:
            return []
        most = max(fit.rank for fit in found)
        return [fit for fit in found if fit.rank == most]

    def fit(self, message: Message, text: str) -> Fit | None:
        """Return how a text is of a message."""
        for loose, program in enumerate(message.programs):
            if program is None:
                continue
            reading = read(program, text, self._budget, within=bool(loose))
            if isinstance(reading, GivenUp):
                self.given_up += 1
                return None
            if reading is not None and reading.covered >= LEAST_COVERED:
                return Fit(message, reading, bool(loose))
        return None
