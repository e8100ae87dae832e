"""The help of the bare command, rendered ahead of time so that it needs no option parser.

`python -m cachelens.cli.help_text` writes this file anew; a test compares it with the live help.
"""

from __future__ import annotations

HELP = """\
Usage: cachelens [OPTIONS] COMMAND [ARGS]...

  Audit and simulate LLM prompt caches, offline.

  Examples:
    cachelens simulate week.jsonl    what the caches do and cost
    cachelens audit prompts/         what breaks the prefix
    cachelens COMMAND --help         more on each

Options:
  --version             Show the version.
  --install-completion  Install completion for the current shell.
  --show-completion     Show completion for the current shell, to copy it or
                        customize the installation.
  -h, --help            Show this message and exit.

Commands:
  audit         Find what breaks the prefix, where, and what it costs.
  explain-miss  Explain why one request missed the cache.
  diff          Compare two requests as a cache does.
  simulate      Replay logs against provider cache rules, with prices.
  whatif        Price other models, marks, TTLs, prompts and traffic.
  fleet         Replay logs through N replicas, engines and routers.
  layers        Replay exact and semantic response caches, and their danger.
  report        Turn results into one page to look at.
  metrics       Watch hit rates, cost and TTFT from recorded usage.
  compile       Turn logs into one trace that replays fast.
  rule          Explain a rule of the audit.
  pricing       Show and check prices and cache rules.
  init          Write settings, a workflow and a hook for a project.
  doctor        Look at the installation, and the age of prices.
"""
_MARK = 'HELP = """\\\n'


def live_help() -> str:
    """Render the help from the application itself, 80 columns wide."""
    from typer.main import get_command

    from cachelens.cli.commands import app

    context = get_command(app).make_context("cachelens", [], resilient_parsing=True, terminal_width=80)
    return f"{context.get_help()}\n"


def _rewritten(source: str) -> str:
    before, mark, rest = source.partition(_MARK)
    return f'{before}{mark}{live_help()}"""\n{rest.partition(chr(34) * 3 + chr(10))[2]}'


if __name__ == "__main__":
    from pathlib import Path

    here = Path(__file__)
    here.write_text(_rewritten(here.read_text(encoding="utf-8")), encoding="utf-8")
