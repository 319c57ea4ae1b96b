from pathlib import Path

import pytest

from tests.cli.program import Fyr, program


@pytest.fixture
def fyr(
    tmp_path: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Fyr:
    """The command with an embedded database of its own, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    return program(monkeypatch, capsys)
