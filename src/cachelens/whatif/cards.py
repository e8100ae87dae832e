"""The dated prices and rules of a model, as the break-even points need them."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase

import numpy as np

from cachelens.errors import UsageError
from cachelens.model.whatif import RateCard
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import ModelFacts
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import TokenBasis


def card(book: PriceBook, facts: ModelFacts, at_us: int | None, tokens: int, *, explicit: bool = False) -> RateCard:
    """Return the prices of a model for prompts of about so many tokens, at the full price of the day.

    `explicit` takes the model's profile for stored or marked content in place of the default one.
    """
    profile = book.profiles[facts.explicit_profile if explicit else facts.profile]
    row = facts.price_at(at_us, profile=profile.id)
    tier = int(np.searchsorted([start for start, _ in row.tier_starts], tokens, side="right"))
    rates = row.rates_in(tier)
    lifetimes = {label: seconds for label, seconds in offered(profile, facts).items() if rates.has_write(label)}
    return RateCard(
        model=facts.id,
        row=row.id,
        start=row.start,
        checked=row.checked,
        input=rates.input,
        output=rates.output,
        read=rates.read,
        writes={label: rates.write_rate(label) for label in lifetimes},
        seconds=lifetimes,
        storage_hour=rates.storage_hour,
        minimum=facts.min_tokens_at(at_us),
    )


def tokens_per_reference(book: PriceBook, facts: ModelFacts) -> Decimal:
    """Return how many tokens a model makes of a text for each of the reference tokenizer, as the price files state it.

    Raises `UsageError` where they do not.
    """
    tokenizer = facts.tokenizer or book.profiles[facts.profile].tokenizer
    if tokenizer is not None and tokenizer.basis is TokenBasis.EXACT:
        return Decimal(1)
    if tokenizer is None or tokenizer.ratio is None:
        raise UsageError(
            f"no price file says how many tokens {facts.id} makes of a text",
            hint="leave out --tokens-of, and the lengths are taken to be the same on every model",
        )
    return tokenizer.ratio


def offered(profile: CacheProfile, facts: ModelFacts) -> dict[str, int]:
    """Return the lifetimes that a profile gives a model, label to seconds, shortest first; empty = none published."""
    name = facts.id.rpartition("/")[2]
    able = {
        label: seconds
        for label, seconds in profile.ttl.options.items()
        if label not in profile.ttl.models or any(fnmatchcase(name, glob) for glob in profile.ttl.models[label])
    }
    return dict(sorted(able.items(), key=lambda pair: (pair[1], pair[0])))
