"""Fixed files onto the disk: all or nothing, and only over what was read."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path


class NotWrittenError(Exception):
    """A file that was left alone; says why and what to do."""


def write(path: Path, before: bytes, after: bytes, roots: Sequence[Path]) -> None:
    """Replace the content of a file; raises `NotWrittenError` where that is not possible or not right.

    A link is followed only to a file below one of the roots, and stays a link. The file keeps its permissions.
    """
    target = Path(os.path.realpath(path))
    if not any(target.is_relative_to(os.path.realpath(root)) for root in roots):
        raise NotWrittenError("it is a link that leads out of the given folders; fix the file that it leads to")
    try:
        mode = target.stat().st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK):
            raise NotWrittenError("it may only be read; allow writing and run again")
        _replace(target, before, after)
    except OSError as error:
        raise NotWrittenError(f"it cannot be written ({error.strerror}); see to it and run again") from error


def _replace(target: Path, before: bytes, after: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".cachelens-", suffix=".partial", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(after)
        shutil.copymode(target, name)
        if target.read_bytes() != before:
            raise NotWrittenError("it was changed by somebody else in the meantime; run again")
        Path(name).replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
