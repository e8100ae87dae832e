"""Paragraphs move where nothing ties them to their place, and stay where anything does."""

from __future__ import annotations

import pytest

from tests.fixes.judging import after, mended

CLOCK = "Today is {{ now() }}."
RULES = "Answer in the language of the guest.\nQuote the price list."
NAME = "system.jinja2"


def test_a_fixed_paragraph_goes_above_a_clock() -> None:
    assert after(f"{CLOCK}\n\n{RULES}\n\nBe of good cheer.\n", NAME, "V101") == (
        f"{RULES}\n\nBe of good cheer.\n\n{CLOCK}\n"
    )


def test_values_between_keep_their_order() -> None:
    text = f"{CLOCK}\n\nHotel: {{{{ hotel }}}}\n\n{RULES}\n"
    assert after(text, NAME, "V101") == f"{RULES}\n\n{CLOCK}\n\nHotel: {{{{ hotel }}}}\n"


def test_the_white_space_between_paragraphs_stays_where_it_is() -> None:
    assert after(f"{CLOCK}\n\n\n\n{RULES}\n \nBe of good cheer.", NAME, "V101") == (
        f"{RULES}\n\n\n\nBe of good cheer.\n \n{CLOCK}"
    )


def test_a_section_goes_above_a_section() -> None:
    text = f"# Now\n{CLOCK}\n\n# Manners\n{RULES}\n\n## In the night\n\nDo not sing.\n\n# Prices\n\n{{{{ prices }}}}\n"
    assert after(text, NAME, "V101") == (
        f"# Manners\n{RULES}\n\n## In the night\n\nDo not sing.\n\n# Now\n{CLOCK}\n\n# Prices\n\n{{{{ prices }}}}\n"
    )


def test_a_condition_moves_as_a_whole() -> None:
    head = "{% if late %}\nIt is {{ now() }}.\n\nAll others sleep.\n{% endif %}"
    assert after(f"{head}\n\n{RULES}\n", NAME, "V101") == f"{RULES}\n\n{head}\n"


KEPT = {
    "it speaks of what stands above": f"{CLOCK}\n\nTell the season by the date above.\n\nBe of good cheer.\n",
    "it speaks of what follows": f"The following is the date. {CLOCK}\n\n{RULES}\n",
    "the paragraph before announces it": f"Mind the following fact.\n\n{CLOCK}\n\n{RULES}\n",
    "it goes on from the paragraph before": f"{CLOCK}\n\nTherefore be of good cheer, and do not sing.\n",
    "it points at something": f"{CLOCK}\n\nTell the guest of this and be kind.\n",
    "it takes up a word of it": f"{CLOCK}\n\nWrite letters with the date of today.\n",
    "it goes on with a list": f"{CLOCK}\n1. Greet the guest.\n\n2. Bow to the guest.\n",
    "a tag is not closed": f"<rules>\n{CLOCK}\n\n{RULES}\n",
    "it stands in a loop": f"{CLOCK}\n{{% for a in b %}}\n\n{RULES}\n\n{{% endfor %}}\n",
    "code of the template stands between": f"{CLOCK}\n\n{{% set a = 1 %}}\n\n{RULES}\n",
    "a comment stands between": f"{CLOCK}\n\n{{# the rules #}}\n\n{RULES}\n",
    "it is another script": f"{CLOCK}\n\nОтвечай на языке гостя, the guest.\n",
    "it is another language": f"{CLOCK}\n\nRéponds toujours dans la langue du client.\n",
    "the opening would leave the front": f"You are a porter. {CLOCK}\n\n{RULES}\n",
    "it would stand under another heading": f"{CLOCK}\n\n# Manners\n\n{RULES}\n",
    "it hands over to the model": f"{CLOCK}\n\nWrite your answer to the guest here:\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_safe_fix_leaves_alone_what_is_tied_to_its_place(text: str) -> None:
    assert after(text, NAME, "V101") == text


def test_what_would_lose_what_it_leans_on_keeps_it() -> None:
    text = f"{CLOCK}\n\n{RULES}\n\nBe of good cheer.\n\nAlso bow, and do not sing.\n"
    assert after(text, NAME, "V101") == f"{RULES}\n\n{CLOCK}\n\nBe of good cheer.\n\nAlso bow, and do not sing.\n"


def test_the_last_line_of_a_prompt_of_unknown_role_stays() -> None:
    assert (
        after(f"{CLOCK}\n\nWrite a poem of the sea.\n", "poem.jinja2", "V101")
        == f"{CLOCK}\n\nWrite a poem of the sea.\n"
    )


def test_documents_move_only_when_unsafe_fixes_are_asked_for() -> None:
    text = "Guide:\n{% for page in pages %}\n{{ page }}\n\n{% endfor %}\n\n" + RULES + "\n"
    assert after(text, NAME, "V106") == text
    assert after(text, NAME, "V106", unsafe=True) == (
        RULES + "\n\nGuide:\n{% for page in pages %}\n{{ page }}\n\n{% endfor %}\n"
    )


def test_it_says_what_it_did_and_whether_answers_may_change() -> None:
    (safe,) = mended(f"{CLOCK}\n\n{RULES}\n\nBe of good cheer.\n", NAME, "V101").applied
    (unsafe,) = mended(f"{CLOCK}\n\n# Manners\n\n{RULES}\n", NAME, "V101", unsafe=True).applied
    assert (safe.rule, safe.line, safe.what) == (
        "V101",
        1,
        "move 2 fixed paragraphs above the paragraph with the value",
    )
    assert (safe.safe, safe.behaviour) == (True, False)
    assert (unsafe.safe, unsafe.behaviour) == (False, True)


def test_paragraphs_move_in_python_yaml_and_handlebars() -> None:
    python = (
        f'def prompt(now):\n    system_prompt = f"""It is {{now:%H:%M}}.\n\n{RULES}\n"""\n    return system_prompt\n'
    )
    assert after(python, "app.py", "V101") == python.replace(
        f"It is {{now:%H:%M}}.\n\n{RULES}", f"{RULES}\n\nIt is {{now:%H:%M}}."
    )
    yaml = (
        "- role: system\n  content: |\n    It is {{ now }}.\n\n    Do not sing in the hall.\n"
        "- role: user\n  content: '{{ q }}'\n"
    )
    assert after(yaml, "prompts/chat.yaml", "V101") == yaml.replace(
        "It is {{ now }}.\n\n    Do not sing in the hall.", "Do not sing in the hall.\n\n    It is {{ now }}."
    )
    handlebars = "{{#if now}}\nIt is {{now}}.\n{{/if}}\n\nDo not sing in the hall.\n\nBe kind and\nmerry.\n"
    assert after(handlebars, "a.hbs", "V101") == (
        "Do not sing in the hall.\n\nBe kind and\nmerry.\n\n{{#if now}}\nIt is {{now}}.\n{{/if}}\n"
    )


def test_texts_joined_in_python_are_left_alone() -> None:
    pieces = '(f"It is {now}. "\n\n    "Do not sing in the hall. "\n\n    "Be kind.")'
    text = f"def prompt(now):\n    system_prompt = {pieces}\n"
    assert after(text, "app.py", "V101") == text
