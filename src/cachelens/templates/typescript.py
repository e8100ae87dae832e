"""TypeScript and JavaScript source: prompts in calls of model libraries and under names that say so."""

from __future__ import annotations

import re

from cachelens.model.template import ParsedFile, TemplateProblem
from cachelens.templates.base import MOST_BYTES, TemplateFile
from cachelens.templates.code.calls import call
from cachelens.templates.code.driver import follow_file
from cachelens.templates.code.follow import EVALUATORS
from cachelens.templates.code.gate import may_hold_prompts
from cachelens.templates.code.machine import Dialect, Machine
from cachelens.templates.code.modules import Modules, script_candidates
from cachelens.templates.code.script import is_installed, lower_script
from cachelens.templates.code.source import Source
from cachelens.templates.code.steps import STEPPERS

_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs")
_SURE, _NO = 90, 0

DIALECT = Dialect(
    id="typescript",
    call=call,
    machine_reads=frozenset({"process.env", "process.pid", "process.platform", "process.version", "import.meta.env"}),
    joins_list=True,
)


class TypeScriptLanguage:
    """Reads `.ts`, `.tsx`, `.js`, `.jsx` and their module forms."""

    id = "typescript"

    def sniff(self, name: str, text: str) -> int:
        """Say yes to the file names of TypeScript and JavaScript."""
        lowered = name.lower()
        return _SURE if lowered.endswith(_SUFFIXES) and not lowered.endswith((".d.ts", ".min.js")) else _NO

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the prompts of a file; one that cannot hold any is not parsed."""
        source = Source(file.name, file.text)
        if len(file.text) > MOST_BYTES:
            return _problem(
                source, "too-large", f"Not read: it has more than {MOST_BYTES:,} bytes, the most that is read."
            )
        if not may_hold_prompts(file.text):
            return ParsedFile(templates=())
        if not is_installed():
            return _problem(
                source,
                "not-installed",
                "TypeScript and JavaScript need the extra `code`: pip install 'cachelens-sim[code]'.",
            )
        try:
            module, wrong = lower_script(source)
        except RecursionError:
            return _problem(
                source, "too-deep", "Expressions nest too deeply; take the prompt out into a name of its own."
            )
        modules = Modules(file, lambda inner: lower_script(inner)[0], script_candidates)
        machine = Machine(DIALECT, EVALUATORS, STEPPERS, modules.load)
        stem = re.split(r"[/\\]", file.name)[-1].partition(".")[0]
        templates = follow_file(machine, module, source, stem or file.name)
        if wrong is not None:
            machine.problem(
                source.location(wrong), "syntax", "Not valid here; what stands around it was read all the same."
            )
        if module.deep is not None:
            machine.problem(
                source.location(module.deep),
                "too-deep",
                "Nested too deeply to be followed; give parts names of their own.",
            )
        return ParsedFile(templates=templates, problems=tuple(machine.problems))


def _problem(source: Source, code: str, message: str) -> ParsedFile:
    at = source.location((0, 0))
    return ParsedFile(templates=(), problems=(TemplateProblem(location=at, code=code, message=message),))


LANGUAGE = TypeScriptLanguage()
