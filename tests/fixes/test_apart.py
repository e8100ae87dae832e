"""Many findings in one file: they are mended together, and one that cannot be mended keeps none of the others back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cachelens.fixes.plan import Planner, by_template
from cachelens.model.finding import Finding
from cachelens.model.template import PromptTemplate
from cachelens.templates.reading import Found
from tests.fixes.judging import every_value, mended

FOUND = Found(name="app.py", path=Path("app.py"))


def calls(*values: str) -> str:
    """Return a source with a prompt for each of some values, seven lines each."""
    prompts = [
        f"def ask_{number}(tools, tags):\n"
        f'    system_prompt = f"""é {{{value}}}\n\nDo not sing in the hall of the king."""\n'
        f"    return system_prompt\n"
        for number, value in enumerate(values)
    ]
    return "import json, os\n\n\n" + "\n\n".join(prompts)


def tries(source: str) -> tuple[int, int]:
    """Return how often a source is read to say what is fixable, and how many findings are."""
    judged: list[str] = []
    templates = source.count("def ask")
    judge = every_value("F205")

    def counting(template: PromptTemplate) -> Iterator[Finding]:
        judged.append(template.name)
        return judge(template)

    found = Planner(by_template(counting), []).fixable(FOUND, source.encode())
    return len(judged) // templates, len(found)


def test_what_many_findings_need_is_tried_at_once() -> None:
    assert tries(calls(*["json.dumps(tools)"] * 40)) == (2, 40)


def test_all_of_many_are_mended_and_told() -> None:
    source = calls(*["json.dumps(tools)"] * 12, "os.listdir('notes')")
    file = mended(source, "app.py", "F205")
    wanted = source.replace("(tools)}", "(tools, sort_keys=True)}").replace(
        "os.listdir('notes')", "sorted(os.listdir('notes'))"
    )
    assert file.after.decode() == wanted
    assert (file.fixed, [step.line for step in file.applied]) == (13, [5 + 7 * number for number in range(13)])


def test_one_that_cannot_be_mended_keeps_no_other_back() -> None:
    """A sorted set of what is not text may stop the program: that is unsafe, and the rest is done."""
    source = calls(*["json.dumps(tools)"] * 5, "list(set(tags))", *["json.dumps(tags)"] * 5)
    file = mended(source, "app.py", "F205")
    assert file.after.decode().count("sort_keys=True") == 10
    assert "list(set(tags))" in file.after.decode()


def test_one_that_makes_things_worse_keeps_no_other_back() -> None:
    """A judge that finds more once a certain call is sorted: that change is dropped, in the middle of others."""
    judge = every_value("F205")

    def strict(template: PromptTemplate) -> Iterator[Finding]:
        found = list(judge(template))
        spans = [span.text for message in template.messages for span in message.spans]
        if any("tags, sort_keys" in text for text in spans):
            found += every_value("V103")(template)
            found += every_value("V104")(template)
        return iter(found)

    source = calls(*["json.dumps(tools)"] * 6, "json.dumps(tags)", *["json.dumps(tools)"] * 6)
    planned = Planner(by_template(strict), []).fix(FOUND, source.encode(), unsafe=False)
    assert planned.file.after.decode() == source.replace("(tools)}", "(tools, sort_keys=True)}")


def test_two_findings_on_one_call_are_both_mended_by_one_change() -> None:
    file = mended(calls("json.dumps(tools)"), "app.py", "F205", "V107")
    assert (file.fixed, len(file.applied)) == (2, 1)
    assert file.after.decode() == calls("json.dumps(tools, sort_keys=True)")
