"""Both encoders give the same ids, and a long text's ids do not depend on how it comes."""

import functools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cachelens.prompts import cuts, tokens
from cachelens.prompts.tokens import Encoder, SplintrEncoder, TiktokenEncoder

REFERENCE = TiktokenEncoder()
SHORT = 40
"""Characters of the longest piece in these tests; in use it is 200,000."""

BITS = st.sampled_from(["\n", "a", "b ", " ", "\ud800", "\udc00", "<|endoftext|>", "<|x", "é", "7"])
ANY = st.lists(BITS | st.characters(), max_size=120).map("".join)
LINES = st.lists(st.text("abc 7.\t", max_size=50), max_size=12).map("\n".join)


@functools.cache
def made(kind: type[Encoder]) -> Encoder:
    try:
        return kind()
    except ImportError:
        pytest.skip("splintr is not installed")


@pytest.fixture(params=[TiktokenEncoder, SplintrEncoder])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return made(request.param)


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_LONGEST", SHORT)


def ids_of(encoder: Encoder, texts: list[str]) -> list[list[int]]:
    ids, offsets = encoder.encode_batch(texts)
    assert len(offsets) == len(texts) + 1
    return [row.tolist() for row in np.split(ids, offsets[1:-1])] if texts else []


@given(st.lists(st.one_of(ANY, LINES), max_size=5))
@example(["a\ud800b", "<|endoftext|>", "x" * 90, "plain"])
@example(["\ud83d\ude00" * 30, "one\ntwo" * 20])
@pytest.mark.usefixtures("short_pieces")
def test_the_fast_tokenizer_agrees_with_the_reference_around_cuts(texts: list[str]) -> None:
    assert ids_of(made(SplintrEncoder), texts) == ids_of(REFERENCE, texts)


@given(LINES)
@pytest.mark.usefixtures("short_pieces")
def test_a_cut_text_has_the_ids_of_the_whole(text: str) -> None:
    if max(map(len, text.split("\n"))) < SHORT and all(line[:1].isalnum() for line in text.split("\n")[1:]):
        assert ids_of(REFERENCE, [text]) == [REFERENCE._encoding.encode(text)]


def test_texts_beyond_the_real_limit_agree(encoder: Encoder) -> None:
    lines = "".join(f"line {n} of a long text\n" for n in range(12_000))
    spaces = " " * 450_000
    assert len(lines) > 200_000
    got = ids_of(encoder, [lines, spaces, "short"])
    assert got[0] == REFERENCE._encoding.encode(lines)
    assert got[1:] == ids_of(REFERENCE, [spaces, "short"])


@given(ANY | LINES, st.integers(1, 30))
def test_pieces_are_the_text_and_none_is_too_long(text: str, most: int) -> None:
    rows = cuts.pieces(text, most)
    assert "".join(rows) == text
    assert all(len(row) <= most for row in rows)
    assert all(rows) or rows == [""]


@given(LINES, LINES, LINES, st.integers(5, 30))
def test_a_stretch_between_safe_cuts_is_cut_alike_anywhere(head: str, text: str, tail: str, most: int) -> None:
    """What a store relies on when it tokenizes only the stretch in which a text differs from an earlier one."""
    inner = f"a{text}\n"
    whole = f"{head}\n{inner}b{tail}"
    start = len(head) + 1
    borders = set(np.cumsum([len(piece) for piece in cuts.pieces(whole, most)]).tolist())
    own = {start + int(end) for end in np.cumsum([len(piece) for piece in cuts.pieces(inner, most)])}
    safe = {place + 1 for place in range(len(whole) - 1) if whole[place] == "\n" and whole[place + 1] in "abc7"}
    inside = range(start + 1, start + len(inner))
    assert {place for place in borders - safe if place in inside} == {place for place in own - safe if place in inside}


@pytest.mark.parametrize("texts", [[], [""], ["", "a", ""], ["<|endoftext|>"], ["a", "<|endoftext|>", ""]])
def test_empty_and_special_texts_keep_their_places(encoder: Encoder, texts: list[str]) -> None:
    assert ids_of(encoder, texts) == [REFERENCE._encoding.encode(text, disallowed_special=()) for text in texts]
