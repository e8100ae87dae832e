"""Compressed data gives every complete line that stands before a break, and then one skip."""

import bz2
import gzip
import lzma
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.model.record import Skip
from cachelens.sources import packed
from cachelens.sources.lines import compression_of, iter_stream

LINES = [b"%d %s" % (number, f"{number**9}".encode() * 9) for number in range(3000)]
TEXT = b"\n".join(LINES) + b"\n"


@pytest.fixture(params=["isal", "zlib"])
def gzip_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Gzip through the fast package and through the standard library."""
    if request.param == "isal":
        pytest.importorskip("isal")
    else:
        monkeypatch.setitem(sys.modules, "isal", None)
    return str(request.param)


def lines_of(path: Path, data: bytes) -> tuple[list[bytes], list[Skip]]:
    path.write_bytes(data)
    items = list(iter_stream(str(path), compression_of(data[:8])))
    return [item[1] for item in items if isinstance(item, tuple)], [item for item in items if isinstance(item, Skip)]


@pytest.mark.usefixtures("gzip_by")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(share=st.floats(0.001, 0.999))
def test_gzip_cut_short_gives_all_complete_lines(tmp_path: Path, share: float) -> None:
    data = gzip.compress(TEXT)
    cut = data[: max(int(len(data) * share), 20)]
    whole = zlib.decompressobj(31).decompress(cut).count(b"\n")
    lines, (skip,) = lines_of(tmp_path / "a.gz", cut)
    assert lines == LINES[:whole]
    assert (skip.line, skip.reason) == (whole + 1, "compressed data ends early")


@pytest.mark.usefixtures("gzip_by")
@pytest.mark.parametrize("at", [200, 20_000, 40_000, 55_000])
def test_gzip_with_damage_gives_all_complete_lines_before_it(tmp_path: Path, at: int) -> None:
    data = bytearray(gzip.compress(TEXT))
    assert len(data) > 60_000
    before = zlib.decompressobj(31).decompress(data[:at]).count(b"\n")
    data[at : at + 400] = b"\xff" * 400
    lines, skips = lines_of(tmp_path / "a.gz", bytes(data))
    assert lines[:before] == LINES[:before]
    assert [skip.reason for skip in skips] == ["compressed data is damaged"]


def test_a_wrong_checksum_loses_no_line(tmp_path: Path, gzip_by: str) -> None:
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    lines, skips = lines_of(tmp_path / "a.gz", bytes(data))
    assert (gzip_by, lines) == (gzip_by, LINES)
    assert [skip.reason for skip in skips] == ["compressed data is damaged"]


@pytest.mark.usefixtures("gzip_by")
def test_gzip_may_have_many_members_and_zeros_behind_them(tmp_path: Path) -> None:
    some = [gzip.compress(b"%d\n" % number) for number in range(2000)]
    lines, skips = lines_of(tmp_path / "a.gz", bytes(100).join(some) + bytes(70_000))
    assert (lines, skips) == ([b"%d" % number for number in range(2000)], [])
    lines, skips = lines_of(tmp_path / "a.gz", some[7] + b"what is this?")
    assert (lines, [skip.reason for skip in skips]) == ([b"7"], ["compressed data is damaged"])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_zstandard_that_breaks_off_or_is_damaged_gives_what_is_before(tmp_path: Path, share: float) -> None:
    data = zstandard.ZstdCompressor(level=1).compress(TEXT)
    at = int(len(data) * share)
    before = zstandard.ZstdDecompressor().decompressobj().decompress(data[:at]).count(b"\n")
    lines, (skip,) = lines_of(tmp_path / "a.zst", data[:at])
    assert (lines, skip.reason) == (LINES[:before], "compressed data ends early")
    lines, skips = lines_of(tmp_path / "a.zst", data[:at] + b"\xff" * 90 + data[at + 90 :])
    assert lines[:before] == LINES[:before]
    assert len(skips) <= 1


def test_a_window_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    header = b"\x28\xb5\x2f\xfd\x00" + bytes([(28 - 10) << 3])  # a frame whose window is 2**28 bytes
    lines, (skip,) = lines_of(tmp_path / "a.zst", header + b"\x11\x00\x00" + b"a\n")
    assert (lines, skip.reason) == ([], "compressed with a window above 128 MB")
    assert skip.detail == "unpack it first: zstd -d --long=31 FILE"


def test_what_is_unpacked_at_once_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(200_000_000), 9))
    stream = packed.PackedStream(str(tmp_path / "a.gz"), "gzip")
    assert max(len(piece) for piece in stream._pieces) < 40_000_000
    stream.close()


@pytest.mark.parametrize(
    "pack", [bz2.compress, lzma.compress, lambda data: data.decode().encode("utf-16"), lambda data: data + b""]
)
def test_other_packings_give_all_lines(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert lines_of(tmp_path / "a", pack(TEXT)) == (LINES, [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_read_by_its_mark(tmp_path: Path, encoding: str) -> None:
    text = '\ufeff{"a": "h\u00e9\U0001f600"}\r\n{}\n'
    assert lines_of(tmp_path / "a", text.encode(encoding)) == (['{"a": "h\u00e9\U0001f600"}'.encode(), b"{}"], [])


@pytest.mark.parametrize(("pack", "size"), [(bz2.compress, 900), (lzma.compress, 900)])
def test_other_packings_cut_short_say_so(tmp_path: Path, pack: Callable[[bytes], bytes], size: int) -> None:
    lines, (skip,) = lines_of(tmp_path / "a", pack(TEXT)[:size])
    assert lines == LINES[: len(lines)]
    assert skip.reason == "compressed data ends early"


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_other_packings_that_are_damaged_say_so(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = bytearray(pack(TEXT))
    data[len(data) // 2] ^= 0xFF
    _, (skip,) = lines_of(tmp_path / "a", bytes(data))
    assert skip.reason == "compressed data is damaged"
