"""Calls that make strings of strings: `format`, `join`, `strip`, `dedent`, templates and their rendering."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable

from cachelens.model.template import Span, SpanKind
from cachelens.templates.code import merge
from cachelens.templates.code.fields import Bindings, fill
from cachelens.templates.code.site import Site
from cachelens.templates.code.values import (
    Choice,
    Items,
    Made,
    Mapping,
    Opaque,
    Reads,
    Repeat,
    Several,
    Text,
    Value,
    joined,
    reads,
    weight,
)

Handler = Callable[[Site], Value | None]
Change = Callable[[str], str]

CHANGES: dict[str, Change] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "capitalize": str.capitalize,
    "expandtabs": str.expandtabs,
    "dedent": textwrap.dedent,
    "cleandoc": inspect.cleandoc,
    "trim": str.strip,
    "trimStart": str.lstrip,
    "trimEnd": str.rstrip,
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
}
"""What is done to the text of a literal."""

_HOLE = "\ufffc"
"""Stands for a variable while the text around it is changed."""


def changed(site: Site, value: Value, name: str) -> Value:
    """Apply a change to a text: to its literals as it stands, to its variables as a filter."""
    if isinstance(value, Choice):
        branches = tuple(changed(site, branch, name) for branch in value.branches)
        return Choice(value.at, value.head, branches, value.weight)
    if not isinstance(value, Text):
        return site.applied(value, name)
    literal = [part.kind is SpanKind.LITERAL for part in value.parts]
    adjacent = any(a and b for a, b in zip(literal, literal[1:], strict=False))
    if adjacent or any(_HOLE in part.text for part in value.parts) or any(site.positional) or name not in CHANGES:
        return site.applied(value, name)
    whole = "".join(part.text if flag else _HOLE for part, flag in zip(value.parts, literal, strict=True))
    texts = CHANGES[name](whole).split(_HOLE)
    if len(texts) != literal.count(False) + 1:
        return site.applied(value, name)
    return Text(value.at, _laid(value.parts, texts, name), value.weight)


def _laid(parts: tuple[Span, ...], texts: list[str], name: str) -> tuple[Span, ...]:
    """Put changed texts back between the variables."""
    found: list[Span] = []
    waiting = iter(texts)
    pending = next(waiting)
    for part in parts:
        if part.kind is SpanKind.LITERAL:
            if pending:
                found.append(Span(kind=part.kind, location=part.location, text=pending))
            pending = ""
        else:
            found.append(part if name in {"dedent", "cleandoc"} else merge.span_with(part, more=Reads(filters=(name,))))
            pending = next(waiting)
    return tuple(found)


def method_change(site: Site) -> Value | None:
    """`text.strip()` and the like."""
    receiver = site.receiver
    return None if receiver is None else changed(site, receiver, site.tail)


def function_change(site: Site) -> Value | None:
    """`textwrap.dedent(text)` and the like: a function of one text."""
    if len(site.positional) != 1:
        return None
    inner = site._replace(positional=())
    return changed(inner, site.positional[0], site.tail)


def format_(site: Site) -> Value | None:
    """`"...{x}...".format(x=...)`."""
    return _fill(site, "format", site.bindings())


def format_map(site: Site) -> Value | None:
    """`"...{x}...".format_map({...})`."""
    given = site.positional[0] if site.positional else None
    return _fill(site, "format", mapping_bindings(given))


def mapping_bindings(given: Value | None) -> Bindings:
    """Return the pairs of a dictionary as what fills placeholders."""
    if isinstance(given, Mapping):
        named = {name: value for name, value in given.pairs if name}
        return Bindings(named, (), joined(reads(value) for name, value in given.pairs if name is None))
    return Bindings(rest=reads(given) if given is not None else Reads())


def _fill(site: Site, style: str, bindings: Bindings, receiver: Value | None = None) -> Value | None:
    text = receiver if receiver is not None else site.receiver
    if isinstance(text, Choice):
        filled = tuple(_fill(site, style, bindings, branch) or branch for branch in text.branches)
        return Choice(text.at, text.head, filled, text.weight)
    if not isinstance(text, Text):
        return None
    path = next((part.location.path for part in text.parts), text.at.path)
    return fill(text, style, bindings, site.machine.sources.get(path))


TEMPLATE_STYLES = {"jinja2.Template": "jinja", "Template": "jinja", "from_string": "jinja", "string.Template": "dollar"}
"""How the placeholders of template objects are written."""


def render(site: Site) -> Value | None:
    """`Template(...).render(...)`, `env.get_template(...).render(...)`, `Template(...).substitute(...)`."""
    template = site.receiver
    if not isinstance(template, Made) or not template.positional:
        return None
    bindings = site.bindings()
    if site.positional:
        first = mapping_bindings(site.positional[0])
        bindings = Bindings({**first.named, **bindings.named}, (), joined([first.rest, bindings.rest]))
    tail = template.name.rpartition(".")[2]
    given = template.positional[0]
    if tail in {"get_template", "select_template"}:
        return _included(site, given)
    style = TEMPLATE_STYLES.get(template.name) or TEMPLATE_STYLES.get(tail)
    if style is None or not isinstance(given, Text | Choice):
        return site.opaque(Reads(calls=(template.name,)), reads(given), site.given())
    return _fill(site, style, bindings, given)


def _included(site: Site, given: Value) -> Value:
    """Name a template that is kept in a file, with all that is put into it."""
    found = site.given()
    name = "".join(part.text for part in given.parts) if isinstance(given, Text) else ""
    use = site.opaque(found, reads(given))
    if not name:
        return use
    span = Span(
        kind=SpanKind.INCLUDE,
        location=given.at,
        text=name,
        names=found.names,
        calls=found.calls,
        filters=found.filters,
        origins=found.origins,
    )
    return Text(use.at, (span,), 1)


def join(site: Site) -> Value | None:
    """Return the items of a list as one text, in either notation."""
    if site.machine.dialect.joins_list:
        listed, separator = site.receiver, site.positional[0] if site.positional else None
    else:
        listed, separator = (site.positional[0] if site.positional else None), site.receiver
    if listed is None:
        return None
    between = separator.parts if isinstance(separator, Text) else ()
    if isinstance(listed, Items):
        return _joined_items(site, listed, between)
    if isinstance(listed, Opaque) and isinstance(separator, Text | None):
        return site.opaque(reads(listed), Reads(filters=("join",)))
    return None


def _joined_items(site: Site, listed: Items, between: tuple[Span, ...]) -> Value:
    parts: list[Span] = []
    for index, entry in enumerate(listed.entries):
        if index:
            parts.extend(between)
        parts.extend(_entry(site, entry, between))
    return merge.text(listed.at, parts, weight(listed) * (1 + len(between)), site.opaque(reads(listed)))


def _entry(site: Site, entry: Value, between: tuple[Span, ...]) -> tuple[Span, ...]:
    use = site.opaque(reads(entry), Reads(filters=("join",)))
    match entry:
        case Repeat(head=head, entries=entries):
            body = [span for inner in entries for span in (*_entry(site, inner, between), *between)]
            return (merge.span_with(head, branches=(tuple(body),), more=Reads(filters=("join",))),)
        case Several(value=Choice(head=head, branches=branches)) if all(isinstance(b, Items) for b in branches):
            inside = [b for b in branches if isinstance(b, Items)]
            filled = tuple(
                tuple(span for e in branch.entries for span in (*_entry(site, e, between), *between))
                for branch in inside
            )
            return (merge.span_with(head, branches=filled),)
        case Made(span=span):
            return (merge.span_with(span, more=Reads(filters=("join",))),)
        case Several(value=Opaque(span=span)):
            return (merge.span_with(span, more=Reads(filters=("join",))),)
        case _:
            return merge.spans(entry, use)
