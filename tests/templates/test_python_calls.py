"""Calls of the libraries: sections in the order in which they are sent, roles, marks, models."""

from pathlib import Path

import pytest

from cachelens.model.prompt import Role
from cachelens.model.template import PromptTemplate, SpanKind
from tests.templates.code_runs import named, only, parse, parse_file, said

SHOP = "templates/python/shop/agents.py"


def outline(template: PromptTemplate) -> list[str]:
    """Say for each message its section, its role and whether it is marked."""
    return [f"{m.section} {m.role.name.lower()}{' *' if m.marked else ''}" for m in template.messages]


@pytest.mark.parametrize(
    ("function", "model", "expected"),
    [
        ("Agent.ask", "gpt-5.5", ["message system", "message developer", "history none", "message user"]),
        (
            "claude",
            "claude-sonnet-5",
            ["tools none", "tools none *", "system system *", "system system", "message user"],
        ),
        ("gemini_answer", "gemini-3.1-pro", ["tools none", "system system", "message user"]),
        ("mail", "anthropic/claude-haiku-4-5", ["message user"]),
        ("converse", "anthropic.claude-sonnet-5", ["system system *", "message user"]),
        ("invoke", "anthropic.claude-haiku-4-5", ["system system", "message user"]),
        ("langchain", "gpt-5.5", ["message system", "history none", "message user"]),
        ("langchain_plain", "gpt-5.5", ["message system", "message user"]),
        ("build_greeting_prompt", "", ["message none"]),
    ],
)
def test_an_app_is_read_as_it_is_sent(fixtures: Path, function: str, model: str, expected: list[str]) -> None:
    template = named(parse_file(fixtures / SHOP), function)
    assert (template.model, outline(template)) == (model, expected)


def test_no_problem_is_seen_in_the_fixtures(fixtures: Path) -> None:
    for path in sorted((fixtures / "templates" / "python").rglob("*.py")):
        assert parse_file(path).problems == (), path.name


def test_a_window_over_the_history_is_noted(fixtures: Path) -> None:
    history = named(parse_file(fixtures / SHOP), "Agent.ask").messages[2]
    assert [(span.names, span.filters) for span in history.spans] == [(("self.history",), ("[-8:]",))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "client.chat.completions.parse(messages=[{'role': 'user', 'content': 'Hi'}], response_format=Answer)",
            ["message user", "schema none"],
        ),
        ("client.responses.stream(input=[{'role': 'developer', 'content': 'Hi'}])", ["message developer"]),
        ("client.beta.messages.create(**settings, messages=history)", ["history none"]),
        ("client.chat.completions.create(**request)", ["history none"]),
        ("model.generate_content('Hi')", ["message user"]),
        ("client.caches.create(model='m', config=Config(system_instruction='Long', contents=[x]))", ["system system"]),
        (
            "import litellm\nlitellm.acompletion('m', messages=[*old, {'role': 'user', 'content': q}])",
            ["history none", "message user"],
        ),
        ("from litellm import completion\ncompletion(model='m', messages=m)", ["history none"]),
        ("ChatPromptTemplate.from_template('Tell of {topic}')", ["message user"]),
        ("PromptTemplate(template='Tell of {topic}', input_variables=['topic'])", ["message user"]),
        ("create_agent('m', tools=[search], system_prompt='You search.')", ["tools none", "system system"]),
        (
            "ChatPromptTemplate.from_messages([('system', 'S'), ('placeholder', '{h}'), ('ai', 'A'), HumanMessage(u)])",
            ["message system", "history none", "message assistant", "message user"],
        ),
        (
            "client.messages.create(messages=[{'content': [{'text': 'A', 'cache_control': x}, {'text': 'B'}]}])",
            ["message none *", "message none"],
        ),
        (
            "bedrock.converse(toolConfig={'tools': [{'toolSpec': {'name': 'a'}}, {'cachePoint': {}}]}, messages=m)",
            ["tools none *", "history none"],
        ),
        (
            "bedrock.converse(messages=[{'role': 'user', 'content': [{'text': 'Hi'}, {'cachePoint': {}}]}])",
            ["message user *"],
        ),
    ],
)
def test_a_call_is_known_by_its_shape(source: str, expected: list[str]) -> None:
    assert outline(only(source + "\n")) == expected


@pytest.mark.parametrize(
    "source",
    [
        "twilio.messages.create(to=number, from_=sender, body='Your prompt reply')",
        "stripe.responses.create(amount=1)  # prompt",
        "page.stream(prompt)",
        "completion(prompt, messages=m)",
    ],
)
def test_a_like_name_of_another_library_is_left_alone(source: str) -> None:
    assert parse(source + "\n").templates == ()


def test_a_model_object_brings_its_system_prompt() -> None:
    source = "m = genai.GenerativeModel('gemini', system_instruction=f'At {now()}')\nm.generate_content(q)\n"
    template = only(source)
    assert (template.model, outline(template)) == ("gemini", ["system system", "message user"])


def test_a_filled_prompt_object_takes_the_place_of_the_bare_one() -> None:
    source = (
        "prompt = ChatPromptTemplate.from_messages([('system', 'It is {now}.'), ('human', '{q}')])\n"
        "chain = prompt.partial(now=clock()) | model | parser\nchain.invoke({'q': question})\n"
    )
    template = only(source)
    assert [span.calls for span in template.messages[0].spans if span.kind is SpanKind.VARIABLE] == [("clock",)]


def test_tools_are_written_as_json() -> None:
    source = (
        "tools = [{'type': 'function', 'strict': True, 'n': 1, 'name': f'find_{kind}'}]\n"
        "client.responses.create(model='m', tools=tools, input='Hi')\n"
    )
    assert said(only(source).messages[0]) == '{"type": "function", "strict": true, "n": 1, "name": "find_<kind>"}'


def test_messages_may_depend_on_a_condition() -> None:
    source = (
        "messages = [{'role': 'system', 'content': 'S'}]\n"
        "if fewshot:\n    messages.extend([{'role': 'user', 'content': 'E'}])\n"
        "client.chat.completions.create(model='m', messages=messages)\n"
    )
    system, either = only(source).messages
    assert (system.role, either.role) == (Role.SYSTEM, Role.USER)
    assert (either.spans[0].kind, either.spans[0].names) == (SpanKind.CONDITION, ("fewshot",))


def test_a_talk_in_a_loop_has_a_history() -> None:
    source = (
        "messages = [{'role': 'system', 'content': 'S'}]\n"
        "while True:\n    messages.append({'role': 'user', 'content': ask()})\n"
        "    client.chat.completions.create(model='m', messages=messages)\n"
    )
    assert outline(only(source)) == ["message system", "history none", "message user"]


def test_a_list_that_methods_add_to_has_a_history() -> None:
    source = (
        "class Talk:\n    def __init__(self):\n        self.messages = [{'role': 'system', 'content': 'S'}]\n"
        "    def ask(self, q):\n        self.messages.append({'role': 'user', 'content': q})\n"
        "        return client.chat.completions.create(model='m', messages=self.messages)\n"
    )
    assert outline(only(source)) == ["message system", "history none", "message user"]
