"""One file from its lowered form to the prompts in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from cachelens.model.location import Location
from cachelens.model.template import MessageTemplate, PromptTemplate, Span, SpanKind
from cachelens.templates.code import tree
from cachelens.templates.code.enter import follow_alone, instantiate, settled
from cachelens.templates.code.fields import Bindings, fill, tokens
from cachelens.templates.code.find import NAMED, SENT, emit_named, text_message
from cachelens.templates.code.gate import Wanted
from cachelens.templates.code.growth import grown_lists
from cachelens.templates.code.layout import laid_out
from cachelens.templates.code.machine import Emission, Exhausted, Frame, Machine
from cachelens.templates.code.source import Source
from cachelens.templates.code.text_calls import TEMPLATE_STYLES
from cachelens.templates.code.values import Choice, Instance, Items, Kind, Made, Mapping, Text, Value

PROMPT_NAME = re.compile(
    r"(?i:^|_|(?<=[a-z])(?=[PIT]))(?i:prompts?|instructions?|system_?message|persona|preamble|(?P<weak>templates?))(?=_|\d|$|[A-Z])"
)
"""Names that say prompt or template."""
_NO_PROMPT = re.compile(
    r"(?i)(?:_|(?=[A-Z]))(?:id|name|path|file|dir|folder|tokens?|length|len|version|key|hash|type|format|count|url|re|regex|pattern)s?$"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 4
_FEWEST_WEAK_WORDS = 8
_MOST_CONTEXTS = 8
_MARKUP = ("<", "{%", "SELECT ", "#!", "\\")


def follow_file(machine: Machine, module: tree.Module, source: Source, name: str) -> tuple[PromptTemplate, ...]:
    """Follow a file and each of its functions, and return the prompts in it, in the order of the file."""
    frame = Frame(source)
    machine.sources[source.name] = source
    try:
        _guarded(machine, lambda: machine.run(module.body, frame), source)
        _named(machine, frame)
        wanted = Wanted(source, module)
        grown_lists(frame.variables, wanted.functions, source)
        done: set[int] = set()
        while machine.waiting:
            function, outer, owner = machine.waiting.pop(0)
            if id(function) not in done and wanted.includes(function):
                done.add(id(function))
                _guarded(machine, partial(_alone, machine, function, outer, owner), source)
    except Exhausted:
        at = source.location((0, 0))
        machine.problem(
            at, "too-large", "Only a part of this file was followed; split it, or audit its functions apart."
        )
    return tuple(_template(one, machine, name) for one in _kept(machine.emissions, machine.followed, source.name))


def _guarded(machine: Machine, step: Callable[[], object], source: Source) -> None:
    try:
        step()
    except RecursionError:
        machine.entered.clear()
        message = "Calls or expressions nest too deeply to be followed; take the prompt out into a name of its own."
        machine.problem(source.location((0, 0)), "too-deep", message)


def _alone(machine: Machine, function: tree.Function, outer: Frame, owner: Value | None) -> None:
    machine.begin(id(function))
    instance = _instance(machine, owner) if isinstance(owner, Kind) else None
    frame = follow_alone(machine, function, outer, instance)
    _named(machine, frame)
    result = settled(machine, frame)
    if result is not None:
        _named_value(machine, function.name, result)


def _instance(machine: Machine, kind: Kind) -> Instance:
    """Return the object that the methods of a class are followed with."""
    known = machine.instances.get(id(kind.definition))
    if not isinstance(known, Instance):
        known = machine.instances[id(kind.definition)] = instantiate(machine, kind, None)
    return known


def _named(machine: Machine, frame: Frame) -> None:
    """Note the variables of a frame whose names say prompt."""
    for name, value in frame.variables.items():
        last = name.rpartition(".")[2]
        if isinstance(value, Kind) and value.frame is frame:
            for field, inner in value.fields.items():
                _named_value(machine, field, inner)
        else:
            _named_value(machine, last, value)


def _named_value(machine: Machine, name: str, value: Value) -> None:
    if isinstance(value, Made):
        value = _template_object(machine, value)
    if isinstance(value, Text | Choice):
        said = PROMPT_NAME.search(name)
        if said and not _NO_PROMPT.search(name):
            texts = [value] if isinstance(value, Text) else [b for b in value.branches if isinstance(b, Text)]
            for text in texts:
                if _speaks(text, weak=bool(said["weak"])):
                    emit_named(machine, name, text.at, (text_message(_placeholders(machine, text)),))
    elif isinstance(value, Items) and _is_messages(value):
        emit_named(machine, name, value.at, laid_out(value, "messages", machine.written(value)))
    elif isinstance(value, Mapping) and PROMPT_NAME.search(name):
        for key, inner in value.pairs:
            if isinstance(inner, Text) and _speaks(inner, weak=True):
                emit_named(machine, f"{name}.{key}", inner.at, (text_message(_placeholders(machine, inner)),))


def _template_object(machine: Machine, value: Made) -> Value:
    """Return the text of a template object, with its placeholders."""
    style, given = TEMPLATE_STYLES.get(value.name), value.positional[0] if value.positional else None
    if style is None or not isinstance(given, Text):
        return value
    path = next((part.location.path for part in given.parts), given.at.path)
    return fill(given, style, Bindings(), machine.sources.get(path))


def _speaks(text: Text, *, weak: bool) -> bool:
    """Tell whether a text reads like language."""
    literals = [part.text for part in text.parts if part.kind is SpanKind.LITERAL]
    words = sum(len(_WORD.findall(literal[:2000])) for literal in literals)
    if words < (_FEWEST_WEAK_WORDS if weak else _FEWEST_WORDS):
        return False
    return not (weak and literals[0].lstrip().startswith(_MARKUP))


def _is_messages(value: Items) -> bool:
    return any(
        (isinstance(entry, Mapping) and entry.get("role") is not None and len(entry.pairs) > 1)
        or (isinstance(entry, Made) and entry.name.rpartition(".")[2] in {"SystemMessage", "HumanMessage"})
        for entry in value.entries
    )


def _placeholders(machine: Machine, text: Text) -> Text:
    """Read the placeholders of a template that nobody was seen to fill."""
    whole = "".join(part.text for part in text.parts if part.kind is SpanKind.LITERAL)
    style = "jinja" if "{{" in whole or "{%" in whole else "format"
    fields = [whole[slice(*token.inner)] for token in tokens(whole, style) if token.kind == "field"]
    if style == "format" and not all(field.replace(".", "_").isidentifier() for field in fields):
        return text
    path = next((part.location.path for part in text.parts), text.at.path)
    return fill(text, style, Bindings(), machine.sources.get(path)) if fields else text


def _kept(emissions: list[Emission], followed: set[int], path: str) -> list[Emission]:
    """Leave out what a surer find contains, and the standing in of parameters where a caller was seen."""
    alone = {emission.call for emission in emissions if emission.root not in followed}
    emissions = [one for one in emissions if one.root not in followed or one.call not in alone]
    kept: list[Emission] = []
    covered: set[Location] = set()
    for emission in sorted(emissions, key=lambda one: (-one.rank, -_size(one.messages))):
        texts, variables = _leaves(emission.messages)
        if emission.rank < SENT and (texts or variables) <= covered:
            continue
        if _touches(emission, path):
            kept.append(emission)
        covered |= texts | variables
    return sorted(_distinct(kept), key=lambda one: (one.location.path != path, one.location, one.rank))


def _distinct(kept: list[Emission]) -> list[Emission]:
    seen: list[tuple[tuple[str, tuple[int, int]], tuple[MessageTemplate, ...]]] = []
    found: list[Emission] = []
    counts: dict[tuple[str, tuple[int, int]], int] = {}
    for emission in kept:
        key = (emission.call, emission.messages)
        if key in seen or counts.get(emission.call, 0) >= _MOST_CONTEXTS:
            continue
        seen.append(key)
        counts[emission.call] = counts.get(emission.call, 0) + 1
        found.append(emission)
    return found


def _touches(emission: Emission, path: str) -> bool:
    """Tell whether a prompt has anything to do with the file that is read."""
    return emission.location.path == path or any(
        at.path == path for message in emission.messages for span in message.spans for at in _places(span)
    )


def _places(span: Span) -> list[Location]:
    inner = [at for branch in span.branches for part in branch for at in _places(part)]
    return [span.location, *(origin.location for origin in span.origins), *inner]


def _leaves(messages: tuple[MessageTemplate, ...]) -> tuple[set[Location], set[Location]]:
    """Return where the texts of a prompt stand, and where its variables do."""
    found: set[Location] = set()
    variables: set[Location] = set()
    waiting = [span for message in messages for span in message.spans]
    while waiting:
        span = waiting.pop()
        (found if span.kind is SpanKind.LITERAL else variables).add(span.location)
        waiting.extend(part for branch in span.branches for part in branch)
    return found, variables


def _size(messages: tuple[MessageTemplate, ...]) -> int:
    return sum(len(message.spans) for message in messages)


def _template(emission: Emission, machine: Machine, name: str) -> PromptTemplate:
    return PromptTemplate(
        name=emission.name or name,
        language=machine.dialect.id,
        location=emission.location,
        messages=emission.messages,
        model=emission.model,
        sent=emission.whole,
    )


__all__ = ["NAMED", "follow_file"]
