from pathlib import Path

import pytest

from tests.architecture.source import complaints


def test_a_complaint_tells_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("x = 1\n")
    assert complaints("app", lambda _tree: [1], root=tmp_path) == ["app/a.py:1"]
    assert complaints("app", lambda _tree: [1], root=tmp_path, but="app/a.py") == []


def test_looking_into_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing in app"):
        complaints("app", lambda _tree: [], root=tmp_path)
