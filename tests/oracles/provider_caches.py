"""Slow, plain models of provider caches, to check the fast replay against.

They are written from the providers' published rules alone and share nothing with the code under test:
prefixes are tuples of what was sent, caches are dictionaries, every rule is a sentence in a docstring and a
line of code.

| model | rules | behaves like |
|---|---|---|
| `explicit_breakpoints` | `explicit.py` | Anthropic, Bedrock Claude, Qwen explicit, MiniMax explicit |
| `automatic_boundary` | `boundary.py` | OpenAI 5.6 and later |
| `prefix_grid` | `grid.py` | OpenAI before 5.6, Mistral, Kimi, xAI, Groq |
| `stored_object` | `stored.py` | Gemini explicit |
"""

from __future__ import annotations

from tests.oracles.boundary import automatic_boundary
from tests.oracles.explicit import explicit_breakpoints
from tests.oracles.grid import prefix_grid
from tests.oracles.stored import stored_object
from tests.oracles.traffic import KINDS, US, OReq, OSeg, OUse

__all__ = [
    "KINDS",
    "US",
    "OReq",
    "OSeg",
    "OUse",
    "automatic_boundary",
    "explicit_breakpoints",
    "prefix_grid",
    "stored_object",
]
