"""The shape of the files in `pricing/`, as a person writes them; `schema.json` is generated from here."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from cachelens.providers.billing import Facts, Modifier, TierEntry, UnitPrices
from cachelens.providers.profile import CacheProfile, MinimumRow, Tokenizer
from cachelens.providers.vocabulary import Confidence, ProviderRole


class ProviderHeader(Facts, frozen=True, kw_only=True):
    """Who the file is about."""

    id: str
    name: str = ""
    role: ProviderRole = ProviderRole.VENDOR
    platforms: tuple[str, ...] = ()
    """Platform names in logs (`bedrock`, `azure`) that mean this provider."""
    note: str = ""


class PriceEntry(UnitPrices, frozen=True, kw_only=True):
    """Prices from a day on, USD per million tokens. Append a row for a new price; never change an old one."""

    start: str = ""
    """First day (UTC) of the price; empty = published without a start."""
    end: str = ""
    """First day on which it no longer held; may be left out when a later row follows."""
    tiers: tuple[TierEntry, ...] | UnsetType = UNSET
    """Steps by total input; left out = those of the profile, `[]` = none."""
    explicit: UnitPrices | None = None
    """Prices that differ under the model's explicit cache profile."""
    sources: tuple[str, ...]
    checked: str
    """Day on which a person last compared the row with its source."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class ModelEntry(Facts, frozen=True, kw_only=True):
    """One model. A file of one's own may name an existing model and give only what differs."""

    id: str
    profile: str | UnsetType = UNSET
    explicit_profile: str | UnsetType = UNSET
    aliases: tuple[str, ...] = ()
    min_tokens: tuple[MinimumRow, ...] = ()
    """Dated cacheable minimum; left out = the profile's."""
    min_tokens_by_platform: dict[str, int] = {}
    modifiers: dict[str, Modifier] = {}
    """Modifiers that differ from the profile's."""
    prices: tuple[PriceEntry, ...] = ()
    tokenizer: Tokenizer | UnsetType = UNSET
    confidence: Confidence | UnsetType = UNSET
    note: str | UnsetType = UNSET


class Derivation(Facts, frozen=True, kw_only=True):
    """Models that a cloud serves under another provider's list."""

    provider: str
    """Provider whose models are served."""
    prefix: str
    """Put before the model's id to make the new id."""
    name_prefix: str = ""
    """Put before every name of the model to make the aliases."""
    plain_names: bool = False
    """True: the model's own names resolve here as well when the log names the platform."""
    platform: str = ""
    """Platform whose cacheable minimum applies."""
    models: tuple[str, ...] = ("*",)
    """Globs of the models served."""
    profiles: dict[str, str]
    """The vendor's profile to the one that holds here; models with another profile are not served."""
    modifier: str = ""
    """Modifier of the vendor's price that is part of every row here."""
    sources: tuple[str, ...]
    checked: str
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class ProviderDocument(Facts, frozen=True, kw_only=True):
    """One file in `pricing/providers/`, or one passed with `--pricing`."""

    provider: ProviderHeader
    sources: dict[str, str] = {}
    """Short id to the address, package or publication that a fact was read from."""
    profiles: tuple[CacheProfile, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    derive: tuple[Derivation, ...] = ()


class UnitEntry(Facts, frozen=True, kw_only=True):
    """One billable unit."""

    id: str
    meaning: str
    per: str
    """What one price unit buys."""
    ttl: str = ""
    """TTL label of a write class."""


class UnitsDocument(Facts, frozen=True, kw_only=True):
    """`pricing/units.yaml`."""

    units: tuple[UnitEntry, ...]


class NameRule(Facts, frozen=True, kw_only=True):
    """One rewriting step for model names."""

    pattern: str
    """Regular expression, searched in the lower-cased name."""
    replace: str = ""
    provider: str = ""
    """Provider that the name gives away."""
    platform: str = ""
    """Platform that the name gives away."""
    note: str = ""


class NamesDocument(Facts, frozen=True, kw_only=True):
    """`pricing/names.yaml`: how model names in logs are reduced to ids."""

    rules: tuple[NameRule, ...]
