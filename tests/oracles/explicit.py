"""Caches that are written only at the caller's marks (Anthropic, Bedrock Claude, Qwen explicit, ...).

Source of every rule: https://platform.claude.com/docs/en/build-with-claude/prompt-caching (2026-08-22),
unless another one is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.oracles.entries import EntryCache, bill, seconds
from tests.oracles.traffic import OReq, OUse, in_order, seconds_of, tokens_to

RUNS = ("tool_use", "tool_result")


def explicit_breakpoints(
    requests: Sequence[OReq],
    *,
    ttls: Mapping[str, int],
    min_tokens: int,
    lookback: int = 20,
    collapse_runs: bool = True,
    max_marks: int = 4,
    refresh_path: bool = True,
    ttl_in_key: bool = False,
    drops_reasoning: bool = False,
) -> list[OUse]:
    """Replay marks exactly; answers in the order of `requests`.

    * Requests are served by (start, index).
    * The last `max_marks` marks count. A longer TTL must not stand behind a shorter one, no segment carries
      two marks and parameters carry none: each is an error of the provider, here a `ValueError`.
    * A mark whose cumulative tokens are below `min_tokens` is ignored: no read, no write, no bill.
    * Read: from each mark, deepest first, look back over at most `lookback` positions, the marked segment
      being the first, for an entry that an earlier request wrote; the first one found is the hit. Entries
      at unmarked places do not exist, so the hit may stand at a segment that this request does not mark.
    * Positions: every segment is one; `params` take none; with `collapse_runs` neighbours of the same kind
      `tool_use`, or `tool_result`, are one together, and each of them is looked at. (Readers of the page
      since 2026-09.) `params` between two neighbours do not part them.
    * An entry is alive while start - last start <= TTL, both ends included. It is readable when its writer's
      first token was out at or before this start.
    * A hit restarts the clock of its entry, and with `refresh_path` of every shorter entry on its path that
      is alive (measured, not documented). A mark at or above the hit writes nothing and bills nothing, also
      when no entry stands there.
    * Each mark deeper than the hit writes an entry with its TTL. An entry that is alive there but not
      readable yet is paid for again; see `EntryCache.write`.
    * The hit's own TTL stays what it was when written. With `ttl_in_key` a mark finds only entries written
      with its own TTL (one measurement says so; off by default).
    * With `drops_reasoning` the provider leaves out all thinking before the last message of a person, that is
      one that is not only tool results; it takes no position and has no tokens then.
    """
    if drops_reasoning:
        requests = [without_old_reasoning(request) for request in requests]
    cache = EntryCache(refresh_path=refresh_path)
    answers: dict[int, OUse] = {}
    for number, request in in_order(requests):
        marks = counted_marks(request, ttls, max_marks)
        marks = [m for m in marks if tokens_to(request, m[0]) >= min_tokens]
        hit, found_by = -1, ""
        for index, label in reversed(marks):
            key = label if ttl_in_key else ""
            hit, found_by = find(cache, request, index, lookback, key, collapse_runs=collapse_runs), key
            if hit >= 0:
                cache.refresh(request, hit, found_by)
                break
        deeper = [m for m in marks if m[0] > hit]
        for index, label in deeper:
            key = label if ttl_in_key else ""
            cache.write(request, index, seconds(seconds_of(ttls, label)), key)
        answers[number] = bill(request, hit, deeper)
    return [answers[n] for n in range(len(requests))]


def without_old_reasoning(request: OReq) -> OReq:
    """The request as a model reads it that drops the reasoning of earlier turns."""
    said = [i for i, s in enumerate(request.segments) if s.kind == "text" and not s.assistant]
    last = said[-1] if said else -1
    kept = [i for i, s in enumerate(request.segments) if s.kind != "thinking" or i > last]
    marks = tuple((kept.index(index), label) for index, label in request.marks if index in kept)
    return replace(request, segments=tuple(request.segments[i] for i in kept), marks=marks)


def counted_marks(request: OReq, ttls: Mapping[str, int], max_marks: int) -> list[tuple[int, str]]:
    """The marks that count, in order of position, or `ValueError` where the provider would answer 400."""
    marks = sorted(request.marks)[-max_marks:]
    if len({index for index, _ in marks}) < len(marks):
        raise ValueError("two marks on one segment: keep one of them")
    if any(request.segments[index].kind == "params" for index, _ in marks):
        raise ValueError("a mark on request parameters: move it to a segment with content")
    lives = [seconds_of(ttls, label) for _, label in marks]
    if lives != sorted(lives, reverse=True):
        raise ValueError("a longer TTL stands behind a shorter one: put the longer first")
    return marks


def positions(request: OReq, start: int, *, collapse_runs: bool) -> Iterator[tuple[int, int]]:
    """Segments from `start` back to the first, each with its position, counted from 1."""
    position = 0
    last_kind = ""
    for index in range(start, -1, -1):
        kind = request.segments[index].kind
        if kind == "params":
            continue
        if not (collapse_runs and kind in RUNS and kind == last_kind):
            position += 1
        last_kind = kind
        yield index, position


def find(cache: EntryCache, request: OReq, start: int, lookback: int, label: str, *, collapse_runs: bool) -> int:
    """The deepest readable entry within the window of the mark at `start`, or -1."""
    for index, position in positions(request, start, collapse_runs=collapse_runs):
        if position > lookback:
            return -1
        if cache.readable(request, index, label):
            return index
    return -1
