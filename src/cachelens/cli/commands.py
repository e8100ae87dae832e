"""The table of sub-commands, and the typer application around it.

`help_text.py` holds this application's own help; write it again after a change here:
`python -m cachelens.cli.help_text`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cachelens import __version__
from cachelens.cli.lazy import CommandRow, LazyGroup

COMMANDS: dict[str, CommandRow] = {
    "audit": CommandRow("cachelens.cli.audit:audit", "Find what breaks the prefix, where, and what it costs."),
    "explain-miss": CommandRow("cachelens.cli.explain_miss:explain_miss", "Explain why one request missed the cache."),
    "diff": CommandRow("cachelens.cli.diff:diff", "Compare two requests as a cache does."),
    "simulate": CommandRow("cachelens.cli.simulate:simulate", "Replay logs against provider cache rules, with prices."),
    "whatif": CommandRow("cachelens.cli.whatif:whatif", "Price other models, marks, TTLs, prompts and traffic."),
    "fleet": CommandRow("cachelens.cli.fleet:fleet", "Replay logs through N replicas, engines and routers."),
    "layers": CommandRow("cachelens.cli.layers:layers", "Replay exact and semantic response caches, and their danger."),
    "report": CommandRow("cachelens.cli.report:report", "Turn results into one page to look at."),
    "metrics": CommandRow("cachelens.cli.metrics:metrics", "Watch hit rates, cost and TTFT from recorded usage."),
    "compile": CommandRow("cachelens.cli.compile:compile_logs", "Turn logs into one trace that replays fast."),
    "rule": CommandRow("cachelens.cli.rule:rule", "Explain a rule of the audit."),
    "pricing": CommandRow("cachelens.cli.pricing:app", "Show and check prices and cache rules."),
    "init": CommandRow("cachelens.cli.init:init", "Write settings, a workflow and a hook for a project."),
    "doctor": CommandRow("cachelens.cli.doctor:doctor", "Look at the installation, and the age of prices."),
}
"""Every sub-command: add a row here and a file in this folder."""


class _Commands(LazyGroup):
    rows = COMMANDS


app = typer.Typer(
    cls=_Commands,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cachelens {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Audit and simulate LLM prompt caches, offline.

    Examples:
      cachelens simulate week.jsonl    what the caches do and cost
      cachelens audit prompts/         what breaks the prefix
      cachelens COMMAND --help         more on each
    """
