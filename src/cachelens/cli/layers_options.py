"""Options of the response caches, for every command that replays them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cachelens.model.stack import StackChoices

AnsweredLogs = Annotated[
    list[str], typer.Argument(metavar="LOGS...", help="Files, folders, globs, or - for standard input.")
]
StackInFront = Annotated[
    str,
    typer.Option(
        "--layers",
        metavar="NAME,...",
        help="Response caches in front, such as exact,semantic,prompt; the rest is replayed for what they leave.",
    ),
]
Layers = Annotated[
    str,
    typer.Option("--layers", metavar="NAME,...", help="Layers in front of the model, and it: exact,semantic,prompt."),
]
ScopeName = Annotated[
    str, typer.Option("--scope", metavar="WHO", help="Who may share answers: tenant (of one tenant) or public (all).")
]
ExactTtl = Annotated[
    str, typer.Option("--ttl", metavar="TIME", help="Lifetime of an entry of the response caches: 15m, 1h, 7d, none.")
]
LayerTtl = Annotated[
    str, typer.Option("--layer-ttl", metavar="TIME", help="Lifetime of an entry of the response caches: 15m, 1h, none.")
]
Capacity = Annotated[
    int | None,
    typer.Option(
        "--capacity", min=1, metavar="N", help="Entries of each response cache; the least recently used goes first."
    ),
]
AnySampling = Annotated[
    bool, typer.Option("--any-sampling", help="Exact cache: serve requests with a temperature above 0 and no seed too.")
]
Normalise = Annotated[
    list[str] | None,
    typer.Option("--normalise", metavar="NAME", help="Switch a normalisation on: blanks, case. Repeatable."),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--as-sent",
        metavar="NAME",
        help="Switch a normalisation off: unicode, ends, key-order, defaults, transport, identity or caching. "
        "Repeatable.",
    ),
]
Threshold = Annotated[
    float, typer.Option("--threshold", metavar="COSINE", help="Similarity from which the semantic cache answers.")
]
Embedder = Annotated[
    str, typer.Option("--embedder", metavar="NAME", help="auto, wordllama, hashing, static:FOLDER, onnx:FOLDER.")
]
Vectors = Annotated[
    str,
    typer.Option(
        "--vectors", metavar="PATH", help="Field that holds the question's embedding; no embedder is used then."
    ),
]
Question = Annotated[
    str, typer.Option("--question", metavar="PATH", help="Field that asks, in place of the last user message.")
]
Field = Annotated[
    list[str] | None,
    typer.Option(
        "--field", metavar="GATE=PATH", help="Where a row keeps the value of a gate: locale=metadata.lang. Repeatable."
    ),
]
GateOn = Annotated[
    list[str] | None,
    typer.Option(
        "--gate",
        metavar="NAME",
        help="Switch a gate on though the log lacks its field: nothing is served then. Repeatable.",
    ),
]
GateOff = Annotated[list[str] | None, typer.Option("--no-gate", metavar="NAME", help="Switch a gate off. Repeatable.")]
Labels = Annotated[
    Path | None,
    typer.Option("--labels", metavar="FILE", help="Pairs known to be the same or not: CSV or JSONL with a, b, same."),
]
MostFalse = Annotated[
    float,
    typer.Option(
        "--max-false-hits",
        min=0,
        max=1,
        metavar="RATE",
        help="False-hit rate that the advised threshold must stay under.",
    ),
]
WrongPrice = Annotated[
    str, typer.Option("--wrong-answer", metavar="USD", help="What a wrong answer costs, for the expected loss.")
]
ShowValues = Annotated[bool, typer.Option("--show-values", help="Show questions and answers of wrong hits.")]


def stack_choices(given: Mapping[str, Any]) -> StackChoices:
    """Put the options together; `UsageError` for one that makes no sense. `given` are the arguments by name."""
    from cachelens.errors import UsageError
    from cachelens.model.stack import THRESHOLDS, ExactChoices, Scope, SemanticChoices, StackChoices

    if given["scope"] not in tuple(Scope):
        raise UsageError(f"there is no scope {given['scope']!r}", hint=f"choose from: {', '.join(Scope)}")
    ttl = _lifetime(given["ttl"])
    threshold = given["threshold"]
    if not 0 < threshold <= 1:
        raise UsageError(f"a threshold of {threshold:g} is none", hint="a cosine above 0 and up to 1, such as 0.95")
    if not 0 <= given["max_false_hits"] <= 1:  # the parser of options lets nan pass
        raise UsageError("--max-false-hits is no rate", hint="a number from 0 to 1, such as 0.01")
    return StackChoices(
        layers=tuple(name.strip() for name in given["layers"].split(",") if name.strip()),
        scope=Scope(given["scope"]),
        exact=ExactChoices(
            ttl_us=ttl,
            capacity=given["capacity"],
            any_sampling=given["any_sampling"],
            normalise=tuple(given["normalise"] or ()),
            keep=tuple(given["as_sent"] or ()),
        ),
        semantic=SemanticChoices(
            threshold=threshold,
            thresholds=THRESHOLDS,
            ttl_us=ttl,
            capacity=given["capacity"],
            embedder=given["embedder"],
            gates=tuple(given["gate"] or ()),
            no_gates=tuple(given["no_gate"] or ()),
            labels=given["labels"],
            most_false_hits=given["max_false_hits"],
            price_per_wrong=_price(given["wrong_answer"]),
        ),
        question=given["question"],
        vectors=given["vectors"],
        fields=_fields(given["field"] or ()),
        pricing=tuple(given["pricing"] or ()),
    )


def stack_in_front(given: Mapping[str, Any]) -> StackChoices | None:
    """Put the few options together that commands take which replay something else; `None` without layers."""
    from cachelens.errors import UsageError

    if not given["layers"]:
        return None
    if given.get("curve"):
        raise UsageError("--curve is drawn of all traffic", hint="leave out --layers, or --curve")
    usual: dict[str, Any] = dict.fromkeys(("capacity", "normalise", "as_sent", "gate", "no_gate", "field", "labels"))
    usual |= {"embedder": "auto", "vectors": "", "question": "", "wrong_answer": "", "max_false_hits": 0.01}
    usual |= {"threshold": 0.95, "pricing": None, **given}
    return stack_choices({**usual, "ttl": given.get("layer_ttl", "1h")})


def _lifetime(text: str) -> int | None:
    from cachelens.errors import UsageError
    from cachelens.layers.lengths import microseconds

    if text == "none":
        return None
    length = microseconds(text)
    if length is None:
        raise UsageError(f"{text!r} is no lifetime", hint="write a number and s, m, h or d, such as 15m, or none")
    return length


def _price(text: str) -> Decimal | None:
    from cachelens.errors import UsageError

    if not text:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise UsageError(f"{text!r} is no price", hint="write US dollars, such as --wrong-answer 2.50")
    return price


def _fields(options: Sequence[str]) -> dict[str, str]:
    from cachelens.errors import UsageError

    result: dict[str, str] = {}
    for option in options:
        gate, equals, path = option.partition("=")
        if not equals or not gate.strip() or not path.strip():
            raise UsageError(
                f"--field needs GATE=PATH, not {option!r}", hint="for example: --field locale=metadata.lang"
            )
        result[gate.strip()] = path.strip()
    return result
