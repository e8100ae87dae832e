"""What an exact cache takes for the same request: normalisations, each of which can be switched.

Each is a row of `NORMALISATIONS`. A text normalisation works on the text of a segment, one of parameters on the
members of the request that are no prompt, and one of objects on the JSON of tools and schemas.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cachelens.errors import UsageError

Parameters = dict[str, bytes]
_BLANKS = re.compile(r"\s+")


class Normalisation(NamedTuple):
    """One row of the table."""

    id: str
    about: str
    default: bool
    text: Callable[[str], str] | None = None
    parameters: Callable[[Parameters], Parameters] | None = None
    objects: Callable[[object], object] | None = None


def _without(*names: str) -> Callable[[Parameters], Parameters]:
    left_out = frozenset(names)
    return lambda pairs: {name: raw for name, raw in pairs.items() if name not in left_out}


_USUAL: Mapping[str, tuple[bytes, ...]] = {
    "temperature": (b"1", b"1.0"), "top_p": (b"1", b"1.0"), "n": (b"1",), "frequency_penalty": (b"0", b"0.0"),
    "presence_penalty": (b"0", b"0.0"), "logprobs": (b"false",), "tool_choice": (b'"auto"', b'{"type":"auto"}'),
    "parallel_tool_calls": (b"true",), "response_format": (b'{"type":"text"}',),
}  # fmt: skip
"""Values that stand for leaving a parameter out, as OpenAI's and Anthropic's references give them."""


def _without_defaults(pairs: Parameters) -> Parameters:
    return {name: raw for name, raw in pairs.items() if raw not in _USUAL.get(name, ())}


def _sorted(value: object) -> object:
    return json.loads(json.dumps(value, sort_keys=True))


def _sorted_parameters(pairs: Parameters) -> Parameters:
    return {name: _in_order(raw) for name, raw in pairs.items()}


def _in_order(raw: bytes) -> bytes:
    if raw[:1] not in (b"{", b"["):
        return raw
    return json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


NORMALISATIONS = (
    Normalisation("unicode", "text in one Unicode form (NFC)", True, text=lambda t: unicodedata.normalize("NFC", t)),
    Normalisation("ends", "no blanks at the ends of a text", True, text=str.strip),
    Normalisation("blanks", "any run of blanks and line ends as one blank", False, text=lambda t: _BLANKS.sub(" ", t)),
    Normalisation("case", "no difference between capital and small letters", False, text=str.casefold),
    Normalisation(
        "key-order", "JSON of tools and parameters in the order of its keys", True,
        parameters=_sorted_parameters, objects=_sorted,
    ),
    Normalisation("defaults", "a parameter at its default as if it were left out", True, parameters=_without_defaults),
    Normalisation(
        "transport", "whether and how the answer is streamed or stored does not count", True,
        parameters=_without("stream", "stream_options", "store", "background", "include", "stream_tool_calls"),
    ),
    Normalisation(
        "identity", "ids of users and calls, and metadata, do not count", True,
        parameters=_without(
            "metadata", "user", "safety_identifier", "session_id", "user_id", "request_id", "labels", "requestMetadata",
        ),
    ),
    Normalisation(
        "caching", "cache keys, cache lifetimes and the service tier do not count", True,
        parameters=_without(
            "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "cache_control", "service_tier",
            "cachedContent", "cached_content", "anthropic_version", "betas",
        ),
    ),
)  # fmt: skip
"""All of them, in the order in which they are applied. Cache marks within the prompt never count."""


class Normal(NamedTuple):
    """The normalisations of one run."""

    rows: tuple[Normalisation, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of those that are on."""
        return tuple(row.id for row in self.rows)

    def text(self, text: str) -> str:
        """Normalise the text of a segment."""
        for row in self.rows:
            text = row.text(text) if row.text is not None else text
        return text

    def parameters(self, pairs: Mapping[str, bytes]) -> Parameters:
        """Normalise the parameters of a request."""
        found = dict(pairs)
        for row in self.rows:
            found = row.parameters(found) if row.parameters is not None else found
        return found

    def objects(self, data: bytes) -> bytes:
        """Normalise the JSON of a tool or schema; what is no JSON stays."""
        steps = [row.objects for row in self.rows if row.objects is not None]
        if not steps:
            return data
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return data
        for step in steps:
            value = step(value)
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def normal(on: Iterable[str] = (), off: Iterable[str] = ()) -> Normal:
    """Return the default normalisations with some more and some fewer; `UsageError` for a name that is none."""
    known = tuple(row.id for row in NORMALISATIONS)
    on, off = set(on), set(off)
    for name in sorted(on | off):
        if name not in known:
            raise UsageError(f"there is no normalisation called {name!r}", hint=f"choose from: {', '.join(known)}")
    for name in sorted(on & off):
        raise UsageError(f"{name!r} is switched on and off", hint=f"leave out --normalise {name} or --as-sent {name}")
    return Normal(tuple(row for row in NORMALISATIONS if (row.default or row.id in on) and row.id not in off))
