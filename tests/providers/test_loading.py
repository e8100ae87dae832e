"""Reading price files: what is refused, where the message points, and laying one's own file over the rest."""

from decimal import Decimal
from pathlib import Path

import pytest

from cachelens.errors import PricingError
from cachelens.providers import loading
from cachelens.providers.dates import day_us
from cachelens.providers.facts import ModelFacts
from cachelens.providers.loading import load_pricing, pricing_root

HEAD = """\
provider: {id: acme, name: Acme}
sources: {page: https://example.org/prices}
profiles:
  - {id: acme, mechanism: prefix-grid, sources: [page], checked: 2026-11-23}
models:
"""
"""Five lines, so that the first model stands on line 6."""


def write(tmp_path: Path, models: str, head: str = HEAD) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(head + models, encoding="utf-8")
    return path


def row(text: str) -> str:
    return f"      - {{{text}, sources: [page], checked: 2026-11-23}}\n"


def model(*rows: str, name: str = "acme-1") -> str:
    return f"  - id: {name}\n    profile: acme\n    prices:\n" + "".join(row(text) for text in rows)


PLAIN = "input: 1, output: 2"
JANUARY = f"start: 2026-01-01, {PLAIN}"
FEBRUARY = f"start: 2026-02-01, {PLAIN}"
PROFILE = "    profile: acme\n"


def refusal(path: Path) -> PricingError:
    with pytest.raises(PricingError) as caught:
        load_pricing([path])
    assert caught.value.hint
    return caught.value


def test_a_price_keeps_its_text_to_the_last_digit(tmp_path: Path) -> None:
    path = write(tmp_path, model("input: 0.1234567890123456789, output: 1.10"))
    units = load_pricing([path]).models["acme-1"].prices[0].units
    assert (str(units.input), str(units.output)) == ("0.1234567890123456789", "1.10")


