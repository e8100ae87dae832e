"""Words that tie a paragraph to its place among the others. English only: of others nothing is known."""

from __future__ import annotations

import re

_PLACE = re.compile(
    r"(?i)\b(?:above|below|follow(?:s|ing)|previous(?:ly)?|preceding|precedes|prior|earlier|foregoing|aforementioned"
    r"|latter|former|next|as (?:mentioned|described|stated|shown|noted|said)|last (?:section|paragraph)|up to here"
    r"|so far|at the (?:top|start|beginning|end|bottom))\b"
)
"""Speaks of what stands elsewhere in the prompt."""
_LEANING = re.compile(
    r"(?i)^\W*(?:these|this|that|those|it|they|them|its|their|such|both|also|then|therefore|thus|hence|so|but|and|or"
    r"|however|otherwise|instead|again|finally|lastly|now|here|with (?:this|these|that)|based on|given|using"
    r"|in (?:this|that) case|if so|if not|for (?:example|instance)|e\.g\.|note that|additionally|furthermore|moreover"
    r"|besides|begin\W*$|(?:question|answer|output|response|input|result|assistant|user|human|ai)\s*:)(?!\w)"
)
"""First words that go on from the paragraph before, or open the model's turn."""
_ENGLISH = re.compile(r"(?i)\b(?:the|you|your|and|are|of|with|not|must|be|do)\b")
_HEADING = re.compile(r"^\s*#{1,6}[ \t]+[^\n]*\n?")
_OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]")


def leans(text: str) -> bool:
    """Say whether a paragraph speaks of its place, or goes on from the one before."""
    return _PLACE.search(text) is not None or _LEANING.search(_HEADING.sub("", text)) is not None


def points(text: str) -> bool:
    """Say whether a paragraph speaks of what stands elsewhere."""
    return _PLACE.search(text) is not None


def is_english(text: str) -> bool:
    """Say whether a paragraph is in the language whose words were looked for."""
    return _ENGLISH.search(text) is not None and is_latin(text)


def is_latin(text: str) -> bool:
    """Say whether a paragraph is in the script of that language."""
    return _OTHER_SCRIPT.search(text) is None


_OPENING = re.compile(r"(?i)\b(?:you are|you're|your (?:task|role|job|goal)|act as|i am|i'm|imagine)\b")


def opens(text: str) -> bool:
    """Say whether a paragraph tells the model who it is, which belongs at the front."""
    return _OPENING.search(text) is not None


_DEMONSTRATIVE = re.compile(r"(?i)\b(?:this|these|those|such)\b")
_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = re.compile(
    r"all|and|any|are|but|can|don|each|every|for|from|has|have|how|into|its|make|may|more|must"
    r"|never|not|only|other|our|out|should|that|the|their|them|then|they|use|used|using|was|what|when|where|which|who|will|with|you|your"
)
"""Words that say nothing of what a paragraph is about."""
_STEM = 5
"""First letters by which forms of a word are the same word: `events`, `event`; `solved`, `solves`."""


def is_apart(text: str, passed: str) -> bool:
    """Say whether a paragraph can be read without another one: nothing is pointed at, and no word of it comes back."""
    return _DEMONSTRATIVE.search(text) is None and not _words(text) & _words(passed)


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in map(str.lower, _WORD.findall(text)) if not _COMMON.fullmatch(word))
