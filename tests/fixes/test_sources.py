"""Fixes of expressions in Python, and of dates."""

from __future__ import annotations

import pytest

from tests.fixes.judging import after, mended

HEAD = "import json, os, datetime\n\n\ndef ask(tools, tags, day):\n"


def source(value: str, before: str = "") -> str:
    lines = f"    {before}\n" if before else ""
    prompt = f'f"""é {{{value}}}\n\nDo not sing in the hall of the king."""'
    return f"{HEAD}{lines}    system_prompt = {prompt}\n    return system_prompt\n"


@pytest.mark.parametrize(
    ("value", "fixed"),
    [
        ("json.dumps(tools)", "json.dumps(tools, sort_keys=True)"),
        ("json.dumps(tools, indent=2)", "json.dumps(tools, indent=2, sort_keys=True)"),
        ("json.dumps(tools,)", "json.dumps(tools, sort_keys=True)"),
        ("json.dumps({'é': tools})", "json.dumps({'é': tools}, sort_keys=True)"),
        ("json.dumps(tools, sort_keys=False)", "json.dumps(tools, sort_keys=False)"),
        ("json.dumps(tools, **tags)", "json.dumps(tools, **tags)"),
        ("tools.dumps(tags)", "tools.dumps(tags)"),
    ],
)
def test_keys_are_sorted(value: str, fixed: str) -> None:
    assert after(source(value), "app.py", "F205") == source(fixed)


def test_a_call_over_several_lines_or_elsewhere_is_found() -> None:
    before = "data = json.dumps(\n        tools,\n        indent=2,\n    )"
    assert after(source("data", before), "app.py", "F205") == source(
        "data", "data = json.dumps(\n        tools,\n        indent=2, sort_keys=True\n    )"
    )


def test_a_call_that_ends_in_a_comment_is_left_alone() -> None:
    text = source("data", "data = json.dumps(\n        tools  # all of them\n    )")
    assert after(text, "app.py", "F205") == text


@pytest.mark.parametrize(
    ("value", "fixed", "safe"),
    [
        ("os.listdir('notes')", "sorted(os.listdir('notes'))", True),
        ("', '.join(set(tags))", "', '.join(sorted(set(tags)))", True),
        ("', '.join(set(tags) | set(tools))", "', '.join(sorted(set(tags) | set(tools)))", True),
        ("', '.join(x for x in {'b', 'a'})", "', '.join(x for x in sorted({'b', 'a'}))", True),
        ("[str(x) for x in set(tags)]", "[str(x) for x in sorted(set(tags))]", False),
        ("', '.join(sorted(set(tags)))", "', '.join(sorted(set(tags)))", True),
        ("len(set(tags))", "len(set(tags))", True),
        ("'yes' if day in set(tags) else 'no'", "'yes' if day in set(tags) else 'no'", True),
    ],
)
def test_sets_and_listings_are_sorted(value: str, fixed: str, *, safe: bool) -> None:
    assert after(source(value), "app.py", "V107") == source(fixed if safe else value)
    assert after(source(value), "app.py", "V107", unsafe=True) == source(fixed)


def test_a_listing_is_sorted_where_it_was_made_and_a_set_that_may_grow_is_not() -> None:
    listing = source("files", "files = ' '.join(os.listdir('notes'))")
    assert "sorted(os.listdir('notes'))" in after(listing, "app.py", "V107")
    growing = source("wanted", "wanted = set(tags)")
    assert after(growing, "app.py", "V107", unsafe=True) == growing


TOOLS = """def ask(client, day):
    return client.chat.completions.create(model="gpt-5", tools=%s, messages=[
        {"role": "system", "content": f"It is {day}. Do not sing."}, {"role": "user", "content": "Hello"}])
"""


