"""A trace from a few parameters: the same representation that a log is compiled to, so the same replay prices it.

Nothing is sampled that need not be. Where a day's traffic is small, whole days are made; where it is large, a stretch
of one is, as dense as the whole, and every sum is multiplied by sessions of a day / sessions of the stretch. Before
the stretch that counts lies one that only warms the caches up.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.fleet.workloads.draws import Draws, Stream
from cachelens.fleet.workloads.spec import Number
from cachelens.model.prompt import Level, Role, SegmentDraft, SegmentKind
from cachelens.model.prompt import Part as PromptPart
from cachelens.model.record import RequestRecord
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.trace import Trace
from cachelens.providers.dates import US_PER_DAY, US_PER_SECOND
from cachelens.whatif.parameters import Changes, Parameters, Part, Place

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SAMPLE = 20_000
"""Requests to make, about half of which count."""
ANY_MODEL = "any"
"""Stands in a made trace for the model until one is chosen."""
_MOST_DAYS = 7
_MOST_WARMING = 5
"""How many times longer than what counts the warming may be, where a lifetime asks for it."""
_MOST_REQUESTS = 1_000_000
_ONE = Decimal(1)
_CACHE_KEY = "whatif"
"""Some providers cache only what carries a key; all requests carry the same."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Span:
    """Which stretch of time is made."""

    sessions: int
    """Sessions that count."""
    warming_sessions: int
    begins_us: int
    """When what counts begins."""
    length_us: int
    warming_us: int
    """How long the stretch before it is."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """Requests that stand for a day's."""

    trace: Trace
    measured: Mask
    """Requests that count; the others warm the caches up."""
    span: Span
    part_tokens: tuple[float, ...]
    """Mean length of the versions of each part."""


def sample(
    given: Parameters, *, day_us: int, requests: int = SAMPLE, longest_ttl_s: int = 0, scale: Decimal = _ONE
) -> Sample:
    """Make the requests of a day, or of a stretch of it, that begins on `day_us` (microseconds, midnight UTC).

    About `requests` are made; `longest_ttl_s` is how long an entry may live in any scenario, so that those that are
    read only now and then are warm; every length is multiplied by `scale`. Raises `UsageError` where that is more than
    can be replayed.
    """
    span = span_of(given, day_us=day_us, requests=requests, longest_ttl_s=longest_ttl_s)
    sessions = _sessions(given, span, float(scale))
    if len(sessions.request_session) > _MOST_REQUESTS:
        raise UsageError(
            f"{len(sessions.request_session):,} requests are more than a sample may have ({_MOST_REQUESTS:,})",
            hint="lower --sample, or the turns of a session",
        )
    builder = TraceBuilder()
    for record in _records(given, sessions):
        builder.add(record, 0)
    trace = finish(builder, [given.name])
    means = tuple(float(sizes.mean()) for sizes in sessions.sizes)
    counts = sessions.request_session >= span.warming_sessions
    return Sample(trace=trace, measured=counts[trace.column("order")], span=span, part_tokens=means)


