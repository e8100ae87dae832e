"""What a change of templates costs, against bills worked out by hand.

All requests go to a model that reads prefixes of 1,024 tokens and more, in steps of 128, at half the price. They come
a minute apart, so every entry lives. With a fixed prompt each but the first reads what its prompt holds in whole steps.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cachelens.errors import UsageError
from cachelens.joining.costing import cost_of
from cachelens.joining.versions import compare, templates_in
from cachelens.model.change import ChangeResult, Move, Note, Why
from cachelens.providers.loading import load_pricing
from tests.joining.logs import RULES, at, compiled, row, rows

INPUT, CACHED = Decimal("2.50"), Decimal("1.25")
"""US dollars for a million tokens."""
STEP = 128
HEAD = "You are the support agent of ACME.\n"
PLAIN = HEAD + RULES
CLOCK_FIRST = HEAD + "It is {{ now() }}.\n" + RULES
CLOCK_LAST = HEAD + RULES + "\nIt is {{ now() }}."
Rows = list[dict[str, object]]


def change(folder: Path, before: str, after: str, written: Rows, *, more: str = "") -> ChangeResult:
    """Cost the change of one template over a log; `more` is another template that stays."""
    compared = []
    for name, text in (("before", before), ("after", after)):
        prompts = folder / name / "prompts"
        prompts.mkdir(parents=True)
        (prompts / "support.jinja2").write_text(text, encoding="utf-8")
        if more:
            (prompts / "more.jinja2").write_text(more, encoding="utf-8")
        named = _named(folder / name)
        compared.append(templates_in([str(prompts)], list, named))
    return cost_of(compiled(folder, written), load_pricing(()), compare(compared[0], compared[1]), "main")


def _named(folder: Path) -> Callable[[str], str]:
    return lambda name: Path(name).relative_to(folder).as_posix()


def codes(result: ChangeResult) -> list[Note]:
    return [note.code for note in result.notes]


def bill(input_tokens: int, read: int) -> Decimal:
    return ((input_tokens - read) * INPUT + read * CACHED) / 1_000_000


def test_an_id_at_the_top_ends_all_reads(tmp_path: Path) -> None:
    result = change(tmp_path, PLAIN, "Request {{ request_id }}.\n" + PLAIN, rows(lambda _: PLAIN))
    before, after = result.total.before, result.total.after
    assert before.read_tokens is not None
    head = before.read_tokens // 11
    assert head % STEP == 0
    assert head > 1_024
    assert before.read_tokens == 11 * head
    assert after.read_tokens == 0
    assert before.cost == bill(before.input_tokens, before.read_tokens)
    assert after.cost == bill(after.input_tokens, 0)
    assert result.total.delta == after.cost - before.cost
    assert result.total.delta > 0
    assert (result.changed, result.tied, result.total.changed) == (1, 1, 12)
    (cause,) = result.causes
    assert (cause.expression, cause.move, cause.token_before) == ("request_id", Move.NEW, None)
    assert cause.location.path == "prompts/support.jinja2"
    assert cause.share_after == 1.0
    assert codes(result) == [Note.UNKNOWN_VALUE]
    assert "every request" in result.notes[0].message


def test_a_clock_moved_to_the_end_lets_the_rules_be_read(tmp_path: Path) -> None:
    written = rows(lambda number: CLOCK_FIRST.replace("{{ now() }}", at(number)))
    result = change(tmp_path, CLOCK_FIRST, CLOCK_LAST, written)
    before, after = result.total.before, result.total.after
    assert before.read_tokens == 0
    assert after.read_tokens is not None
    assert after.read_tokens % (11 * STEP) == 0
    assert after.read_tokens // 11 > 1_024
    assert after.cost == bill(after.input_tokens, after.read_tokens)
    assert result.total.delta is not None
    assert result.total.delta < 0
    (cause,) = result.causes
    assert (cause.expression, cause.move) == ("now()", Move.LATER)
    assert cause.token_before is not None
    assert cause.token_after is not None
    assert cause.token_before < 20
    assert cause.token_after > 1_000
    assert result.notes == ()


def test_the_traffic_may_be_of_the_newer_version(tmp_path: Path) -> None:
    """Then the older one is made from its values: the same change, told from the other side."""
    of_old = rows(lambda number: CLOCK_FIRST.replace("{{ now() }}", at(number)))
    of_new = rows(lambda number: CLOCK_LAST.replace("{{ now() }}", at(number)))
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    one = change(tmp_path / "old", CLOCK_FIRST, CLOCK_LAST, of_old)
    other = change(tmp_path / "new", CLOCK_FIRST, CLOCK_LAST, of_new)
    assert one.total == other.total


def test_a_value_that_moves_into_the_question_comes_along(tmp_path: Path) -> None:
    before = (
        'messages = [{"role": "system", "content": f"'
        + HEAD.strip()
        + " It is {now}. "
        + RULES.replace("\n", " ")
        + '"}, {"role": "user", "content": f"A customer of our company asks this: {question}"}]\n'
        "client.chat.completions.create(model='gpt-4o', messages=messages)\n"
    )
    after = before.replace(" It is {now}.", "").replace("asks this:", "asks at {now} this:")
    assert before != after
    folders = {}
    for name, text in (("before", before), ("after", after)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "app.py").write_text("from openai import OpenAI\nclient = OpenAI()\n" + text, encoding="utf-8")
        folders[name] = templates_in([str(folder / "app.py")], list, _named(folder))
    written = [
        row(
            number,
            f"{HEAD.strip()} It is {at(number)}. " + RULES.replace("\n", " "),
            f"A customer of our company asks this: where is parcel {number}?",
        )
        for number in range(12)
    ]
    result = cost_of(
        compiled(tmp_path, written), load_pricing(()), compare(folders["before"], folders["after"]), "main"
    )
    assert codes(result) == []
    assert result.total.before.read_tokens == 0
    assert result.total.after.read_tokens is not None
    assert result.total.after.read_tokens > 11 * 1_024
    (cause,) = result.causes
    assert (cause.expression, cause.move) == ("now", Move.LATER)


def test_history_keeps_what_it_was_sent_with(tmp_path: Path) -> None:
    """Each turn sends the earlier ones again; a clock that is put into the question must not change in the past."""
    system = PLAIN
    written = []
    for number in range(4):
        said: list[str] = []
        for turn in range(number + 1):
            said += [f"A customer of our company asks this: what of {turn}?", f"Answer {turn} " + "word " * 200]
        written.append(row(number, system, *said[:-1], session="one"))
    before = "A customer of our company asks this: {{ question }}"
    after = before.replace("asks this:", "asks at {{ now() }} this:")
    result = change(tmp_path, before, after, written)
    assert result.total.before.read_tokens is not None
    assert result.total.after.read_tokens is not None
    assert abs(result.total.before.read_tokens - result.total.after.read_tokens) <= 4 * STEP


def test_what_no_traffic_shows_is_said_and_costs_nothing(tmp_path: Path) -> None:
    result = change(
        tmp_path, "Other words that nobody ever sends. {{ x }}", "Yet other words, {{ x }}", rows(lambda _: PLAIN)
    )
    assert (result.changed, result.tied) == (1, 0)
    assert codes(result) == [Note.NOT_IN_TRAFFIC]
    assert result.total.delta == 0


def test_two_templates_that_fit_alike_are_left_out(tmp_path: Path) -> None:
    result = change(tmp_path, PLAIN, "New. " + PLAIN, rows(lambda _: PLAIN), more=PLAIN)
    assert result.tied == 0
    assert codes(result) == [Note.AMBIGUOUS]
    assert result.total.delta == 0


def test_text_of_another_template_stays(tmp_path: Path) -> None:
    """A template that covers more of a text made it, even where the changed one stands in it too."""
    result = change(tmp_path, HEAD + "{{ rest }}", "New. " + HEAD + "{{ rest }}", rows(lambda _: PLAIN), more=PLAIN)
    assert result.tied == 0
    assert result.total.delta == 0


def test_new_and_lost_templates_have_nothing_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "one.jinja2").write_text(PLAIN)
    (tmp_path / "b" / "two.jinja2").write_text(CLOCK_FIRST)
    compared = compare(
        templates_in([str(tmp_path / "a")], list, _named(tmp_path / "a")),
        templates_in([str(tmp_path / "b")], list, _named(tmp_path / "b")),
    )
    result = cost_of(compiled(tmp_path, rows(lambda _: PLAIN)), load_pricing(()), compared, "main")
    assert codes(result) == [Note.NO_COUNTERPART, Note.NO_COUNTERPART]
    assert result.total.delta == 0


@pytest.mark.parametrize(
    ("expression", "share", "note"),
    [
        ("uuid4()", 1.0, "every request"),
        ("now().strftime('%Y-%m-%d')", 0.0, "every day"),
        ("mood", 0.0, "the same short word"),
    ],
)
def test_a_new_value_changes_as_its_name_says(tmp_path: Path, expression: str, share: float, note: str) -> None:
    result = change(tmp_path, PLAIN, f"It is {{{{ {expression} }}}}.\n" + PLAIN, rows(lambda _: PLAIN))
    assert [cause.share_after for cause in result.causes] == ([share] if share else [])
    assert note in result.notes[0].message
    lost = result.total.after.read_tokens == 0
    assert lost == (share == 1.0)


def test_new_conditions_and_loops_are_said(tmp_path: Path) -> None:
    after = PLAIN + "\n{% if vip %}Be quick.{% endif %}\n{% for f in facts %}* {{ f }} is so\n{% endfor %}"
    result = change(tmp_path, PLAIN, after, rows(lambda _: PLAIN))
    assert codes(result) == [Note.UNKNOWN_CONDITION, Note.UNKNOWN_LOOP]
    assert result.total.after.input_tokens > result.total.before.input_tokens


def test_a_trace_without_text_is_refused(tmp_path: Path) -> None:
    from cachelens.config.compiling import CompileOptions
    from cachelens.reading import compile_inputs
    from tests.joining.logs import log

    bare = compile_inputs(
        [log(tmp_path, rows(lambda _: PLAIN))], CompileOptions(keep_text=False), progress=lambda _count: None
    )
    with pytest.raises(UsageError):
        cost_of(bare, load_pricing(()), compare([], []), "main")


def test_the_same_again_gives_the_same(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    after = "Request {{ request_id }}.\n" + PLAIN
    one = change(tmp_path / "1", PLAIN, after, rows(lambda _: PLAIN))
    two = change(tmp_path / "2", PLAIN, after, rows(lambda _: PLAIN))
    assert (one.total, one.causes, one.notes) == (two.total, two.causes, two.notes)


def test_a_prompt_that_falls_below_the_minimum_is_the_reason(tmp_path: Path) -> None:
    """Half of the rules are less than the 1,024 tokens from which the model caches: nothing is read any more."""
    half = HEAD + "\n".join(RULES.split("\n")[:40])
    result = change(tmp_path, PLAIN, half, rows(lambda _: PLAIN))
    (reason,) = result.reasons
    assert result.total.after.read_tokens == 0
    assert (reason.why, reason.workload, reason.minimum) == (Why.BELOW_MINIMUM, "support", 1024)
    assert reason.tokens_after < 1024 <= reason.tokens_before


def test_a_prompt_that_grows_to_the_minimum_is_the_reason(tmp_path: Path) -> None:
    half = HEAD + "\n".join(RULES.split("\n")[:40])
    (reason,) = change(tmp_path, half, PLAIN, rows(lambda _: half)).reasons
    assert (reason.why, reason.minimum) == (Why.ABOVE_MINIMUM, 1024)


def test_fixed_text_that_shrinks_is_the_reason(tmp_path: Path) -> None:
    shorter = HEAD + "\n".join(RULES.split("\n")[:100])
    (reason,) = change(tmp_path, PLAIN, shorter, rows(lambda _: PLAIN)).reasons
    assert (reason.why, reason.minimum) == (Why.SHORTER, None)
    assert reason.tokens_after < reason.tokens_before


def test_a_change_by_a_value_gives_no_further_reason(tmp_path: Path) -> None:
    result = change(tmp_path, PLAIN, "Request {{ request_id }}.\n" + PLAIN, rows(lambda _: PLAIN))
    assert [cause.expression for cause in result.causes] == ["request_id"]
    assert result.reasons == ()
