"""A cheap look at the text of a file, to tell whether it can hold a prompt at all."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache

from cachelens.templates.code import tree
from cachelens.templates.code.shapes import call_words, load_shapes
from cachelens.templates.code.source import Range, Source

_WORDS = (
    "completions.",
    "responses.",
    "generate_content",
    "generatecontent",
    "converse",
    "invoke_model",
    "prompt",
    "template",
    "messages",
    "instruction",
    "system_message",
    "persona",
    "preamble",
)
_LIBRARIES = (
    "openai",
    "anthropic",
    "genai",
    "generativeai",
    "vertexai",
    "litellm",
    "langchain",
    "bedrock",
    "boto3",
    "@ai-sdk",
    '"ai"',
    "'ai'",
)

_MOST_CALLERS = 5
"""Steps that are taken from a function with evidence to its callers."""


@cache
def _evidence() -> re.Pattern[str]:
    calls = "|".join(sorted(map(re.escape, (*call_words(), *load_shapes().messages)), key=len, reverse=True))
    names = r"(?:prompt|instruction|system_?message|persona|preamble|template)s?\w{0,40}\s{0,3}[=:(]"
    return re.compile(rf"\b(?:{calls})\s{{0,9}}[(<]|(?i:{names})")


def has_evidence(text: str, at: Range) -> bool:
    """Tell whether a call or name that could carry a prompt stands inside a range."""
    return _evidence().search(text, *at) is not None


class Wanted:
    """Tells which functions of a file are worth following on their own: those with evidence, and their callers."""

    def __init__(self, source: Source, module: tree.Module) -> None:
        self.functions = tuple(_functions(module.body))
        functions = [function for function in self.functions if not function.name.startswith("__")]
        self._places = sorted(match.start() for match in _evidence().finditer(source.text))
        names: set[str] = set()
        for _ in range(_MOST_CALLERS):
            new = {function.name for function in functions if self.includes(function)} - names - {""}
            if not new:
                break
            names |= new
            calls = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, new)))})\s{{0,9}}\(")
            self._places = sorted([*self._places, *(match.start() for match in calls.finditer(source.text))])

    def includes(self, function: tree.Function) -> bool:
        """Tell whether evidence stands inside a function."""
        start, end = function.at
        first = bisect_left(self._places, start)
        return first < len(self._places) and self._places[first] < end


def _functions(body: Sequence[tree.Statement]) -> Iterator[tree.Function]:
    """Yield the named functions of a file, those inside others too."""
    waiting = list(body)
    while waiting:
        step = waiting.pop()
        match step:
            case tree.Define(function=function) | tree.Assign(value=tree.Function() as function):
                yield function
                waiting.extend(function.body)
            case tree.Class(body=inner) | tree.Loop(body=inner):
                waiting.extend(inner)
            case tree.Branch(bodies=bodies):
                waiting.extend(inner for one in bodies for inner in one)


def may_hold_prompts(text: str) -> bool:
    """Tell whether a file names a library or says prompt, and has a call or a name that could carry one."""
    lowered = text.lower()
    if not any(word in lowered for word in (*_LIBRARIES, *_WORDS)):
        return False
    return _evidence().search(text) is not None
