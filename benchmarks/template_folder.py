"""Write a folder of prompt templates in the languages that the audit reads, the same for the same number.

    python benchmarks/template_folder.py FOLDER --files 600

One in six is a Jinja2 file, a prompty, a Handlebars file, a SWE-agent configuration, a Python source and a plain text
with placeholders; two to eight thousand characters each, and a clock or an id at the top of every fourth.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

from chat_log import prose

CHARACTERS = (2_000, 8_000)


def jinja(text: str, top: str) -> str:
    """A system prompt with a loop and a condition."""
    first = f"Now: {{{{ {top} }}}}\n" if top else ""
    tail = "{% for row in rows %}- {{ row.title }}\n{% endfor %}{% if extra %}{{ extra }}{% endif %}\n"
    return f"{first}{text}\n\n{tail}{{{{ question }}}}\n"


def prompty(text: str, top: str) -> str:
    """Front matter and two messages."""
    head = "---\nname: answer\nmodel:\n  api: chat\n---\nsystem:\n"
    return head + (f"Now: {{{{{top}}}}}\n" if top else "") + f"{text}\n\nuser:\n{{{{question}}}}\n"


def handlebars(text: str, top: str) -> str:
    """Text with a block."""
    first = f"Now: {{{{{top}}}}}\n" if top else ""
    return f"{first}{text}\n{{{{#each rows}}}}- {{{{this.title}}}}\n{{{{/each}}}}{{{{question}}}}\n"


def agent(text: str, top: str) -> str:
    """A configuration with two templates."""
    body = "".join(f"    {line}\n" for line in text.splitlines())
    first = f"    Now: {{{{{top}}}}}\n" if top else ""
    return f"agent:\n  system_template: |-\n{first}{body}  instance_template: |-\n    {{{{problem_statement}}}}\n"


def source(text: str, top: str) -> str:
    """A module with a prompt and a call."""
    first = f"Now: {{{top}}}\n" if top else ""
    return (
        "from openai import OpenAI\n\n\n"
        f"def answer(question, {top or 'limit'}):\n"
        f'    system = f"""{first}{text}\n"""\n'
        "    messages = [{'role': 'system', 'content': system}, {'role': 'user', 'content': question}]\n"
        "    return OpenAI().chat.completions.create(model='gpt-5.5', messages=messages)\n"
    )


def plain(text: str, top: str) -> str:
    """Text with placeholders."""
    return (f"Now: {{{top}}}\n" if top else "") + f"{text}\n{{question}}\n"


LANGUAGES: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    (".jinja2", jinja),
    (".prompty", prompty),
    (".hbs", handlebars),
    (".yaml", agent),
    (".py", source),
    (".txt", plain),
)


def write(folder: Path, files: int, seed: int = 7) -> None:
    """Write the templates."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        suffix, made = LANGUAGES[number % len(LANGUAGES)]
        top = rng.choice(("current_time", "request_id")) if number % 4 == 0 else ""
        text = made(prose(rng, rng.randint(*CHARACTERS)), top)
        (folder / f"prompt_{number:04}{suffix}").write_text(text, encoding="utf-8")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    write(options.folder, options.files, options.seed)


if __name__ == "__main__":
    main()
