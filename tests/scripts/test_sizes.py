from pathlib import Path

import pytest

from scripts.sizes import LIMIT, problems


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    return tmp_path / "app" / "long.py"


def test_a_file_may_have_five_hundred_lines(file: Path) -> None:
    file.write_text("x = 1\n\n" * (LIMIT // 2))
    assert problems(file.parent.parent) == []


def test_one_line_more_is_too_many(file: Path) -> None:
    file.write_text("x = 1\n" * LIMIT + "\n")
    assert problems(file.parent.parent) == ["app/long.py: 501 lines, at most 500"]