def test_tools_are_sorted_where_all_of_them_are_written_out() -> None:
    from pathlib import Path

    from cachelens.fixes.base import Case
    from cachelens.fixes.sort_tools import SortTools
    from cachelens.fixes.text import FileText
    from cachelens.model.finding import Confidence, Finding, Severity
    from cachelens.templates.reading import parse_text

    def fixed(tools: str) -> str:
        text = TOOLS % tools
        file = FileText.of("app.py", text.encode())
        (template,) = parse_text(text, Path("app.py"), language="python").templates
        start = text.index(tools)
        place = file.places.location(start, start + len(tools))
        finding = Finding(rule="F201", severity=Severity.HIGH, confidence=Confidence.HIGH, message="m", location=place)
        proposals = list(SortTools().propose(Case(finding, place, template, file)))
        assert all(proposal.safe for proposal in proposals)
        return file.edited(proposals[0].edits).text if proposals else text

    show, find = '{"type": "function", "function": {"name": "show"}}', '{"name": "find"}'
    assert fixed(f"[{show},\n        {find},\n    ]") == TOOLS % f"[{find},\n        {show},\n    ]"
    for kept in (f"[{find}, {show}]", f"[{show},  # first\n  {find}]", f"[{show}, other]", f"[{find}, {find}]"):
        assert fixed(kept) == TOOLS % kept


@pytest.mark.parametrize(
    ("value", "fixed"),
    [
        ("datetime.datetime.now().strftime('%Y-%m-%d %H:%M:%S')", "datetime.datetime.now().strftime('%Y-%m-%d')"),
        (
            "datetime.datetime.now().strftime('%A, %d %B %Y at %I:%M %p')",
            "datetime.datetime.now().strftime('%A, %d %B %Y')",
        ),
        ("datetime.datetime.now().isoformat()", "datetime.datetime.now().date().isoformat()"),
        ("datetime.datetime.now()", "datetime.datetime.now().date()"),
        ("datetime.datetime.now():%Y-%m-%d %H:%M", "datetime.datetime.now():%Y-%m-%d"),
        ("day.strftime('%H:%M')", "day.strftime('%H:%M')"),
        ("day.strftime('%Y-%m-%d')", "day.strftime('%Y-%m-%d')"),
    ],
)
def test_a_date_takes_the_place_of_a_time(value: str, fixed: str) -> None:
    text = source(value).replace("\n\nDo", " Do")
    assert after(text, "app.py", "V101") == text
    assert after(text, "app.py", "V101", unsafe=True) == source(fixed).replace("\n\nDo", " Do")


def test_a_date_in_a_script_and_in_jinja() -> None:
    script = (
        "const systemPrompt = `It is ${new Date().toISOString()}. Do not sing in the hall of the king, and be kind.`;\n"
    )
    assert "toISOString().slice(0, 10)}" in after(script, "app.ts", "V101", unsafe=True)
    helper = script.replace("const", "function at() { return new Date().toISOString(); }\nconst")
    helper = helper.replace("${new Date().toISOString()}", "${at()}")
    assert "return new Date().toISOString().slice(0, 10); }" in after(helper, "app.ts", "V101", unsafe=True)
    jinja = "It is {{ now().strftime('%d.%m.%Y %H:%M') }}. Do not sing.\n"
    assert after(jinja, "a.jinja2", "V101", unsafe=True) == "It is {{ now().strftime('%d.%m.%Y') }}. Do not sing.\n"


def test_an_unsafe_fix_says_that_answers_may_change() -> None:
    (step,) = mended("It is {{ now().isoformat() }}. Do not sing.\n", "a.jinja2", "V101", unsafe=True).applied
    assert (step.fix, step.safe, step.behaviour) == ("date-only", False, True)


FAR = "Do not sing in the hall of the king. " * 12


@pytest.mark.parametrize(
    ("prompt", "mends"),
    [
        ("Today is {datetime.datetime.now()}. Request {uuid.uuid4()}. " + FAR, False),
        ("Request {uuid.uuid4()}. " + FAR + "Today is {datetime.datetime.now()}. " + FAR, False),
        ("Today is {datetime.datetime.now()}. " + FAR + "Request {uuid.uuid4()}.", True),
        ("Today is {datetime.datetime.now()}. User {user_id}. " + FAR, True),
        ("Today is {datetime.datetime.now()}, {datetime.datetime.now()}. " + FAR, True),
    ],
    ids=["id beside it", "id in front", "id far behind", "user beside it", "two times"],
)
def test_a_date_is_written_only_where_it_saves(prompt: str, *, mends: bool) -> None:
    text = f'import datetime, uuid\nsystem_prompt = f"{prompt}"\n'
    mended_text = after(text, "app.py", "V101", unsafe=True)
    assert mended_text == (text.replace("now()", "now().date()") if mends else text)
