"""A damaged trace is an error with a next step, never a crash and never a loop without end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.app import simulate
from cachelens.errors import TraceFormatError
from cachelens.prompts import container, parquet
from cachelens.prompts.soundness import UnsoundError, check_arrays
from cachelens.prompts.trace import Trace
from tests.prompts.records import blocks, chat, compiled, contents, lengths

Array = npt.NDArray[Any]


def small() -> Trace:
    records = [
        chat(1, "*be brief", "hello", tools=["tool one"], session="s", tenant="t", request_id="a"),
        chat(2, "*be brief", "hello", "more and more", tools=["tool one"], workload="w", request_id="b"),
        lengths(3, 77),
        blocks(4, "abc", 40),
        blocks(5, "abd"),
    ]
    return compiled(records)


ARRAYS = dict(container.arrays_of(small()))
INDEXES = [
    "nodes.parent",
    "nodes.segment",
    "nodes.kind",
    "nodes.role",
    "segments.kind",
    "mark_node",
    "mark_ttl",
    "mark_start",
    "request_ids.start",
    *(f"requests.{name}" for name in ("leaf", "model", "session", "workload", "tenant", "file", "order", "auto_mark")),
]


def assembled(arrays: dict[str, Array]) -> Trace:
    trace = small()
    return container.assemble(arrays, trace.strings, trace.files, trace.meta)


def changed(name: str, change: Callable[[Array], None]) -> dict[str, Array]:
    values = ARRAYS[name].copy()
    change(values)
    return {**ARRAYS, name: values}


def test_a_sound_trace_passes() -> None:
    assert contents(assembled(dict(ARRAYS))) == contents(small())


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("value", [-2, 100])
def test_an_index_that_leads_nowhere_is_found(name: str, value: int) -> None:
    if ARRAYS[name].dtype.kind == "u" and value < 0:
        pytest.skip("the type has no negative numbers")
    with pytest.raises(UnsoundError, match=name):
        assembled(changed(name, lambda values: values.__setitem__(-1, value)))


@pytest.mark.parametrize("name", ["segments.tokens", "requests.input", "requests.write_1h", "requests.first_token"])
def test_a_negative_count_is_found(name: str) -> None:
    with pytest.raises(UnsoundError, match=name):
        assembled(changed(name, lambda values: values.__setitem__(0, -5)))


@pytest.mark.parametrize("parent", [-1, 3, 4])
def test_parents_must_stand_before_their_children(parent: int) -> None:
    with pytest.raises(UnsoundError, match=r"nodes\.parent"):
        assembled(changed("nodes.parent", lambda values: values.__setitem__(3, parent)))


def test_ends_and_arrivals_rise() -> None:
    for name in ("nodes.end", "requests.arrived"):
        with pytest.raises(UnsoundError, match=name):
            assembled(changed(name, lambda values: values.__setitem__(slice(None), values[::-1].copy())))


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_every_array_must_be_there_in_its_type_and_shape(name: str) -> None:
    values = ARRAYS[name]
    others = [values.astype("f8"), np.concatenate([values, values, values[:0]])[None], None]
    for other in others:
        arrays = {key: array for key, array in ARRAYS.items() if key != name}
        with pytest.raises(UnsoundError, match=" "):
            check_arrays(arrays if other is None else {**arrays, name: other})


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_flipped_byte_crashes_a_replay(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "t.trace"
    container.save(small(), path)
    raw = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(len(container.MAGIC), len(raw) - 1), min_size=1, max_size=3)):
        raw[place] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        trace = container.load(path)
    except TraceFormatError:
        return
    for leaf in trace.requests["leaf"].tolist():
        assert len(trace.path(leaf)) < len(trace.nodes.parent)
    assert len(trace.head) == len(trace.system_end) == len(trace.markable) == len(trace.nodes.parent)


@pytest.mark.parametrize("cut", [0, 5, 30, 400, 1500])
@pytest.mark.parametrize("module", [container, parquet])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, cut: int, module: Any) -> None:  # noqa: ANN401 - a module
    path = tmp_path / "t.trace"
    module.save(small(), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(TraceFormatError, match=r"t\.trace"):
        module.load(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"dtype":"<i8"', b'"dtype":"zz9"'),
        (b'"dtype":"<i8"', b'"dtype":"|O8"'),
        (b'"offset":64', b'"offset":63'),
        (b'"offset":0', b'"offset":9'),
        (b'"version":2', b'"version":9'),
        (b'"version":2', b'"version":[]'),
        (b'"shape":[5]', b'"shape":[6]'),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = tmp_path / "t.trace"
    container.save(small(), path)
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new.ljust(len(old)), 1))
    with pytest.raises(TraceFormatError, match=r"t\.trace"):
        container.load(path)


def test_facts_about_inputs_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    trace = small()
    odd = Trace(**{**vars(trace), "meta": {"inputs": [{"path": 5}]}})
    container.save(odd, tmp_path / "t.trace")
    with pytest.raises(TraceFormatError, match="inputs"):
        simulate([str(tmp_path / "t.trace")])


def test_parquet_of_another_version_or_origin_is_refused(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet as pq

    path = tmp_path / "t.parquet"
    pq.write_table(pyarrow.table({"a": [1]}), path)
    with pytest.raises(TraceFormatError, match="not a trace"):
        parquet.load(path)
    parquet.save(small(), path)
    table = pq.read_table(path)
    head = table.schema.metadata[b"cachelens"].replace(b'"version":2', b'"version":1')
    pq.write_table(table.replace_schema_metadata({b"cachelens": head}), path)
    with pytest.raises(TraceFormatError, match="version"):
        parquet.load(path)
