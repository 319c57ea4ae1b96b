from pathlib import Path

import pytest

from scripts.wording import problems


def plant(root: Path, source: str) -> Path:
    (root / "app").mkdir()
    (root / "app" / "a.py").write_text(source)
    return root


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ('"""Whoever asks."""\n', 1, "Whoever"),
        ('def f():\n    """First line.\n\n    As it was told.\n    """\n', 4, "told"),
        ("x = 1  # the house\n", 1, "house"),
        ("# One, and the\n# same again.\n", 1, "the same"),
        ('class A:\n    """Of the\n    same kind."""\n', 2, "the same"),
    ],
)
def test_a_forbidden_word_is_found_on_its_line(
    tmp_path: Path, source: str, line: int, word: str
) -> None:
    (problem,) = problems(plant(tmp_path, source))
    assert problem.startswith(f"app/a.py:{line}: “{word}”")


@pytest.mark.parametrize(
    "source",
    [
        'SENTENCE = "It was told at the door."\n',
        "def told(house): ...\n",
        "# The attribute `told` and the header `SameSite`.\n",
        '"""The theme, the history and the indoor map."""\n',
    ],
)
def test_code_and_strings_may_have_any_word(tmp_path: Path, source: str) -> None:
    assert problems(plant(tmp_path, source)) == []


def test_an_exempt_file_is_not_reported(tmp_path: Path) -> None:
    plant(tmp_path, "# told\n")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "wording_exempt.txt").write_text("app/a.py\n")
    assert problems(tmp_path) == []
