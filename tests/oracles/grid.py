"""Caches that serve the longest common prefix, floored to a grid of tokens (OpenAI before 5.6, Kimi, ...)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.oracles.entries import Entry, seconds
from tests.oracles.traffic import OReq, OUse, Prefix, in_order, seconds_of

FOREVER = 1 << 62


def prefix_grid(
    requests: Sequence[OReq],
    *,
    grid: int,
    first_step: int,
    min_tokens: int,
    ttl_s: int | None = None,
    ttls: Mapping[str, int] | None = None,
    locked: bool = False,
    max_age_s: int | None = None,
    hidden_tokens: int = 0,
    reported_rounding: int = 1,
) -> list[OUse]:
    """Replay token-level prefixes; answers in the order of `requests`.

    * For this model a segment's `content` has one character for each token. Two prompts share the leading
      segments that are equal in kind and content, and of the next one (if the kind is equal) the leading
      characters that are equal; nothing behind that. `params` have no tokens but end the common prefix
      where they differ.
    * A request of fewer than `min_tokens` tokens reads and stores nothing.
    * Steps stand at `first_step`, `first_step + grid`, ... tokens, counted from the start of a hidden system
      message of `hidden_tokens` that all prompts share. A request stores each step that it covers, whole.
    * Read: the deepest step such that it and all shorter ones are stored and readable. A stored step is alive
      while start - last start <= its TTL; each request that covers it restarts that clock. It is readable when
      the first token of a request that covers it was out. Several requests that cover a step before it is
      readable: the earliest counts. After `max_age_s` since its first write it is gone, whatever its use.
    * TTL of a step: `ttl_s` (for ever without one), or with `ttls` that of the request's `auto_ttl` (the first of
      `ttls` without one). A later request with a longer TTL lengthens it, unless it is `locked` at the first write.
    * With `ttls` writes are billed, under the request's own label: from the read to the last step. (Kimi:
      https://platform.kimi.com/docs/guide/context-caching.md .) Else nothing is billed as a write.
    * Reported: the step less the hidden tokens, floored to `reported_rounding`. (OpenAI's guide on 5.5: steps
      of 2,048 from the start of the hidden message, `cached_tokens` without it and floored to 128.)
    """
    stored: dict[tuple[str, Prefix], Entry] = {}
    oldest = FOREVER if max_age_s is None else seconds(max_age_s)
    answers: dict[int, OUse] = {}
    for number, request in in_order(requests):
        now = request.at_us
        label = request.auto_ttl or next(iter(ttls)) if ttls else ""
        ttl_us = seconds(seconds_of(ttls, label)) if ttls else FOREVER if ttl_s is None else seconds(ttl_s)
        steps = covered_steps(request, grid, first_step, hidden_tokens) if request.total >= min_tokens else []
        read = 0
        for step in steps:
            entry = stored.get((request.scope, cut(request, step)))
            if entry is None or not entry.readable(now) or now - entry.born > oldest:
                break
            read = step
        for step in steps:
            key = (request.scope, cut(request, step))
            fresh = Entry(request.readable_from, now, ttl_us, now)
            old = stored.get(key)
            if old is not None and old.alive(now) and now - old.born <= oldest:
                fresh.readable_from = min(fresh.readable_from, old.readable_from)
                fresh.ttl_us = old.ttl_us if locked else max(old.ttl_us, ttl_us)
                fresh.born = old.born
            stored[key] = fresh
        read -= read % reported_rounding
        written = max(0, steps[-1] - read) if ttls and steps else 0
        answers[number] = OUse(request.total - read - written, read, {label: written} if written else {})
    return [answers[n] for n in range(len(requests))]


def covered_steps(request: OReq, grid: int, first_step: int, hidden_tokens: int) -> list[int]:
    """The steps inside this prompt, in visible tokens from its start."""
    steps = range(first_step, request.total + hidden_tokens + 1, grid)
    return [step - hidden_tokens for step in steps if step > hidden_tokens]


def cut(request: OReq, tokens: int) -> Prefix:
    """The first `tokens` tokens of a prompt: whole segments, then the leading part of one."""
    parts: list[tuple[str, str]] = []
    left = tokens
    for segment in request.segments:
        if segment.kind != "params" and len(segment.content) != segment.tokens:
            raise ValueError("a grid needs one character for each token: spell the content so")
        if left == 0:
            break
        taken = segment.content if segment.kind == "params" else segment.content[:left]
        parts.append((segment.kind, taken))
        left -= min(left, segment.tokens)
    return tuple(parts)
