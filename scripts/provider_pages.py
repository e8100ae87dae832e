"""A page for every provider: its cache rules and prices, with sources and dates, from `pricing/providers/`.

What a rule and a word mean comes from the docstrings of the types that read the files, so that it stands in one place.
"""

from __future__ import annotations

import ast
import enum
import inspect
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

import msgspec

from cachelens.providers import vocabulary
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import ModelFacts, PriceRow, ProviderFacts
from cachelens.providers.loading import load_pricing
from cachelens.providers.profile import CacheProfile
from cachelens.reports.figures import count, plain
from cachelens.reports.pricing_words import UNIT_NAMES

_NOT_RULES = frozenset(
    {
        "id",
        "provider",
        "mechanism",
        "status",
        "leaves_out",
        "inherits",
        "without",
        "applies_to",
        "sources",
        "checked",
        "confidence",
        "note",
        "hit_examples",
    }
)
"""Members of a profile that the text around its lists tells."""
_ALWAYS = frozenset({"default", "points", "match", "basis", "refresh", "readable_from", "formula", "options"})
"""What every cache must answer: shown also where it is the default, or not published."""


def pages() -> dict[str, str]:
    """Return the text of each page by file name, the list of all among them."""
    book = load_pricing(())
    lines = [
        "# Providers",
        "",
        "How each provider's cache behaves and what it costs, with sources and dates, as `pricing/providers/` has it.",
        "`cachelens pricing show MODEL` shows a single model; [prices and rules](../pricing.md) tells how they are used.",
        "",
        "| provider | how its cache finds a prefix | lifetimes | models | last checked |",
        "|---|---|---|---|---|",
    ]
    found: dict[str, str] = {}
    for provider in sorted(book.providers.values(), key=lambda facts: facts.name.lower()):
        found[f"{provider.id}.md"] = _page(book, provider)
        profiles = _profiles(book, provider)
        ways = ", ".join(dict.fromkeys(rules.mechanism.value for rules in profiles)) or "as its models' vendors"
        lives = ", ".join(dict.fromkeys(label for rules in profiles for label in rules.ttl.options)) or "-"
        models = [model for model in book.models.values() if model.provider == provider.id]
        checked = max([rules.checked for rules in profiles] + [row.checked for m in models for row in m.prices])
        lines.append(f"| [{provider.name}]({provider.id}.md) | {ways} | {lives} | {len(models)} | {checked} |")
    return {**found, "README.md": "\n".join([*lines, "", *_mechanisms()]) + "\n"}


def _mechanisms() -> Iterator[str]:
    yield "## How a cache finds a prefix"
    yield ""
    for name, meaning in _meanings(vocabulary.Mechanism).items():
        yield f"* **{name}**: {meaning}"


def _profiles(book: PriceBook, provider: ProviderFacts) -> list[CacheProfile]:
    return [rules for rules in book.profiles.values() if rules.provider == provider.id]


def _page(book: PriceBook, provider: ProviderFacts) -> str:
    models = sorted((m for m in book.models.values() if m.provider == provider.id), key=lambda model: model.id)
    parts = [f"# {provider.name}"]
    if provider.note:
        parts.append(provider.note)
    parts.append(
        f"From `{provider.file}`. Each row names its sources, which stand at the end, and the day on which it was last "
        "compared with them. *Not published* is never filled in."
    )
    used = {source for rules in _profiles(book, provider) for source in rules.sources}
    for rules in _profiles(book, provider):
        parts += _rules(rules)
    if models:
        parts += ["## Prices", _prices(models)]
        if any(model.min_tokens for model in models):
            parts += ["## Cacheable minimum", _minimums(models)]
        used |= {source for model in models for row in model.prices for source in row.sources}
    parts += ["## Sources", "\n".join(_sources(book, provider, used))]
    return "\n\n".join(parts) + "\n"


def _rules(rules: CacheProfile) -> Iterator[str]:
    """Yield the parts of the section on one cache."""
    yield f"## Rules `{rules.id}`"
    meaning = _meanings(vocabulary.Mechanism)[rules.mechanism]
    yield f"**{rules.mechanism}**: {meaning}"
    about = f"For {_words(rules.applies_to)}. " if rules.applies_to else ""
    yield (
        f"{about}Checked {rules.checked}, confidence {rules.confidence}, replay {rules.status}. "
        f"Sources: {', '.join(rules.sources)}."
    )
    if rules.note:
        yield rules.note
    if rules.leaves_out:
        yield f"*Left out of a replay:* {rules.leaves_out}"
    apart = []
    for name in rules.__struct_fields__:
        value = getattr(rules, name)
        if isinstance(value, msgspec.Struct):
            lines = list(_lines(value, ""))
            if lines:
                yield f"**{inspect.getdoc(type(value))}**"
                yield "\n".join(lines)
        elif name not in _NOT_RULES and value not in (None, "", {}, (), _unset(name)):
            apart.append(_line(_label(name), value, ""))
    yield "**Who shares it, and how it is counted.**"
    yield "\n".join(apart)


def _unset(name: str) -> object:
    """Return what a confidence is where a file says nothing; other members are told as they are."""
    return vocabulary.Confidence.HIGH if name.endswith("confidence") else None


