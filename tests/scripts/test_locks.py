from pathlib import Path

import pytest

from scripts.locks import problems

PROJECT = """
[project]
dependencies = ["Babel>=2", "psycopg[binary]>=3.2"]

[dependency-groups]
installer = ["uv>=0.9"]
build = ["hatchling", { include-group = "installer" }]
dev = ["pytest>=8"]
"""


def lock(**pins: str) -> str:
    return "".join(
        f"{name}=={version} \\\n    --hash=sha256:00\n" for name, version in pins.items()
    )


RUNTIME = {"babel": "2.18", "psycopg": "3.3.9", "hatchling": "1.33", "uv": "0.13.9"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text(lock(**RUNTIME))
    (tmp_path / "requirements" / "dev.txt").write_text(lock(**RUNTIME, pytest="9.0"))
    (tmp_path / "requirements" / "uv.txt").write_text(lock(uv="0.13.9"))
    return tmp_path


def test_complete_locks_have_no_problems(root: Path) -> None:
    assert problems(root) == []


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("runtime.txt", lock(babel="2.18", hatchling="1.33", uv="0.13.9"), "no psycopg"),
        ("runtime.txt", lock(**{**RUNTIME, "babel": "1.9"}), "no Babel>=2"),
        ("runtime.txt", lock(**{**RUNTIME, "hatchling": "1.32"}), "hatchling 1.32, but 1.33"),
        ("dev.txt", lock(**RUNTIME), "no pytest"),
        ("uv.txt", "uv==0.13.9\n", "uv has no hash"),
    ],
)
def test_an_incomplete_lock_is_found(root: Path, file: str, text: str, complaint: str) -> None:
    (root / "requirements" / file).write_text(text)
    assert complaint in "\n".join(problems(root))