@pytest.mark.parametrize(
    ("models", "line", "words"),
    [
        (model("input: 1, output: 2, inptu: 3"), 9, "unknown field `inptu`"),
        (model("input: one, output: 2"), 9, "decimal"),
        (model("input: -1, output: 2"), 9, "from 0 up"),
        (model("input: .inf, output: 2"), 9, "decimal"),
        (model("output: 2"), 9, "needs input and output"),
        (model(PLAIN).replace("[page]", "[]", 1), 9, "no source"),
        (model(PLAIN).replace("[page]", "[other]"), 9, "unknown source 'other'"),
        (model(PLAIN).replace("2026-11-23", "yesterday"), 9, "not a day"),
        (model(PLAIN).replace("profile: acme", "profile: acne"), 6, "unknown profile 'acne'"),
        ("  - id: acme-1\n    profile: acme\n", 6, "no prices"),
        (model(FEBRUARY, JANUARY), 10, "out of order"),
        (model(FEBRUARY, FEBRUARY), 10, "overlap"),
        (model(PLAIN, PLAIN), 10, "overlap"),
        (model("end: 2026-03-01, input: 1, output: 2", FEBRUARY), 10, "overlaps"),
        (model("end: 2026-01-01, input: 1, output: 2", FEBRUARY), 10, "gap"),
        (model("start: 2026-02-01, end: 2026-01-01, input: 1, output: 2"), 9, "not after its start"),
        (model("input: 1, output: 2, tiers: [{threshold: 9, op: gt}]"), 9, "either multiply or rates"),
        (
            model(
                "input: 1, output: 2, tiers: [{threshold: 9, op: gt, multiply: {all: 2}}, "
                "{threshold: 10, op: ge, multiply: {all: 3}}]"
            ),
            9,
            "ascend",
        ),
        (model("input: 1, output: 2, tiers: [{threshold: 9, op: lt, multiply: {all: 2}}]"), 9, "'lt'"),
        (model(PLAIN) + model(PLAIN), 10, "stands already at"),
        (model(PLAIN).replace(PROFILE, PROFILE * 2), 8, "twice"),
        (model(PLAIN, name="gpt-4o"), 6, "stands already at pricing/providers/openai.yaml"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_with_file_line_and_reason(tmp_path: Path, models: str, line: int, words: str) -> None:
    path = write(tmp_path, models)
    message = refusal(path).message
    assert message.startswith(f"{path}:{line}: ")
    assert words in message.lower() or words in message


def test_the_message_names_the_entry(tmp_path: Path) -> None:
    assert "acme-1" in refusal(write(tmp_path, model("input: -1, output: 2"))).message


OBJECT = (
    "write: {points: create-call}, read: {match: whole-object}, min_tokens: {basis: cached-content}, "
    "billing: {formula: resource-rent}, ttl: {anchor: create, refresh: never}"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("provider: [}", ":1: not valid YAML"),
        ("- 1", ":1: expected a mapping"),
        ("", ":1: expected a mapping"),
        ("provider: {id: acme}\nprofiles: 3\n", ":2: expected a list"),
        ("provider: {id: acme}\nprofiles:\n  - {mechanism: units}\n", ":3: a profile needs an id"),
        (HEAD.replace("prefix-grid", "telepathy"), ":4: acme: invalid enum value 'telepathy'"),
        (HEAD.replace("checked", "inherits: acme, checked"), ":4: acme: inherits from itself"),
        (HEAD.replace("checked", "inherits: none, checked"), ":4: acme: inherits from an unknown profile"),
        (HEAD.replace("checked", "ttl: {default: 5m}, checked"), ":4: acme: the default TTL '5m' is not"),
        (
            HEAD.replace("checked", "billing: {multipliers: {gold: 1}}, checked"),
            ":4: acme: unknown unit 'gold'",
        ),
        (HEAD.replace("checked", "ttl: {models: {1h: [a]}}, checked"), ":4: acme: ttl.models names '1h', which is not"),
        (
            HEAD.replace("prefix-grid", "explicit-breakpoints"),
            ":4: acme: write.points: grid does not fit the mechanism explicit-breakpoints",
        ),
        (HEAD.replace("checked", "marks: {max: 4}, checked"), ":4: acme: the mechanism prefix-grid has no rules for"),
        (
            HEAD.replace("prefix-grid", "stored-object").replace("checked", f"{OBJECT}, checked"),
            ":4: acme: the mechanism stored-object needs a default lifetime",
        ),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    assert f"{path}{words}" in refusal(path).message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.yaml").message


def test_a_derivation_into_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    text = (
        "derive:\n  - {provider: openai, prefix: acme/, profiles: {openai_55: none}, "
        "sources: [page], checked: 2026-11-23}\n"
    )
    path = write(tmp_path, text, HEAD.replace("models:\n", ""))
    assert f"{path}:6: acme/: unknown profile 'none'" in refusal(path).message


OVER = """\
provider: {id: openai}
sources: {invoice: our contract}
profiles:
  - {id: openai_55, ttl: {note: ours}}
models:
  - id: gpt-5.5
    aliases: [our-gpt]
    note: our contract
    prices:
      - {start: 2026-10-01, input: 4, output: 24, read: 0.4, sources: [invoice], checked: 2026-11-23}
"""


@pytest.fixture
def ours(tmp_path: Path) -> ModelFacts:
    path = tmp_path / "ours.yaml"
    path.write_text(OVER, encoding="utf-8")
    return load_pricing([path]).resolve("our-gpt")


def test_ones_own_file_adds_a_row_and_keeps_the_others(ours: ModelFacts) -> None:
    assert [row.id for row in ours.prices] == ["gpt-5.5", "gpt-5.5@2026-10-01"]
    assert [row.units.input for row in ours.prices] == [Decimal(5), Decimal(4)]
    assert [Path(row.file).name for row in ours.prices] == ["openai.yaml", "ours.yaml"]
    assert ours.note == "our contract"


def test_ones_own_file_changes_only_what_it_names(tmp_path: Path, ours: ModelFacts) -> None:
    profile = load_pricing([tmp_path / "ours.yaml"]).profiles[ours.profile]
    assert profile.ttl.note == "ours"
    assert profile.ttl.options == {"24h": 86400}
    assert profile.read.grid_tokens == 2048


def test_a_row_with_the_same_start_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(OVER.replace("start: 2026-10-01, ", ""), encoding="utf-8")
    (row,) = load_pricing([path]).models["gpt-5.5"].prices
    assert row.units.input == Decimal(4)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, model("input: 1, output: 2"))
    first = load_pricing([path])
    assert load_pricing([path]) is first
    write(tmp_path, model("input: 10, output: 20"))
    assert load_pricing([path]).models["acme-1"].prices[0].units.input == Decimal(10)


def test_the_built_in_files_are_found() -> None:
    assert (pricing_root() / "units.yaml").is_file()


def test_a_price_that_has_ended_stands_in_and_says_so(tmp_path: Path) -> None:
    facts = load_pricing([write(tmp_path, model("end: 2026-02-01, input: 1, output: 2"))]).models["acme-1"]
    assert not facts.price_at(day_us("2026-02-01") - 1).extrapolated
    assert facts.price_at(day_us("2026-02-01")).extrapolated


def test_the_example_in_the_readme_works(tmp_path: Path) -> None:
    example = (pricing_root() / "README.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "my.yaml"
    path.write_text(example, encoding="utf-8")
    assert [row.id for row in load_pricing([path, path]).models["gpt-5.5"].prices][-1] == "gpt-5.5@2026-10-01"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path).message


def test_an_installation_without_its_files_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loading, "__file__", str(tmp_path / "a" / "b" / "c" / "loading.py"))
    with pytest.raises(PricingError, match="missing from this installation"):
        pricing_root()
