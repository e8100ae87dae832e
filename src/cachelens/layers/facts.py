"""What an answer states that must not differ: numbers, codes, addresses, names, yes or no."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = re.compile(r"(?:(?<!\w)[-−])?\d+(?:[.,:/'-]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,'](?=\d{3}(?!\d))")
_CODE = re.compile(r"[^\W_]*(?:\d[^\W\d_]|[^\W\d_][-_/]?\d)[\w/-]*|\S+@\S+\.\w+|https?://\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n•*\"“(]|\d\.)\s*[\"“(*#-]*\s*$")
_LOOK_BACK = 6
_MOST_NAMES = 0.2
"""Share of words in capitals from which on they are no names: German writes every noun so."""
_YES = frozenset({"yes", "yeah", "yep", "correct", "true", "ja", "oui", "sí", "si", "sim", "da", "tak", "ano"})
_NO = frozenset({"no", "nope", "incorrect", "false", "nein", "non", "não", "nao", "nie", "ne"})
_NOT = frozenset({"not", "no", "never", "cannot", "can't", "don't", "doesn't", "isn't", "aren't", "won't", "unable",
                  "nicht", "kein", "keine", "pas", "jamais", "nunca", "não"})  # fmt: skip
"""Words that turn a statement round, in the languages that such logs hold most."""


class Facts(NamedTuple):
    """What one answer states."""

    numbers: frozenset[str]
    codes: frozenset[str]
    names: frozenset[str]
    agrees: bool | None
    """Whether it opens with a yes or a no; `None` with neither."""
    denies: bool
    """Whether it holds a word that turns a statement round."""


def facts_in(text: str) -> Facts:
    """Return what a text states."""
    codes = {found.group().rstrip(".,;:!?)").casefold() for found in _CODE.finditer(text)}
    rest = _CODE.sub(" ", text)
    words = list(_WORD.finditer(text))
    first = words[0].group().casefold() if words else ""
    return Facts(
        numbers=frozenset(_number(found.group()) for found in _NUMBER.finditer(rest)),
        codes=frozenset(codes),
        names=_names(text, words),
        agrees=True if first in _YES else False if first in _NO else None,
        denies=any(word.group().casefold().replace("’", "'") in _NOT for word in words),
    )


def _number(text: str) -> str:
    plain = _THOUSANDS.sub("", text).replace("−", "-")
    return plain.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", plain) else plain


def _names(text: str, words: list[re.Match[str]]) -> frozenset[str]:
    """Return words in capitals that begin no sentence; none where so many are that they say nothing."""
    found = [
        word.group().casefold()
        for word in words
        if word.group()[0].isupper()
        and not _SENTENCE_START.search(text[max(0, word.start() - _LOOK_BACK) : word.start()])
    ]
    names = frozenset(name for name in found if len(name) > 1)
    return names if len(found) <= max(2, _MOST_NAMES * len(words)) else frozenset()


def contradiction(one: Facts, other: Facts) -> str:
    """Say in what two answers contradict each other: each states what the other does not; empty if in nothing."""
    if one.agrees is not None and other.agrees is not None and one.agrees != other.agrees:
        return "yes or no"
    for kind, mine, theirs in (
        ("numbers", one.numbers, other.numbers),
        ("codes", one.codes, other.codes),
        ("names", one.names, other.names),
    ):
        if mine - theirs and theirs - mine:
            return kind
    return ""
