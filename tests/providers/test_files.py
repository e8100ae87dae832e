"""The built-in price files as a whole: complete, traceable, in keeping with the published ratios."""

import datetime as dt
import json
import re
from decimal import Decimal
from typing import cast

import jsonschema
import pytest

from cachelens.model.usage import WRITE_TTLS
from cachelens.providers.billing import UNITS
from cachelens.providers.book import PriceBook
from cachelens.providers.documents import NamesDocument, ProviderDocument, UnitsDocument
from cachelens.providers.fitting import FITS
from cachelens.providers.loading import load_pricing, pricing_root
from cachelens.providers.schema import pricing_schema
from cachelens.providers.vocabulary import Confidence, Mechanism
from cachelens.providers.yamlfile import YamlFile

FILES = sorted((pricing_root() / "providers").glob("*.yaml"))
IDS = [path.stem for path in FILES]


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_pricing()


def document(stem: str) -> ProviderDocument:
    file = YamlFile(pricing_root() / "providers" / f"{stem}.yaml", stem)
    data = {**cast("dict[str, object]", file.data), "profiles": []}
    return file.convert(data, ProviderDocument)


def test_the_schema_in_the_folder_is_the_one_of_the_types() -> None:
    written = (pricing_root() / "schema.json").read_text("utf-8")
    assert written == pricing_schema(), "run: python -m cachelens.providers.schema > pricing/schema.json"


@pytest.mark.parametrize("stem", IDS)
def test_an_editor_that_knows_the_schema_accepts_the_file(stem: str) -> None:
    jsonschema.validate(
        YamlFile(pricing_root() / "providers" / f"{stem}.yaml", stem).data, json.loads(pricing_schema())
    )


def test_an_editor_that_knows_the_schema_marks_a_misspelt_key() -> None:
    data = {"provider": {"id": "acme"}, "models": [{"id": "a", "prise": []}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json.loads(pricing_schema()))


def test_units_are_explained_one_by_one() -> None:
    file = YamlFile(pricing_root() / "units.yaml", "units.yaml")
    units = file.convert(file.data, UnitsDocument).units
    assert sorted(unit.id for unit in units) == sorted(UNITS)
    assert {unit.ttl for unit in units if unit.ttl} == set(WRITE_TTLS)
    assert all(unit.id == f"write_{unit.ttl}" for unit in units if unit.ttl)


def test_name_rules_point_at_known_sellers(book: PriceBook) -> None:
    file = YamlFile(pricing_root() / "names.yaml", "names.yaml")
    platforms = {name for provider in book.providers.values() for name in provider.platforms} | {"vertex"}
    for rule in file.convert(file.data, NamesDocument).rules:
        re.compile(rule.pattern)
        assert rule.provider in {"", *book.providers}
        assert rule.platform in {"", *platforms}


@pytest.mark.parametrize("stem", IDS)
def test_the_file_is_named_for_its_provider_and_every_source_is_used(stem: str) -> None:
    found = document(stem)
    text = (pricing_root() / "providers" / f"{stem}.yaml").read_text("utf-8")
    assert found.provider.id == stem
    unused = [key for key in found.sources if len(re.findall(rf"\b{key}\b", text)) < 2]
    assert unused == []


def test_every_fact_has_a_known_source_and_a_day(book: PriceBook) -> None:
    for model in book.models.values():
        provider = book.providers[model.provider]
        known = {source for each in book.providers.values() for source in each.sources}
        for row in model.prices:
            assert row.sources, row.id
            assert set(row.sources) <= (known if model.platform else set(provider.sources)), row.id
            assert dt.date.fromisoformat(row.checked).isoformat() == row.checked


def test_every_mechanism_has_a_profile(book: PriceBook) -> None:
    assert {profile.mechanism for profile in book.profiles.values()} == set(Mechanism) == set(FITS)


def test_no_alias_means_two_models_of_one_provider(book: PriceBook) -> None:
    seen: dict[tuple[str, str], str] = {}
    for model in book.models.values():
        for name in {text.lower() for text in (model.id, *model.aliases)}:
            assert seen.setdefault((model.provider, name), model.id) == model.id, name


UNUSUAL = {
    "claude-fable-5-1", "claude-fable-5-2", "claude-mythos-5-1", "claude-mythos-5-2", "claude-opus-5-5",
    "claude-sonnet-5-5", "claude-haiku-3", "gpt-6.1-sol", "gpt-6.1-terra", "gemini-4-argon",
    "gemini-2.0-flash", "kimi-k3.1-pro-highspeed", "mistral-large-4", "qwen3.8-max", "fireworks/kimi-k3",
    "fireworks/deepseek-v4p1-flash",
}  # fmt: skip
"""Models whose list departs from the usual ratios of their provider, each checked by hand."""


def test_prices_keep_the_published_ratios(book: PriceBook) -> None:
    """A slip of the decimal point in a row shows as an unusual ratio."""
    odd = set()
    for model in book.models.values():
        ratios = book.profiles[model.profile].billing.multipliers
        for row in model.prices:
            for unit, ratio in ratios.items():
                price: Decimal | None = getattr(row.units, unit)
                if price is not None and row.units.input and price != row.units.input * ratio:
                    odd.add(re.sub(r"^(bedrock/(us|global)\.anthropic\.|azure/)", "", model.id))
    assert odd <= UNUSUAL


def test_a_derived_row_equals_the_one_that_is_listed(book: PriceBook) -> None:
    listed = book.models["bedrock/us.anthropic.claude-opus-5"].prices[0].units
    for unit in UNITS:
        vendor = getattr(book.models["claude-opus-5"].prices[0].units, unit)
        assert getattr(listed, unit) == (None if vendor is None else vendor * Decimal("1.1"))


def test_a_derived_model_follows_the_rules_of_its_cloud(book: PriceBook) -> None:
    model = book.models["bedrock/us.anthropic.claude-opus-4-7"]
    assert (model.provider, model.profile, model.min_tokens_at(None)) == ("aws", "bedrock", 4096)
    assert book.models["claude-opus-4-7"].min_tokens_at(None) == 2048
    assert book.models["azure/gpt-4o"].min_tokens_at(None) == 1024
    assert "batch" in model.prices[0].modifiers
    assert "us" not in model.prices[0].modifiers


def test_contested_facts_say_so(book: PriceBook) -> None:
    for name in ("grok-code-fast-1", "claude-fable-5-2", "deepseek-v4-pro", "mistral-large-4", "qwen3.8-max"):
        assert book.models[name].confidence is not Confidence.HIGH
    assert book.profiles["anthropic_messages"].key.ttl_in_key is not None
    assert book.profiles["anthropic_messages"].key.ttl_in_key.confidence is Confidence.LOW
