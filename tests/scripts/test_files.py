import subprocess
from pathlib import Path

import pytest

from scripts.files import project_files, text_of


def names(root: Path) -> list[str]:
    return [file.relative_to(root).as_posix() for file in project_files(root)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("app/a.py", "var/demo/fyr.db", ".venv/lib/b.py", "ignored.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def test_without_git_generated_and_hidden_folders_are_left_out(tree: Path) -> None:
    assert names(tree) == ["app/a.py", "ignored.txt"]


def test_with_git_untracked_files_count_and_ignored_files_do_not(tree: Path) -> None:
    (tree / ".gitignore").write_text("ignored.txt\nvar/\n.venv/\n")
    subprocess.run(["git", "init", "-q", tree], check=True)
    assert names(tree) == [".gitignore", "app/a.py"]


def test_a_picture_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\xff\xfe")
    assert text_of(tmp_path / "a.png") is None
