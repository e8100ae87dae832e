"""What the tests of source code share: read a text, walk its spans, find one."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cachelens.catalog import load_catalog
from cachelens.model.template import MessageTemplate, ParsedFile, PromptTemplate, Span, SpanKind
from cachelens.templates.base import TemplateFile


def parse(text: str, name: str = "app.py", roots: tuple[Path, ...] = ()) -> ParsedFile:
    """Read a text as the file of a name."""
    path = roots[0] / name if roots else Path(name)
    file = TemplateFile(path=path, name=name, text=text, roots=roots)
    language = "python" if name.endswith(".py") else "typescript"
    parsed: ParsedFile = load_catalog("templates").get(language).parse(file)
    return parsed


def parse_file(path: Path) -> ParsedFile:
    """Read a file, with its folder as the only root."""
    return parse(path.read_text(encoding="utf-8"), path.name, (path.parent,))


def only(text: str, name: str = "app.py") -> PromptTemplate:
    """Read a text that holds one prompt and no problem."""
    parsed = parse(text, name)
    assert parsed.problems == ()
    assert len(parsed.templates) == 1, [template.name for template in parsed.templates]
    return parsed.templates[0]


def named(parsed: ParsedFile, name: str) -> PromptTemplate:
    """Return the prompt of a function."""
    found = [template for template in parsed.templates if template.name == name]
    assert len(found) == 1, [template.name for template in parsed.templates]
    return found[0]


def walk(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans with those inside them."""
    for span in spans:
        yield span
        for branch in span.branches:
            yield from walk(branch)


def spans(template: PromptTemplate) -> list[Span]:
    """Return all spans of a prompt."""
    return [span for message in template.messages for span in walk(message.spans)]


def varying(template: PromptTemplate) -> list[Span]:
    """Return all spans of a prompt that are not sent as they stand."""
    return [span for span in spans(template) if span.kind is not SpanKind.LITERAL]


def said(message: MessageTemplate) -> str:
    """Return the text of a message, its variables in brackets."""
    return "".join(span.text if span.kind is SpanKind.LITERAL else f"<{span.text}>" for span in message.spans)


def cut(text: str, span: Span) -> str:
    """Return what stands in a text at the location of a span."""
    lines = text.split("\n")
    at = span.location
    if at.line == at.end_line:
        return lines[at.line - 1][at.column - 1 : at.end_column - 1]
    inside = lines[at.line : at.end_line - 1]
    return "\n".join([lines[at.line - 1][at.column - 1 :], *inside, lines[at.end_line - 1][: at.end_column - 1]])
