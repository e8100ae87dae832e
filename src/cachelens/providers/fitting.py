"""Which rules each mechanism follows: a profile that asks for another is refused, not replayed as if it fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import Formula, Match, Mechanism, MinimumBasis, TtlAnchor, TtlRefresh, WritePoints


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What one mechanism follows."""

    points: frozenset[WritePoints]
    match: frozenset[Match]
    basis: frozenset[MinimumBasis]
    formula: frozenset[Formula]
    anchor: frozenset[TtlAnchor] = frozenset({TtlAnchor.REQUEST_START, TtlAnchor.LAST_USE})
    """Both are replayed as the start of the request: an unspecified moment of a use has no other time in a log."""
    refresh: frozenset[TtlRefresh | None] = frozenset({*TtlRefresh, None})
    """Where it is not published, any use restarts the clock, which reads the most."""
    marks: bool = False
    """Callers mark, so the profile needs rules for marks and a default lifetime."""
    default_ttl: bool = False


FITS: Mapping[Mechanism, Fit] = {
    Mechanism.EXPLICIT_BREAKPOINTS: Fit(
        points=frozenset({WritePoints.MARKS}),
        match=frozenset({Match.EXACT_ENTRY}),
        basis=frozenset({MinimumBasis.PREFIX_AT_MARK}),
        formula=frozenset({Formula.MIXED_TTL, Formula.THREE_WAY, Formula.TWO_WAY}),
        marks=True,
        default_ttl=True,
    ),
    Mechanism.AUTOMATIC_BOUNDARY: Fit(
        points=frozenset({WritePoints.MARKS_AND_LATEST_MESSAGE}),
        match=frozenset({Match.EXACT_ENTRY}),
        basis=frozenset({MinimumBasis.PREFIX_AT_MARK, MinimumBasis.VISIBLE_TOKENS}),
        formula=frozenset({Formula.MIXED_TTL, Formula.THREE_WAY, Formula.TWO_WAY}),
        marks=True,
        default_ttl=True,
    ),
    Mechanism.PREFIX_GRID: Fit(
        points=frozenset({WritePoints.GRID}),
        match=frozenset({Match.GRID_FLOOR, Match.LONGEST_PREFIX}),
        basis=frozenset({MinimumBasis.REQUEST_INPUT, MinimumBasis.VISIBLE_TOKENS}),
        formula=frozenset({Formula.THREE_WAY, Formula.TWO_WAY}),
    ),
    Mechanism.UNITS: Fit(
        points=frozenset({WritePoints.UNITS}),
        match=frozenset({Match.WHOLE_UNITS}),
        basis=frozenset({MinimumBasis.REQUEST_INPUT}),
        formula=frozenset({Formula.TWO_WAY}),
    ),
    Mechanism.STORED_OBJECT: Fit(
        points=frozenset({WritePoints.CREATE_CALL}),
        match=frozenset({Match.WHOLE_OBJECT}),
        basis=frozenset({MinimumBasis.CACHED_CONTENT}),
        formula=frozenset({Formula.RESOURCE_RENT}),
        anchor=frozenset({TtlAnchor.CREATE}),
        refresh=frozenset({TtlRefresh.NEVER}),
        default_ttl=True,
    ),
    Mechanism.PASS_THROUGH: Fit(
        points=frozenset({WritePoints.UPSTREAM}),
        match=frozenset({Match.UPSTREAM}),
        basis=frozenset({MinimumBasis.REQUEST_INPUT}),
        formula=frozenset({Formula.UPSTREAM}),
    ),
}


def misfits(profile: CacheProfile) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a profile's rules under its mechanism, and what to write instead."""
    fit = FITS[profile.mechanism]
    choices: tuple[tuple[str, StrEnum | None, frozenset[StrEnum | None]], ...] = (
        ("write.points", profile.write.points, frozenset(fit.points)),
        ("read.match", profile.read.match, frozenset(fit.match)),
        ("min_tokens.basis", profile.min_tokens.basis, frozenset(fit.basis)),
        ("billing.formula", profile.billing.formula, frozenset(fit.formula)),
        ("ttl.anchor", profile.ttl.anchor, frozenset(fit.anchor)),
        ("ttl.refresh", profile.ttl.refresh, frozenset(fit.refresh)),
    )
    for name, value, fitting in choices:
        if value not in fitting:
            offered = ", ".join(sorted(str(word) for word in fitting if word is not None))
            yield f"{name}: {value} does not fit the mechanism {profile.mechanism}", f"write {name}: {offered}"
    if fit.marks != (profile.marks is not None):
        hint = "give its marks with their max" if fit.marks else "leave its marks out"
        yield f"the mechanism {profile.mechanism} {'needs' if fit.marks else 'has no'} rules for marks", hint
    if fit.default_ttl and not profile.ttl.default_at(None):
        yield f"the mechanism {profile.mechanism} needs a default lifetime", "give ttl.options and ttl.default"
