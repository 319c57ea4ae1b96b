from pathlib import Path

import pytest

from tests.architecture.source import violations


def test_a_violation_is_reported_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("x = 1\n")
    assert violations("app", lambda _tree: [1], root=tmp_path) == ["app/a.py:1"]
    assert violations("app", lambda _tree: [1], root=tmp_path, but="app/a.py") == []


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no files in app"):
        violations("app", lambda _tree: [], root=tmp_path)
