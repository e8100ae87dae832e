"""What a value in Python is followed to before it reaches a prompt."""

from pathlib import Path

import pytest

from cachelens.model.template import SpanKind
from tests.templates.code_runs import cut, named, only, parse, said, spans, varying

CALL = "client.responses.create(model='m', instructions=system, input='Go.')\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("system = 'One. ' + RULES", "One. <RULES>"),
        ("system = 'One. '\nsystem += 'Two.'", "One. Two."),
        ("system = f'At {place!r:>9} now'", "At <place> now"),
        ("system = f'''At {\n  place\n} now'''", "At <place> now"),
        ("system = 'Ä ' f'{a}' 'b{c}'", "Ä <a>b{c}"),
        ("system = '{a} {{b}} {}'.format(x, a=y)", "<a> {b} <{}>"),
        ("system = '{a}'.format_map(values)", "<a>"),
        ("system = '{a}: {b}'.format(a='Fixed', b=y)", "Fixed: <b>"),
        ("system = '100%% of %s and %(x)d' % y", "100% of <%s> and <x>"),
        ("from string import Template\nsystem = Template('$$5 for $who').substitute(who=y)", "$5 for <who>"),
        ("system = ', '.join(['a', b, 'c'])", "a, <b>, c"),
        ("from textwrap import dedent\nsystem = dedent('''\n    a\n      {x}\n    ''').strip()", "a\n  {x}"),
        ("system = '  Fixed. '.strip().upper()", "FIXED."),
        ("from jinja2 import Template\nsystem = Template('Hi {{ a }}{# no #}!').render(a=1)", "Hi 1!"),
        ("system = {'x': 'Under a key'}['x']", "Under a key"),
        ("parts = ['a', 'b']\nparts.append('c')\nsystem = ''.join(parts)", "abc"),
        ("a, b = 'one', 'two'\nsystem = a + b", "onetwo"),
        ("system = f'{LIMIT} words'\nLIMIT = 5", "<LIMIT> words"),
        ("LIMIT = 5\nsystem = f'{LIMIT} words'", "5 words"),
        ("def make(x, y='Z'):\n    return x + y\nsystem = make('a')", "aZ"),
        ("class A:\n    TEXT = 'Kept'\n    def get(self):\n        return self.TEXT\nsystem = A().get()", "Kept"),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    t: str\nsystem = A('In').t", "In"),
        ("make = lambda x: x + '!'\nsystem = make('Go')", "Go!"),
        ("if (system := 'Bound'):\n    pass", "Bound"),
        ("system = str('Kept')", "Kept"),
    ],
)
def test_a_text_is_put_together(source: str, text: str) -> None:
    template = only(f"{source}\n{CALL}")
    assert said(template.messages[0]) == text


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("import datetime as d\nsystem = f'{d.datetime.now()}'", "datetime.datetime.now"),
        ("from uuid import uuid4 as u\nsystem = str(u())", "uuid.uuid4"),
        ("import time\nstamp = time.time()\nsystem = 'At ' + str(stamp)", "time.time"),
        ("import os\nsystem = f'{os.environ[\"HOME\"]}'", "os.environ"),
        ("import os\nsystem = 'In ' + os.environ.get('X', '')", "os.environ.get"),
        ("import platform\nsystem = f'{platform.node()}'", "platform.node"),
        ("import subprocess\nsystem = subprocess.run(['git', 'log']).stdout", "subprocess.run"),
        ("import random\nsystem = ' '.join(random.sample(FACTS, 3))", "random.sample"),
        ("import random\nsystem = random.choice(OPENINGS)", "random.choice"),
        ("system = ', '.join({'a', 'b'})", "set"),
        ("system = ', '.join(frozenset(names))", "frozenset"),
        ("system = ', '.join(dict.fromkeys(set(names)))", "set"),
        ("import glob\nsystem = '\\n'.join(sorted(glob.glob('*')))", "glob.glob"),
        ("from pathlib import Path\nsystem = '\\n'.join(p.name for p in Path('.').iterdir())", "pathlib.Path.iterdir"),
        ("def a():\n    return b()\ndef b():\n    return now()\nsystem = f'{a()}'", "now"),
        ("class A:\n    def __init__(self):\n        self.at = now()\nsystem = f'{A().at}'", "now"),
        ("def f(at=now()):\n    return f'{at}'\nsystem = f()", "now"),
        ("x = now()\ny = x\nz = f'{y}'\nsystem = 'Z: ' + z", "now"),
        ("system = x if y else now()", "now"),
        ("try:\n    x = now()\nexcept E:\n    x = 1\nsystem = f'{x}'", "now"),
    ],
)
def test_a_call_is_seen_through_what_hides_it(source: str, call: str) -> None:
    template = only(f"{source}\n{CALL}")
    assert any(call in span.calls for span in varying(template))


@pytest.mark.parametrize(
    ("source", "filters"),
    [
        ("system = ', '.join(sorted(set(names)))", ("sorted", "join")),
        ("import json\nsystem = json.dumps(x, sort_keys=True)", ("sort_keys=True",)),
        ("system = f'{now():%H}'", (":%H",)),
        ("system = now().strftime('%H')", ("strftime",)),
        ("system = name.strip().lower()", ("strip", "lower")),
        ("system = text[:400]", ("[:400]",)),
    ],
)
def test_what_is_applied_is_noted_in_order(source: str, filters: tuple[str, ...]) -> None:
    template = only(f"{source}\n{CALL}")
    assert varying(template)[0].filters == filters