def span_of(given: Parameters, *, day_us: int, requests: int, longest_ttl_s: int) -> Span:
    """Choose what to make: whole days, at most a week, or the middle of one day where that is too much."""
    turns = max(1.0, float(Draws(given.seed, Stream.TURNS).whole(given.turns, 1000, 1).mean()))
    room = max(1, int(requests / 2 / turns))
    days = min(_MOST_DAYS, math.floor(room / given.sessions_a_day))
    counted = max(1, round(given.sessions_a_day * days)) if days else room
    length = days * US_PER_DAY if days else max(1, round(counted / given.sessions_a_day * US_PER_DAY))
    wanted = longest_ttl_s * US_PER_SECOND if any(part.changes is Changes.USER for part in given.parts) else 0
    warming = min(max(length, wanted), _MOST_WARMING * length)
    begins = day_us if days else day_us + max(0, (US_PER_DAY - length) // 2)
    return Span(
        sessions=counted,
        warming_sessions=round(counted * warming / length),
        begins_us=begins,
        length_us=length,
        warming_us=warming,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Sessions:
    """Who asks when; requests stand session by session."""

    user: I64
    """Of each session."""
    request_session: I64
    request_turn: I64
    arrived: I64
    output: I64
    sizes: tuple[I64, ...]
    """For each part the tokens of each of its versions."""


def _sessions(given: Parameters, span: Span, scale: float) -> _Sessions:
    count = span.warming_sessions + span.sessions
    arrivals = Draws(given.seed, Stream.ARRIVALS)
    before = np.sort(arrivals.uniform(span.warming_sessions)) * span.warming_us - span.warming_us
    counted = np.sort(arrivals.uniform(span.sessions)) * span.length_us
    begins = span.begins_us + np.rint(np.concatenate([before, counted])).astype(np.int64)
    turns = _whole(Draws(given.seed, Stream.TURNS), given.turns, (span.warming_sessions, span.sessions), 1)
    total = int(turns.sum())
    session = np.repeat(np.arange(count), turns)
    first = np.cumsum(turns) - turns
    gaps = np.rint(Draws(given.seed, Stream.THINK).numbers(given.gap_s, total) * US_PER_SECOND).astype(np.int64)
    gaps[first] = 0
    elapsed = np.cumsum(gaps)
    user = (Draws(given.seed, Stream.GROUP).uniform(count) * given.users).astype(np.int64)
    arrived = begins[session] + elapsed - elapsed[first][session]
    warming = int(turns[: span.warming_sessions].sum())
    requests = warming, total - warming
    days = int(arrived.max() // US_PER_DAY - arrived.min() // US_PER_DAY) + 1
    versions = {
        Changes.NEVER: (1,),
        Changes.DAY: (days,),
        Changes.USER: (given.users,),
        Changes.SESSION: (span.warming_sessions, span.sessions),
        Changes.TURN: requests,
        Changes.REQUEST: requests,
    }
    return _Sessions(
        user=user,
        request_session=session,
        request_turn=np.arange(total) - first[session],
        arrived=arrived,
        output=_scaled(_whole(Draws(given.seed, Stream.ANSWER), given.output, requests), scale),
        sizes=tuple(
            _scaled(_whole(Draws(given.seed, Stream.QUESTION, 1 + number), part.tokens, versions[part.changes]), scale)
            for number, part in enumerate(given.parts)
        ),
    )


def _whole(draws: Draws, what: Number, counts: Sequence[int], least: int = 0) -> I64:
    """Draw for what warms up and for what counts apart, so that each of them has the lengths that are stated."""
    return np.concatenate([draws.whole(what, count, least) for count in counts])


def _scaled(lengths: I64, scale: float) -> I64:
    return lengths if scale == 1 else np.rint(lengths * scale).astype(np.int64)


_KINDS = (
    (SegmentKind.TOOL, Role.NONE, Level.TOOLS),
    (SegmentKind.SYSTEM, Role.SYSTEM, Level.SYSTEM),
    (SegmentKind.TEXT, Role.USER, Level.MESSAGES),
    (SegmentKind.TOOL_RESULT, Role.TOOL, Level.MESSAGES),
    (SegmentKind.TEXT, Role.ASSISTANT, Level.MESSAGES),
)
_TAGS = {Place.TOOLS: 0, Place.SYSTEM: 1, Place.MESSAGES: 2, Place.TOOL_RESULTS: 3}
_ANSWER = 4


def _expand(part: PromptPart) -> Sequence[SegmentDraft]:
    """Return the one segment of a made part, which holds its own length."""
    kind, role, _ = _KINDS[part.tag]
    raw = bytes(part.raw)
    return [SegmentDraft(kind, role, raw, message_end=True, known_tokens=int(raw.rpartition(b" ")[2]))]


class _Piece(NamedTuple):
    """A part of one request with its length."""

    part: PromptPart
    tokens: int


def _piece(tag: int, number: int, version: int, tokens: int) -> _Piece:
    raw = f"{number} {version} {tokens}".encode()
    return _Piece(PromptPart(level=_KINDS[tag][2], raw=raw, tag=tag), tokens)


class _Prompts:
    """Puts prompts together: what stands before the conversation, the conversation, and what stands behind it."""

    def __init__(self, given: Parameters, made: _Sessions) -> None:
        rows = list(enumerate(given.parts))
        added = [number for number, part in rows if part.changes is Changes.TURN]
        self.grows = bool(added)
        """Whether anything is added with each turn, so that answers are kept, too."""
        turn = added[0] if added else len(rows)
        self._before = [(number, part) for number, part in rows if number < turn]
        self._added = [(number, part) for number, part in rows if part.changes is Changes.TURN]
        self._behind = [(number, part) for number, part in rows if number > turn and part.changes is not Changes.TURN]
        self._made = made
        self._answer = len(rows)
        self._first_day = int(made.arrived.min()) // US_PER_DAY
        self._history: list[_Piece] = []

    def prompt(self, request: int, session: int, place: int, arrived: int) -> list[_Piece]:
        """Return the prompt of a request, which is the one after the last, or the first of its session."""
        versions = {
            Changes.NEVER: 0,
            Changes.DAY: arrived // US_PER_DAY - self._first_day,
            Changes.USER: int(self._made.user[session]),
            Changes.SESSION: session,
            Changes.TURN: request,
            Changes.REQUEST: request,
        }
        if not place:
            self._history.clear()
        self._history += self._pieces(self._added, versions)
        pieces = [*self._pieces(self._before, versions), *self._history, *self._pieces(self._behind, versions)]
        return [piece for piece in pieces if piece.tokens]

    def _pieces(self, rows: Sequence[tuple[int, Part]], versions: Mapping[Changes, int]) -> list[_Piece]:
        return [
            _piece(
                _TAGS[part.place or Place.SYSTEM],
                number,
                versions[part.changes],
                int(self._made.sizes[number][versions[part.changes]]),
            )
            for number, part in rows
        ]

    def keep_answer(self, request: int, tokens: int) -> None:
        """Add the answer to the conversation."""
        if self.grows:
            self._history.append(_piece(_ANSWER, self._answer, request, tokens))


def _records(given: Parameters, made: _Sessions) -> Iterator[RequestRecord]:
    """Yield the requests, session by session."""
    prompts = _Prompts(given, made)
    columns = (made.request_session, made.request_turn, made.arrived, made.output)
    first_token, answer_us = (round(seconds * US_PER_SECOND) for seconds in (given.first_token_s, given.answer_s))
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for request, (session, place, arrived, output) in enumerate(rows):
        pieces = prompts.prompt(request, session, place, arrived)
        yield RequestRecord(
            arrived_us=arrived,
            first_token_us=arrived + first_token,
            end_us=arrived + max(first_token, answer_us),
            model=ANY_MODEL,
            line=request + 1,
            session=str(session),
            workload=given.name,
            cache_key=_CACHE_KEY,
            parts=[piece.part for piece in pieces],
            expand=_expand,
            input_tokens=sum(piece.tokens for piece in pieces),
            output_tokens=output,
        )
        prompts.keep_answer(request, output)
