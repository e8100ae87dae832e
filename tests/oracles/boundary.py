"""Caches whose service marks message ends by itself (OpenAI GPT-5.6 and later).

Source of every rule: https://developers.openai.com/api/docs/guides/prompt-caching , unless another is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.oracles.entries import EntryCache, bill, seconds
from tests.oracles.traffic import OReq, OUse, in_order, seconds_of, tokens_to

INITIAL = ("tool", "system", "params")
"""What stands before the first message of the conversation itself."""


def automatic_boundary(
    requests: Sequence[OReq],
    *,
    ttls: Mapping[str, int],
    default_ttl: str,
    min_tokens: int,
    max_writes: int = 4,
    earlier_message_ends: int = 20,
    first_marks: int = 2,
    latest_marks: int = 50,
    mode: str = "implicit",
    earlier_turn_marks: str = "read_only",
    refresh_path: bool = True,
) -> list[OUse]:
    """Replay exact boundaries; answers in the order of `requests`.

    * Requests are served by (start, index). A request's own `mode` wins over the replay's.
    * Implicit mode: the service marks the end of the latest eligible message, with the request's `auto_ttl`
      or `default_ttl`, and takes one of `max_writes` slots for it; the latest `max_writes - 1` of the
      caller's marks that may be written are written too. A caller's mark at the same place counts among
      these, and its TTL is used. Explicit mode: the latest `max_writes` of the caller's marks; without any,
      nothing is read or written. A mark labelled `default` has the TTL of the request as a whole.
    * Eligible: see `latest_eligible`. The text of the model, its calls and its thinking are not.
    * A mark in an earlier turn (something of the model stands behind it and it is past the tools and the
      leading system messages) is read but not written, unless `earlier_turn_marks` is `write`.
    * Read: the deepest readable entry whose place is a candidate. Candidates: the caller's first
      `first_marks` and latest `latest_marks` marks; in implicit mode also the service's own mark, up to
      `earlier_message_ends` message ends before it (of any author; the tools list is no message) and the end
      of the leading system messages. Exact boundaries: a shared prefix that nobody wrote is a miss.
    * A boundary of fewer than `min_tokens` cumulative tokens is neither read nor written.
    * TTL from start to start, both ends included; a read or write restarts it, and with `refresh_path`
      that of the shorter entries on the path that are alive. Readable from the writer's first token.
    * Written: each boundary to write that is deeper than the hit. Bill: read to the hit, then each stretch up
      to a written boundary under that boundary's TTL, the rest plain. No rule on the order of TTLs.
    """
    cache = EntryCache(refresh_path=refresh_path)
    answers: dict[int, OUse] = {}
    for number, request in in_order(requests):
        own = latest_eligible(request) if (request.mode or mode) == "implicit" else -1
        asked = request.auto_ttl or default_ttl
        marks = [(index, asked if label == "default" else label) for index, label in sorted(request.marks)]
        places = {index for index, _ in (*marks[:first_marks], *latest(marks, latest_marks))}
        targets = dict(latest(writable(request, marks, earlier_turn_marks), max_writes - 1 if own >= 0 else max_writes))
        if own >= 0:
            ends = message_ends(request, own)[:earlier_message_ends]
            places |= {own, *ends, end_of_leading_system(request)}
            targets.setdefault(own, asked)
        fitting = [p for p in places if p >= 0 and tokens_to(request, p) >= min_tokens]
        hit = max((p for p in fitting if cache.readable(request, p)), default=-1)
        if hit >= 0:
            cache.refresh(request, hit)
        deeper = [m for m in sorted(targets.items()) if m[0] > hit and tokens_to(request, m[0]) >= min_tokens]
        for place, label in deeper:
            cache.write(request, place, seconds(seconds_of(ttls, label)))
        answers[number] = bill(request, hit, deeper)
    return [answers[n] for n in range(len(requests))]


def latest(marks: Sequence[tuple[int, str]], count: int) -> list[tuple[int, str]]:
    """The last `count` marks."""
    return list(marks[max(0, len(marks) - count) :])


def by_model(request: OReq, index: int) -> bool:
    """Whether the model itself produced this segment."""
    segment = request.segments[index]
    return segment.assistant or segment.kind in ("tool_use", "thinking")


def leading(request: OReq) -> int:
    """How many segments stand before the conversation: tools, leading system messages, parameters."""
    count = 0
    while count < len(request.segments) and request.segments[count].kind in INITIAL:
        count += 1
    return count


def end_of_leading_system(request: OReq) -> int:
    """Index of the last leading system segment, or -1."""
    found = [i for i in range(leading(request)) if request.segments[i].kind == "system"]
    return found[-1] if found else -1


def latest_eligible(request: OReq) -> int:
    """End of the latest message that the service may mark, or -1.

    Eligible are user messages, the last tool output of a group, and the last of the leading system messages
    (a system message in mid-conversation is not).
    """
    for index in range(len(request.segments) - 1, -1, -1):
        segment = request.segments[index]
        if not segment.message_end or by_model(request, index):
            continue
        if segment.kind in ("text", "tool_result"):
            return index
        if segment.kind == "system" and index == end_of_leading_system(request):
            return index
    return -1


def message_ends(request: OReq, before: int) -> list[int]:
    """Ends of the messages before a place, latest first; a tools list is no message."""
    ends = [i for i in range(before) if request.segments[i].message_end]
    return [i for i in reversed(ends) if request.segments[i].kind not in ("tool", "params")]


def writable(request: OReq, marks: Sequence[tuple[int, str]], earlier: str) -> list[tuple[int, str]]:
    """The caller's marks that may write: all, or those outside earlier turns."""
    if earlier == "write":
        return list(marks)
    models = [i for i in range(len(request.segments)) if by_model(request, i)]
    last = models[-1] if models else -1
    return [m for m in marks if m[0] > last or m[0] < leading(request)]
