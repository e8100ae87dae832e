"""Templates as they stood at a git revision: read from the repository's own store, without network."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import NamedTuple

from cachelens.errors import UsageError
from cachelens.joining.versions import Base
from cachelens.templates.base import MOST_BYTES
from cachelens.templates.reading import IGNORED

MOST_FILES = 50_000
_FILES = ("100644", "100755")
"""Modes of regular files; links and other repositories are passed over."""


class _Blob(NamedTuple):
    """A file at a revision."""

    id: str
    path: str
    """From the top of the repository."""


@contextmanager
def base_at(revision: str, paths: Sequence[str]) -> Iterator[Base]:
    """Put files and folders as they stood at a revision into a temporary folder.

    Raises `UsageError` outside a repository, for an unknown revision, and for a path outside the repository.
    """
    top = Path(_git(["rev-parse", "--show-toplevel"], "this is no git repository", "run it within one").strip())
    hint = "name a branch, tag or commit; in CI, fetch it first (`fetch-depth: 0`)"
    asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    commit = _git(asked, f"git knows no revision {revision!r}", hint).strip()
    inside = {name: _inside(top, name) for given in paths for name in _expanded(given)}
    moved = _moved(top, commit, inside.values())
    with tempfile.TemporaryDirectory(prefix="cachelens-") as name:
        folder = Path(name).resolve()
        _write(_blobs(top, commit, sorted({*inside.values(), *moved})), top, folder)
        there = [str(folder / path) for path in dict.fromkeys((*inside.values(), *moved)) if (folder / path).exists()]
        yield Base(name=revision, paths=tuple(there), named=_Names(folder, inside, moved))


class _Names:
    """Calls files in the temporary folder as the user calls them."""

    def __init__(self, folder: Path, inside: dict[str, str], moved: Mapping[str, str]) -> None:
        self._folder = folder
        self._moved = moved
        self._given = sorted(((path, name) for name, path in inside.items()), key=lambda pair: -len(pair[0]))

    def __call__(self, file: str) -> str:
        path = Path(file)
        if not path.is_relative_to(self._folder):
            return file
        within = path.relative_to(self._folder)
        within = Path(self._moved.get(within.as_posix(), within))
        for given, name in self._given:
            if within.is_relative_to(given):
                return (Path(name) / within.relative_to(given)).as_posix()
        return within.as_posix()


def _expanded(given: str) -> list[str]:
    """Return what a pattern matches; what is no pattern may exist at the revision only."""
    if Path(given).exists():
        return [given]
    return sorted(glob(given, recursive=True)) or [given]  # noqa: PTH207  patterns come as typed, absolute or not


def _inside(top: Path, name: str) -> str:
    path = Path(name)
    real = (path if path.is_absolute() else Path.cwd() / path).resolve()
    if not real.is_relative_to(top.resolve()):
        raise UsageError(f"{name} is not in the repository {top}", hint="name files and folders of this repository")
    return real.relative_to(top.resolve()).as_posix()


def _moved(top: Path, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Return files that git takes for the same under another name now: their old paths with the new ones.

    Only those that are now below some paths. A file that git was not told of has no other name.
    """
    asked = ["diff", "--find-renames", "--diff-filter=R", "--name-status", "-z", "--no-ext-diff", commit, "--"]
    fields = _git(["-C", str(top), *asked]).split("\0")[:-1]
    pairs = zip(fields[1::3], fields[2::3], strict=True)
    below = [Path(path) for path in paths]
    return {old: new for old, new in pairs if any(Path(new).is_relative_to(path) for path in below)}


def _blobs(top: Path, commit: str, paths: Sequence[str]) -> list[_Blob]:
    """List the files below some paths, those that cannot hold a template left out."""
    limits = [] if "." in paths else ["--", *paths]
    listed = _git(["-C", str(top), "--literal-pathspecs", "ls-tree", "-r", "-l", "-z", "--full-tree", commit, *limits])
    found: list[_Blob] = []
    for row in listed.split("\0"):
        head, _, path = row.partition("\t")
        fields = head.split()
        if len(fields) != len(("mode", "type", "id", "size")) or fields[0] not in _FILES:
            continue
        folders = path.split("/")[:-1]
        hidden = any(folder in IGNORED or folder.startswith(".") for folder in folders)
        if not hidden and int(fields[3]) <= MOST_BYTES:
            found.append(_Blob(fields[2], path))
    if len(found) > MOST_FILES:
        raise UsageError(f"more than {MOST_FILES:,} files to compare", hint="name the folders that hold the templates")
    return found


def _write(blobs: Sequence[_Blob], top: Path, folder: Path) -> None:
    """Write files as git stores them."""
    if not blobs:
        return
    asked = "".join(f"{blob.id}\n" for blob in blobs).encode()
    content = _run(["-C", str(top), "cat-file", "--batch"], asked).stdout
    at = 0
    for blob in blobs:
        end = content.index(b"\n", at)
        size = int(content[at:end].split()[2])
        path = folder / blob.path
        if not path.resolve().is_relative_to(folder):
            raise UsageError(f"git names a file outside its folder: {blob.path}", hint="check the repository")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[end + 1 : end + 1 + size])
        at = end + 1 + size + 1


def _git(
    arguments: Sequence[str], problem: str = "git cannot read the repository", hint: str = "run `git fsck`"
) -> str:
    done = _run(arguments)
    if done.returncode:
        raise UsageError(problem, hint=hint)
    return os.fsdecode(done.stdout)


def _run(arguments: Sequence[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(  # noqa: S603  a list of arguments: no shell reads them
            ["git", *arguments],  # noqa: S607  the git that the user has
            input=given,
            capture_output=True,
            check=False,
            env=environment,
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed", hint="--diff-base needs it") from error