def _lines(facts: msgspec.Struct, path: str) -> Iterator[str]:
    """Yield a line for everything that a part of a profile says beyond the defaults, then its note."""
    meanings = _members(type(facts))
    for field in msgspec.structs.fields(type(facts)):
        value, label = getattr(facts, field.name), f"{path} {_label(field.name)}".strip()
        if isinstance(value, msgspec.Struct):
            yield from _lines(value, label)
        elif field.name == "options" and value:
            spans = ", ".join(f"{name} ({count(seconds)} s)" for name, seconds in value.items())
            yield f"* {label}: **{spans}**"
        elif field.name == "modifiers":
            yield from (f"* {name}: {_of_struct(part)}" for name, part in value.items())
        elif field.name in _ALWAYS and value in (None, "", {}):
            yield f"* {label}: not published"
        elif field.name != "note" and (value != field.default or field.name in _ALWAYS) and value not in ({}, ()):
            yield _line(label, value, meanings.get(field.name, ""))
    if note := getattr(facts, "note", ""):
        yield f"* {f'{path}: ' if path else ''}*{_cell(note)}*"


def _line(label: str, value: object, meaning: str) -> str:
    """Write one fact: what a word means if it is one, else what the field means."""
    told = _meanings(type(value)).get(value.value, "") if isinstance(value, enum.Enum) else meaning
    told = told.removeprefix("False: ") if value is False else "" if told.startswith("False: ") else told
    said = f" {_cell(told[:1].upper() + told[1:])}" if told and "None = " not in told and "empty = " not in told else ""
    return f"* {label}: **{_words(value)}**{'.' if said else ''}{said}"


def _label(name: str) -> str:
    """Write the name of a field in words; `_s` at its end stands for seconds."""
    return f"{name[:-2]} (seconds)".replace("_", " ") if name.endswith("_s") else name.replace("_", " ")


def _words(value: object) -> str:
    """Write a value of the files."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, int):
        return count(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return ", ".join(f"{key or 'own API'} {_words(part)}" for key, part in value.items())
    if isinstance(value, tuple):
        return ", ".join(_of_struct(part) if isinstance(part, msgspec.Struct) else _words(part) for part in value)
    text = str(value)
    return f"`{text}`" if any(mark in text for mark in "*_[]") and " " not in text else _cell(text)


def _of_struct(part: msgspec.Struct) -> str:
    """Write what a part says beyond its defaults in one line."""
    said = []
    for field in msgspec.structs.fields(type(part)):
        value = getattr(part, field.name)
        if value == field.default:
            continue
        if field.name in ("multiply", "rates"):
            said += [
                f"{_label(name)} {'×' if field.name == 'multiply' else ''}{_words(factor)}"
                for name in value.__struct_fields__
                if (factor := getattr(value, name)) is not None
            ]
        else:
            said.append(_cell(value) if field.name == "note" else f"{_label(field.name)} {_words(value)}")
    return "; ".join(said)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*")


def _prices(models: Sequence[ModelFacts]) -> str:
    units = [
        unit for unit in UNIT_NAMES if any(getattr(row.units, unit) is not None for m in models for row in m.prices)
    ]
    rows = [
        f"| model | from | {' | '.join(UNIT_NAMES[unit] for unit in units)} | sources | checked |",
        f"|---|---|{'---|' * len(units)}---|---|",
    ]
    for model in models:
        rows += [_price(model, row, units) for row in model.prices]
    return "USD per million tokens, before tiers, modifiers and hours.\n\n" + "\n".join(rows)


def _price(model: ModelFacts, row: PriceRow, units: Sequence[str]) -> str:
    prices = (getattr(row.units, unit) for unit in units)
    cells = " | ".join("-" if price is None else plain(price) for price in prices)
    return f"| `{model.id}` | {row.start or '-'} | {cells} | {', '.join(row.sources)} | {row.checked} |"


def _minimums(models: Sequence[ModelFacts]) -> str:
    rows = ["| model | from | tokens | sources | checked |", "|---|---|---|---|---|"]
    for model in models:
        for row in model.min_tokens:
            tokens = "not published" if row.value is None else count(row.value)
            by = model.min_tokens_by_platform.items()
            tokens += "".join(f"; {count(value)} on {platform}" for platform, value in by)
            rows.append(
                f"| `{model.id}` | {row.start or '-'} | {tokens} | {', '.join(row.sources)} | {row.checked or '-'} |"
            )
    return "The shortest prefix that is cached.\n\n" + "\n".join(rows)


def _sources(book: PriceBook, provider: ProviderFacts, used: set[str]) -> Iterator[str]:
    """Yield every source of the file, and those of other files that inherited facts name."""
    known = {source: where for other in book.providers.values() for source, where in other.sources.items()}
    for source in [*provider.sources, *sorted(used - set(provider.sources))]:
        where = provider.sources.get(source) or known.get(source, source)
        yield f"* {source}: <{where}>" if where.startswith("http") else f"* {source}: {_cell(where)}"


@cache
def _meanings(words: type[enum.Enum]) -> dict[str, str]:
    """Return what each word of a closed vocabulary means."""
    by_member = _members(words)
    return {str(member.value): by_member.get(member.name, "") for member in words}


@cache
def _members(kind: type) -> dict[str, str]:
    """Return the docstrings behind the members of a class, by member."""
    return _documented(inspect.getmodule(kind)).get(kind.__name__, {})


@cache
def _documented(module: object) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for part in ast.parse(inspect.getsource(module)).body:  # type: ignore[arg-type]
        if isinstance(part, ast.ClassDef):
            found[part.name] = dict(_docstrings(part.body))
    return found


def _docstrings(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for member, after in zip(body, body[1:], strict=False):
        target = member.target if isinstance(member, ast.AnnAssign) else None
        if isinstance(member, ast.Assign):
            target = member.targets[0]  # type: ignore[assignment]
        if isinstance(target, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield target.id, " ".join(str(after.value.value).replace("`", "").split())
