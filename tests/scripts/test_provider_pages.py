"""The pages of providers say what the price files say, with sources and dates."""

import re
from decimal import Decimal

import pytest

from cachelens.providers.loading import load_pricing
from scripts.provider_pages import pages

PAGES = pages()
BOOK = load_pricing(())


@pytest.mark.parametrize("provider", BOOK.providers)
def test_every_price_stands_on_the_page_with_its_day(provider: str) -> None:
    table = PAGES[f"{provider}.md"].partition("## Prices")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `([^`]+)` \| (\S+) \| (\S+) \|.*\| (\d{4}-\d\d-\d\d) \|$", table, re.MULTILINE)
    rows = [row for model in BOOK.models.values() if model.provider == provider for row in model.prices]
    expected = [(row.model, row.start or "-", row.units.input, row.checked) for row in rows]
    assert sorted((model, start, Decimal(price), day) for model, start, price, day in shown) == sorted(expected)


@pytest.mark.parametrize("provider", BOOK.providers)
def test_every_source_that_a_fact_names_is_told(provider: str) -> None:
    text = PAGES[f"{provider}.md"]
    rules = [profile for profile in BOOK.profiles.values() if profile.provider == provider]
    rows = [row for model in BOOK.models.values() if model.provider == provider for row in model.prices]
    used = {
        source for sources in [*(fact.sources for fact in rules), *(row.sources for row in rows)] for source in sources
    }
    told = dict(re.findall(r"^\* ([\w.-]+): (.+)$", text.partition("## Sources")[2], re.MULTILINE))
    assert sorted(used - set(told)) == []
    assert [source for source, where in told.items() if where == source] == []


@pytest.mark.parametrize("profile", BOOK.profiles)
def test_every_cache_has_its_section_with_what_a_replay_leaves_out(profile: str) -> None:
    rules = BOOK.profiles[profile]
    section = PAGES[f"{rules.provider}.md"].partition(f"## Rules `{profile}`")[2].partition("\n## ")[0]
    assert f"**{rules.mechanism}**" in section
    assert f"Checked {rules.checked}, confidence {rules.confidence}, replay {rules.status}." in section
    assert rules.leaves_out in section
    assert "None" not in section


def test_what_a_rule_means_stands_beside_it() -> None:
    """Worked out by hand from `pricing/providers/anthropic.yaml` and `deepseek.yaml`."""
    text = PAGES["anthropic.md"]
    assert "\n* options: **5m (300 s), 1h (3,600 s)**\n" in text
    assert "\n* lookback positions: **20**. Positions checked from each mark" in text
    assert "\n* match: **exact-entry**. An entry that an earlier request wrote, ending exactly there.\n" in text
    assert "\n* batch: all ×0.5; not with fast; caching best-effort\n" in text
    assert "\n* options: not published\n" in PAGES["deepseek.md"]
    assert "\n* guaranteed: **no**. The provider calls hits best effort.\n" in PAGES["deepseek.md"]
