"""What every test may rely on: one terminal, one Hypothesis profile, and the real data if there is any."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("CACHELENS_ALWAYS_NUMBA", "1")  # before loops are imported: small inputs test compiled loops too

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix what output depends on, for this process and for those it starts."""
    for name in ("FORCE_COLOR", "CACHELENS_DEBUG", "PYTHONWARNINGS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb", "PYTHONUTF8": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds README.md, tests and fixtures."""
    return REPOSITORY


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The shipped inputs."""
    return REPOSITORY / "fixtures"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real logs, kept beside the repository and never in it; the test is skipped without them."""
    folder = Path(os.environ.get("CACHELENS_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data: set CACHELENS_REAL_DATA")
    return folder
