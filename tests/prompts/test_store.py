"""Token counts of stored segments are those of the tokenizer, however they were put together."""

from hypothesis import example, given
from hypothesis import strategies as st

from cachelens.model.prompt import Role, SegmentDraft, SegmentKind
from cachelens.prompts import cuts
from cachelens.prompts.store import SegmentStore
from cachelens.prompts.tokens import encoder

LINES = [f"Rule {n}: customers who ask about topic {n * 7} get the answer of section {n}." for n in range(40)]
LINE = st.text(st.characters(codec="utf-8"), max_size=40)


def draft(text: str) -> SegmentDraft:
    return SegmentDraft(SegmentKind.SYSTEM, Role.SYSTEM, text.encode(), message_end=True)


def count(text: str) -> int:
    return len(encoder().encode_batch([text])[0])


@given(st.lists(st.tuples(st.integers(0, 39), LINE), min_size=1, max_size=8))
@example([(0, "\n"), (1, " \n\n/"), (39, "")])
def test_a_variant_of_a_long_text_counts_as_if_it_stood_alone(edits: list[tuple[int, str]]) -> None:
    store = SegmentStore()
    texts = ["\n".join(LINES)]
    for place, line in edits:
        lines = texts[-1].split("\n")
        lines[place % len(lines)] = line
        texts.append("\n".join(lines))
    numbers = [store.add(draft(text)) for text in texts]
    store.flush()
    assert [store.tokens[number] for number in numbers] == [count(text) for text in texts]


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_common_parts(head: bytes, a: bytes, b: bytes) -> None:
    left, right = head + a, head + b
    shared = cuts.common_prefix(left, right)
    assert left[:shared] == right[:shared]
    assert shared == min(len(left), len(right)) or left[shared] != right[shared]
    limit = min(len(left), len(right)) - shared
    tail = cuts.common_suffix(left, right, limit)
    assert left[len(left) - tail :] == right[len(right) - tail :]
    assert tail == limit or left[len(left) - tail - 1] != right[len(right) - tail - 1]


def test_a_special_token_spelled_out_is_ordinary_text() -> None:
    store = SegmentStore()
    number = store.add(draft("say <|endoftext|> now"))
    store.flush()
    assert store.tokens[number] == 9  # counted with tiktoken's encode(..., disallowed_special=())


def test_equal_content_is_kept_once_and_kinds_stay_apart() -> None:
    store = SegmentStore()
    first = store.add(draft("the same"))
    assert store.add(draft("the same")) == first
    assert store.add(draft("the same")._replace(kind=SegmentKind.TEXT)) != first
    assert len(store) == 2
