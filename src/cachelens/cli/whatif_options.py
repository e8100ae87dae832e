"""The options of `cachelens whatif`, and what is made of their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cachelens.errors import UsageError

if TYPE_CHECKING:
    from cachelens.model.whatif import WhatIfChoices
    from cachelens.whatif.parameters import Parameters

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUTS...]",
        help="Logs, as for `simulate`; one compiled trace; or one parameter file (.yaml). None: options describe it.",
        show_default=False,
    ),
]
SessionsADay = Annotated[
    float | None, typer.Option("--sessions-a-day", metavar="N", help="Without inputs: sessions that begin in a day.")
]
Turns = Annotated[int, typer.Option(min=1, metavar="N", help="Requests of a session.")]
Gap = Annotated[
    float, typer.Option("--gap", min=0, metavar="SECONDS", help="From one request of a session to the next.")
]
Users = Annotated[int, typer.Option(min=1, metavar="N", help="Users that the sessions are spread over.")]
Parts = Annotated[
    list[str] | None,
    typer.Option(
        "--part",
        metavar="NAME:TOKENS:CHANGES",
        help="A part of the prompt, in the order sent, and when it changes: never, day, user, session, turn (added to "
        "the conversation), request. A fourth field says where: tools, system, messages, tool-results. Repeatable.",
    ),
]
OutputTokens = Annotated[int, typer.Option("--output-tokens", min=0, metavar="N", help="Tokens of an answer.")]
TokensOf = Annotated[
    str,
    typer.Option(
        "--tokens-of", metavar="MODEL", help="Lengths are this model's; estimate other models' [default: all the same]."
    ),
]
Models = Annotated[list[str] | None, typer.Option("--model", metavar="MODEL", help="Price on this model. Repeatable.")]
Boundaries = Annotated[
    list[str] | None,
    typer.Option(
        "--boundary",
        metavar="NAME",
        help="Where marks stand: none, as-recorded, full-context, system-only, tools-and-system, "
        "exclude-tool-results. Repeatable; default: all that differ.",
    ),
]
Ttls = Annotated[
    list[str] | None,
    typer.Option("--ttl", metavar="TTL", help="Lifetime of entries. Repeatable; default: all that are offered."),
]
PromptTokens = Annotated[
    str, typer.Option("--prompt-tokens", metavar="N,...", help="Sizes to try for what never changes in the prompt.")
]
Amounts = Annotated[
    str, typer.Option("--traffic", metavar="X,...", help="Amounts of traffic to try, as factors: 0.1,1,10.")
]
At = Annotated[
    str,
    typer.Option(
        "--at", metavar="DATE", help="Day of the prices and rules [default: when last checked; of a log its own days]."
    ),
]
Sample = Annotated[
    int, typer.Option("--sample", min=100, metavar="N", help="Requests to make for described traffic, half to warm up.")
]

_DESCRIBING = {
    "sessions_a_day": None,
    "turns": 1,
    "gap": 60,
    "users": 1,
    "part": None,
    "output_tokens": 0,
    "tokens_of": "",
}
"""Options that describe traffic, with their defaults."""


def choices(given: Mapping[str, Any]) -> WhatIfChoices:
    """Return what is asked, from the values of the options by name; `UsageError` for what cannot be read."""
    from cachelens.cli.fleet_options import decimals, numbers
    from cachelens.model.whatif import WhatIfChoices

    return WhatIfChoices(
        models=tuple(dict.fromkeys(given["model"] or ())),
        boundaries=tuple(given["boundary"] or ()),
        ttls=tuple(dict.fromkeys(given["ttl"] or ())),
        prompt_tokens=tuple(dict.fromkeys(numbers("--prompt-tokens", given["prompt_tokens"]))),
        traffic=tuple(dict.fromkeys(decimals("--traffic", given["traffic"]))),
        at=given["at"],
        sample=given["sample"],
        pricing=tuple(given["pricing"] or ()),
    )


def described(given: Mapping[str, Any]) -> Parameters | None:
    """Return the traffic that the options describe, `None` with inputs; `UsageError` for both, neither or a part."""
    parts, sessions = given["part"], given["sessions_a_day"]
    if given["inputs"]:
        named = [f"--{name.replace('_', '-')}" for name, default in _DESCRIBING.items() if given[name] != default]
        if named:
            raise UsageError(
                f"the traffic is described twice: by an input and by {', '.join(named)}",
                hint="leave out one of the two; a parameter file has fields of its own for all of them",
            )
        return None
    if not parts or sessions is None:
        raise UsageError(
            "there is no traffic to price",
            hint="name a log or a parameter file, or describe it, for example: "
            "--sessions-a-day 1000 --turns 4 --part system:10000:never --part question:200:turn",
        )
    from cachelens.whatif.describing import of_options

    return of_options(
        sessions_a_day=sessions,
        turns=given["turns"],
        gap_s=given["gap"],
        users=given["users"],
        parts=parts,
        output=given["output_tokens"],
        tokens_of=given["tokens_of"],
    )
