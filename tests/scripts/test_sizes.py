from pathlib import Path

import pytest

from scripts.sizes import LIMIT, MODULES, problems


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


def test_a_folder_with_more_modules_than_fit_on_a_look_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "app" / "usecases"
    folder.mkdir(parents=True)
    for number in range(MODULES + 1):
        (folder / f"noun{number}.py").touch()
    assert problems(tmp_path) == [
        "app/usecases: 17 modules, at most 16; make packages by noun",
    ]


def test_a_folder_of_kinds_may_have_any_number_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "app" / "monitors"
    folder.mkdir(parents=True)
    for number in range(MODULES + 1):
        (folder / f"monitor{number}.py").touch()
    assert problems(tmp_path) == []
