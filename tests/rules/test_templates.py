"""What the rules on templates share: places, names, and one finding for one fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.app import audit
from cachelens.catalog import load_catalog
from cachelens.model.finding import Severity
from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, PromptTemplate, Span, SpanKind
from cachelens.rules.nature import Nature
from cachelens.rules.spans import CHARACTERS, lay_out
from cachelens.rules.telling import normal, told
from tests.traffic.chat import words

HERE = Location("a.jinja2", 1, 1, 1, 2)
FIXED = words("fixed", 400)
CASES = "fixtures/templates/python/twelve_cases.py"


def variable(name: str = "", *, calls: tuple[str, ...] = (), filters: tuple[str, ...] = ()) -> Span:
    names = (name,) if name else ()
    return Span(kind=SpanKind.VARIABLE, location=HERE, text=name, names=names, calls=calls, filters=filters)


def literal(text: str) -> Span:
    return Span(kind=SpanKind.LITERAL, location=HERE, text=text)


@pytest.mark.parametrize(
    ("name", "nature"),
    [
        ("currentTime", Nature.TIME),
        ("ctx.current_date", Nature.TIME),
        ("requestId", Nature.ID),
        ("userName", Nature.IDENTITY),
        ("customer.firstName", Nature.IDENTITY),
        ("sessionID", Nature.IDENTITY),
        ("working_dir", Nature.ENVIRONMENT),
        ("tokens_remaining", Nature.NUMBER),
        ("retrieved_chunks", Nature.DOCUMENTS),
        ("longTermMemory", Nature.STATE),
        ("user_query", Nature.INPUT),
        ("similar_examples", Nature.EXAMPLES),
        ("presigned_url", Nature.ADDRESS),
    ],
)
def test_a_name_says_what_a_value_is(name: str, nature: Nature) -> None:
    found = told(variable(name))
    assert found is not None
    assert (found.nature, found.perhaps) == (nature, False)


@pytest.mark.parametrize(
    "name", ["update", "runtime", "tidy", "guide", "monday", "model_id", "loop.index", "@index", "rules", "style"]
)
def test_a_name_that_only_sounds_like_it_says_nothing(name: str) -> None:
    assert told(variable(name)) is None


def test_what_is_called_counts_for_more_than_a_name() -> None:
    found = told(variable("user_query", calls=("datetime.datetime.now",)))
    assert found is not None
    assert found.nature is Nature.TIME


def test_sorting_undoes_a_listing() -> None:
    assert told(variable("", calls=("os.listdir",))) is not None
    assert told(variable("", calls=("os.listdir",), filters=("sorted",))) is None


@given(st.text(alphabet="abcXYZ_.09@", max_size=40))
def test_names_are_made_small_once_and_for_all(name: str) -> None:
    assert normal(normal(name)) == normal(name)


@given(
    st.lists(
        st.one_of(st.text("ab ", max_size=30).map(literal), st.sampled_from([variable("now"), variable("x")])),
        max_size=12,
    )
)
def test_what_stands_before_and_behind_a_place_is_all_there_is(spans: list[Span]) -> None:
    message = MessageTemplate(role=Role.SYSTEM, spans=tuple(spans), location=HERE, section="system")
    laid = lay_out(PromptTemplate(name="a", language="jinja2", location=HERE, messages=(message,)))
    total = sum(len(span.text) for span in spans if span.kind is SpanKind.LITERAL)
    assert [place.span for place in laid.places] == [span for span in spans if span.kind is SpanKind.VARIABLE]
    for place in laid.places:
        assert 0 <= total // CHARACTERS - place.tokens_before - place.fixed_behind <= 1
    behind = [place.fixed_behind for place in laid.places]
    assert behind == sorted(behind, reverse=True)


EXPRESSIONS = st.sampled_from(
    [
        variable("user.name"),
        variable("question"),
        variable("", calls=("uuid.uuid4",)),
        variable("docs", filters=("shuffle",)),
        Span(
            kind=SpanKind.VARIABLE, location=HERE, text="random.choice(['Hidden words.', x])", calls=("random.choice",)
        ),
    ]
)
LITERALS = st.text("ab ", max_size=3000).map(lambda text: literal(f"Hidden words. {text}"))
BLOCKS = st.recursive(
    st.lists(EXPRESSIONS | LITERALS, max_size=4).map(tuple),
    lambda inner: st.builds(
        lambda kind, body: (Span(kind=kind, location=HERE, text="x in docs", names=("docs",), branches=(body,)),),
        st.sampled_from([SpanKind.LOOP, SpanKind.CONDITION, SpanKind.INCLUDE]),
        inner,
    ),
    max_leaves=6,
)
MESSAGES = st.builds(
    MessageTemplate,
    role=st.sampled_from(Role),
    spans=BLOCKS,
    location=st.just(HERE),
    section=st.sampled_from(["message", "system", "tools", "schema", "history"]),
    marked=st.booleans(),
    lifetime=st.sampled_from(["", "5m", "1h", "soon"]),
)


@given(st.lists(MESSAGES, max_size=8).map(tuple))
def test_no_rule_fails_exceeds_its_severity_or_shows_fixed_text(messages: tuple[MessageTemplate, ...]) -> None:
    laid = lay_out(PromptTemplate(name="a", language="python", location=HERE, messages=messages))
    for rule in load_catalog("rules"):
        for finding in rule().in_template(laid):
            assert finding.rule == rule.id
            assert finding.severity.rank <= rule.severity.rank
            assert "Hidden" not in finding.message
            assert 0 <= (finding.stranded_tokens or 0) <= laid.fixed_tokens


def test_a_fault_in_a_file_that_two_templates_include_is_one_finding_and_the_gravest(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("It is {{ now() }}.\n")
    (tmp_path / "long.j2").write_text("{% include 'part.j2' %}" + FIXED)
    (tmp_path / "short.j2").write_text("{% include 'part.j2' %}Be brief.")
    (finding,) = audit([str(tmp_path)]).findings
    assert isinstance(finding.location, Location)
    assert finding.location.path.endswith("part.j2")
    assert finding.severity is Severity.HIGH
    assert finding.stranded_tokens is not None
    assert finding.stranded_tokens >= len(FIXED) // CHARACTERS


def test_each_of_eleven_faults_in_source_is_told_and_the_clean_call_is_not() -> None:
    """The cases are those that no single tool known to us tells all of."""
    lines = Path(CASES).read_text(encoding="utf-8").splitlines()
    functions = [(number, line[4 : line.index("(")]) for number, line in enumerate(lines, 1) if line.startswith("def ")]
    found = set()
    for finding in audit([CASES]).findings:
        assert isinstance(finding.location, Location)
        owner = max((start, name) for start, name in functions if start <= finding.location.line)[1]
        found.add((owner, finding.rule))
    assert found == {
        ("format_with_clock", "V101"),
        ("percent_with_clock", "V101"),
        ("jinja_with_clock", "V101"),
        ("build", "V101"),
        ("shuffled_tools", "F201"),
        ("tools_from_a_set", "F201"),
        ("session_in_system", "V103"),
        ("langchain_with_clock", "V101"),
        ("files_in_any_order", "V107"),
        ("unsorted_json", "F205"),
        ("fresh_id", "V102"),
    }
