"""Python source: prompts in calls of model libraries and under names that say so. Parsed with `ast`, never imported."""

from __future__ import annotations

import re

from cachelens.model.template import ParsedFile, TemplateProblem
from cachelens.templates.base import MOST_BYTES, TemplateFile
from cachelens.templates.code.calls import call
from cachelens.templates.code.driver import follow_file
from cachelens.templates.code.follow import EVALUATORS
from cachelens.templates.code.gate import may_hold_prompts
from cachelens.templates.code.machine import Dialect, Machine
from cachelens.templates.code.modules import Modules, python_candidates
from cachelens.templates.code.python_steps import lower_python
from cachelens.templates.code.source import Source
from cachelens.templates.code.steps import STEPPERS

_SUFFIXES = (".py", ".pyi", ".pyw")
_SURE, _NO = 90, 0
_PYTHON_2 = re.compile(r"(?m)^\s*(?:print\s+[^\s(=]|exec\s+[\"']|raise\s+\w+\s*,|except\s+\w+\s*,\s*\w+\s*:)")

DIALECT = Dialect(
    id="python",
    call=call,
    machine_reads=frozenset({"os.environ", "os.name", "sys.argv", "sys.platform", "sys.version", "sys.executable"}),
)


class PythonLanguage:
    """Reads `.py` files."""

    id = "python"

    def sniff(self, name: str, text: str) -> int:
        """Say yes to the file names of Python."""
        return _SURE if name.lower().endswith(_SUFFIXES) else _NO

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the prompts of a file; one that cannot hold any is not parsed."""
        source = Source(file.name, file.text)
        if len(file.text) > MOST_BYTES:
            return _problem(
                source, 0, "too-large", f"Not read: it has more than {MOST_BYTES:,} bytes, the most that is read."
            )
        if not may_hold_prompts(file.text):
            return ParsedFile(templates=())
        try:
            module = lower_python(source)
        except (RecursionError, MemoryError):
            return _problem(
                source, 0, "too-deep", "Expressions nest too deeply; take the prompt out into a name of its own."
            )
        except (SyntaxError, ValueError) as error:
            line = (error.lineno or 1) if isinstance(error, SyntaxError) else 1
            return _problem(source, line - 1, "syntax", _advice(file.text))
        machine = Machine(DIALECT, EVALUATORS, STEPPERS, Modules(file, lower_python, python_candidates).load)
        stem = re.split(r"[/\\]", file.name)[-1].rpartition(".")[0]
        templates = follow_file(machine, module, source, stem or file.name)
        if module.deep is not None:
            machine.problem(
                source.location(module.deep),
                "too-deep",
                "Nested too deeply to be followed; give parts names of their own.",
            )
        return ParsedFile(templates=templates, problems=tuple(machine.problems))


def _advice(text: str) -> str:
    if _PYTHON_2.search(text):
        return "This reads like Python 2; only Python 3 is parsed."
    return "Not valid Python of this interpreter's version; correct it, or leave the file out."


def _problem(source: Source, line: int, code: str, message: str) -> ParsedFile:
    start = source.starts[min(max(line, 0), len(source.starts) - 1)]
    at = source.location((start, start))
    return ParsedFile(templates=(), problems=(TemplateProblem(location=at, code=code, message=message),))


LANGUAGE = PythonLanguage()
