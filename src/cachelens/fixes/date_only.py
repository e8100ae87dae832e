"""A date where a time to the second was."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachelens.fixes.base import Case, Fix
from cachelens.model.fix import Edit, Keeps, Proposal
from cachelens.rules.judged import LITTLE
from cachelens.rules.nature import Nature
from cachelens.rules.spans import lay_out

_FORMAT = re.compile(r"([\"'])([^\"'\n]*%[djDFx][^\"'\n]*)\1|(?<=:)(%[^{}\"'\n]*%[djDFx][^{}\"'\n]*)")
_DATE = re.compile(r"%-?[djDFx]")
_CLOCK = re.compile(
    r"[ T,]*(?:\b(?:at|um)[ ])?(?:%[TXR]|%-?[HIkl](?:[:.h]?%-?M(?:[:.]?%-?S(?:[.,]?%f)?)?)?)(?:[ ]?%p)?(?:[ ]?%[zZ])?Z?"
)
_NOW = r"\b(?:now|utcnow)\([^()\n]*\)"
_ISO = re.compile(rf"({_NOW})\.isoformat\([^()\n]*\)")
_BARE = re.compile(rf"(?:datetime\.)*{_NOW}")
_JAVASCRIPT = re.compile(r"\.toISOString\(\)(?!\s*\.(?:slice|split|substring|substr)\b)")
_LOCALE = re.compile(r"(?<=Date\(\))\.toLocaleString\(")
_SPECIFICATION = re.compile(r"(?:![rsa])?:[^{}\n]*(?=\})")
_WRITTEN = re.compile(r"\.(?:isoformat|strftime|toISOString|toLocaleString)\([^()\n]*\)(?!\.)")
"""How a value is written, where only what it is stands in the stretch that was traced."""
_SCRIPT = frozenset({"typescript"})
_PYTHON = frozenset({"python"})


class DateOnly(Fix):
    """Writes a date in place of a date with the time of day, so that it changes once a day.

    Unsafe: the model no longer knows the time. Left out where another value that is new in each request stands
    in front, or so near behind that hardly more could be read.
    """

    id = "date-only"
    rules = frozenset({"V101"})

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield one proposal for the value, then for what it was made from."""
        if not _saves(case):
            return
        for location in case.stretches():
            start, end = case.file.stretch(location)
            in_prompt = location == case.location
            written = _WRITTEN.match(case.file.text, end)
            if written is None and in_prompt:
                written = _SPECIFICATION.match(case.file.text, end)
            end = written.end() if written else end
            old = case.file.text[start:end]
            new = _by_day(old, case.template.language, in_prompt=in_prompt)
            if new != old:
                yield Proposal(
                    fix=self.id,
                    rule=case.finding.rule,
                    line=case.location.line,
                    what="write the date without the time of day",
                    safe=False,
                    behaviour=True,
                    keeps=Keeps.NAMES,
                    edits=(Edit(start, end, new),),
                    lessens=False,
                )


def _saves(case: Case) -> bool:
    """Say whether a day leads to more being read: nothing else that is new in each request stands near or in front.

    Other times are left out: they are mended likewise.
    """
    places = lay_out(case.template).places
    own = next((place for place in places if place.span.location == case.location), None)
    return own is None or not any(
        place.told is not None
        and not place.told.lasting
        and place.told.nature is not Nature.TIME
        and place.tokens_before < own.tokens_before + LITTLE
        for place in places
    )


def _by_day(source: str, language: str, *, in_prompt: bool) -> str:
    """Rewrite an expression; the same where there is nothing to rewrite, or the type of a value would change."""
    if language in _SCRIPT:
        by_day = _JAVASCRIPT.sub(".toISOString().slice(0, 10)", source)
        return _LOCALE.sub(".toLocaleDateString(", by_day)
    by_day = _FORMAT.sub(_shortened, source)
    by_day = _ISO.sub(r"\1.date().isoformat()", by_day)
    if language in _PYTHON and in_prompt and _BARE.fullmatch(by_day):
        return f"{by_day}.date()"
    return by_day


def _shortened(found: re.Match[str]) -> str:
    """Take the time of day out of a format, where a date is left."""
    form = found[2] if found[2] is not None else found[3]
    rest = _CLOCK.sub("", form).strip(" ,T")
    quote = found[1] or ""
    return f"{quote}{rest}{quote}" if rest and _DATE.search(rest) else found[0]