def test_an_unsorted_set_is_not_hidden_by_an_inner_sort() -> None:
    template = only(f"system = ', '.join(set(sorted(names)))\n{CALL}")
    assert (varying(template)[0].calls, varying(template)[0].filters) == (("set", "sorted"), ("join",))


def test_a_condition_keeps_what_is_common_outside() -> None:
    branches = "if strict:\n    system += 'Strictly. '\nelse:\n    system += 'Freely. '\n"
    source = f"system = 'Base. '\n{branches}system += 'End.'\n{CALL}"
    first, either, last = only(source).messages[0].spans
    assert (first.text, either.kind, either.names, last.text) == ("Base. ", SpanKind.CONDITION, ("strict",), "End.")
    assert [[span.text for span in branch] for branch in either.branches] == [["Strictly. "], ["Freely. "]]


def test_an_early_return_is_a_branch() -> None:
    source = (
        f"def make(short):\n    if short:\n        return 'Brief.'\n    return 'At length.'\nsystem = make(x)\n{CALL}"
    )
    (either,) = only(source).messages[0].spans
    assert (either.kind, either.text) == (SpanKind.CONDITION, "short")
    assert [branch[0].text for branch in either.branches] == ["Brief.", "At length."]


def test_a_loop_holds_its_body_once() -> None:
    source = f"system = 'Docs:'\nfor doc in find(query):\n    system += f' {{doc.title}};'\n{CALL}"
    _, loop = only(source).messages[0].spans
    assert (loop.kind, loop.text, loop.calls) == (SpanKind.LOOP, "doc in find(query)", ("find",))
    assert "".join(span.text for span in loop.branches[0]) == " doc.title;"


def test_a_template_file_is_named_with_what_goes_into_it() -> None:
    source = f"import time\nsystem = env.get_template('support.j2').render(now=time.time())\n{CALL}"
    (span,) = only(source).messages[0].spans
    assert (span.kind, span.text, span.calls) == (SpanKind.INCLUDE, "support.j2", ("time.time",))


def test_a_caller_is_shown_in_place_of_the_parameters_of_a_wrapper() -> None:
    source = """
def ask(system, question):
    return client.responses.create(model="m", instructions=system, input=question)

def first(q):
    return ask(f"Now {now()}", q)

def second(q):
    return ask("Always the same.", q)
"""
    parsed = parse(source)
    assert [said(template.messages[0]) for template in parsed.templates] == ["Now <now()>", "Always the same."]
    assert {template.name for template in parsed.templates} == {"ask"}


def test_modules_beside_are_followed_and_nothing_outside_the_roots(tmp_path: Path) -> None:
    inside = tmp_path / "app"
    (inside / "lib").mkdir(parents=True)
    (tmp_path / "secret.py").write_text("TEXT = 'Outside'\n", encoding="utf-8")
    (inside / "texts.py").write_text("from lib.deep import NOW\nTEXT = f'Inside {NOW}'\n", encoding="utf-8")
    (inside / "lib" / "deep.py").write_text("import time\nNOW = time.time()\n", encoding="utf-8")
    (inside / "loop.py").write_text("from app import X\nY = X\n", encoding="utf-8")
    source = f"from texts import TEXT\nimport secret\nfrom loop import Y\nX = Y\nsystem = TEXT + secret.TEXT\n{CALL}"
    template = parse(source, "app.py", (inside,)).templates[0]
    assert said(template.messages[0]) == "Inside <NOW><secret.TEXT>"
    clock = next(span for span in spans(template) if span.calls)
    assert (clock.location.path, clock.origins[0].location.path) == ("texts.py", "lib/deep.py")
    assert clock.calls == ("time.time",)


def test_places_count_characters_not_bytes() -> None:
    source = "\ufeffsystem = f'ÄÖÜ 🚲 {jetzt()} – {größe}'\n" + CALL
    found = varying(only(source))
    assert [(span.text, cut(source, span), span.location.column) for span in found] == [
        ("jetzt()", "jetzt()", 20),
        ("größe", "größe", 32),
    ]


def test_a_name_that_says_prompt_is_enough() -> None:
    source = (
        "SYSTEM_PROMPT = 'You are the agent of {shop}, open daily.'\n"
        "prompt_path = 'a path with several words in it'\n"
        "HTML_TEMPLATE = '<p>one two three four five six seven eight nine</p>'\n"
        "def build_prompt(name):\n    return f'Write a short letter to {name} today.'\n"
    )
    parsed = parse(source)
    assert [template.name for template in parsed.templates] == ["SYSTEM_PROMPT", "build_prompt"]
    assert said(parsed.templates[0].messages[0]) == "You are the agent of <shop>, open daily."
    assert named(parsed, "build_prompt").messages[0].spans[1].names == ("name",)


def test_a_name_is_not_shown_again_once_a_call_reaches_it() -> None:
    parsed = parse(f"SYSTEM_PROMPT = 'You are a patient teacher of children.'\nsystem = SYSTEM_PROMPT\n{CALL}")
    assert [template.model for template in parsed.templates] == ["m"]
