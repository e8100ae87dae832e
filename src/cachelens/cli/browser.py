"""Prints a page to PDF with the browser that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cachelens.errors import UsageError

VARIABLE = "CACHELENS_CHROMIUM"
"""Names the browser where it is not on the path."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_LONGEST_SECONDS = 120
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
)


def find_browser() -> str | None:
    """Return the program that `CACHELENS_CHROMIUM` names, or the first Chromium on the path; `None` without one."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return shutil.which(named)
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def print_page(page: str, output: Path) -> None:
    """Write a page as PDF. Raises `UsageError` where no browser is found, or it does not print."""
    browser = find_browser()
    if browser is None:
        raise UsageError(
            "no Chromium or Chrome was found to print with",
            hint=f"install one (Debian: apt install chromium), or set {VARIABLE} to its program; "
            "or write HTML and print that from any browser",
        )
    with tempfile.TemporaryDirectory(prefix="cachelens-", ignore_cleanup_errors=True) as folder:
        source, printed = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8")
        command = [
            browser,
            *_QUIET,
            *_as_root(),
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            source.as_uri(),
        ]
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=_LONGEST_SECONDS)  # noqa: S603  no shell
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"{browser} did not print: {type(error).__name__}", hint=_HINT) from error
        if not printed.is_file():
            raise UsageError(f"{browser} wrote no PDF", hint=_HINT)
        shutil.copyfile(printed, output)


_HINT = "write HTML and print that from any browser"


def _as_root() -> tuple[str, ...]:
    """Chromium refuses its sandbox to root; the page has no script but ours, and loads nothing."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
