from pathlib import Path

import pytest

from scripts.commit_files import main, problems_of

# Put together here so that this file itself holds none.
SECRETS = [
    "-----BEGIN " + "PRIVATE KEY-----",
    "-----BEGIN EC " + "PRIVATE KEY-----",
    "token = fyr_" + "a" * 43,
    "AKIA" + "A1" * 8,
    "ghp_" + "a1" * 18,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found(tmp_path: Path, secret: str) -> None:
    (tmp_path / "notes.md").write_text(f"one\n{secret}\n")
    assert problems_of([tmp_path / "notes.md"]) == [f"{tmp_path}/notes.md:2: looks like a secret"]


def test_a_huge_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(b"\xff" * 500_001)
    assert problems_of([tmp_path / "dump"]) == [f"{tmp_path}/dump: larger than 500 kB"]


def test_a_font_may_be_twice_as_large(tmp_path: Path) -> None:
    font = tmp_path / "many-scripts.ttf"
    font.write_bytes(b"\xff" * 1_000_000)
    assert problems_of([font]) == []
    font.write_bytes(b"\xff" * 1_000_001)
    assert problems_of([font]) == [f"{font}: larger than 1000 kB"]


def test_keys_of_tests_and_ordinary_words_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tests").mkdir()
    Path("tests/leaf.key").write_text(SECRETS[0])
    Path("a.py").write_text("fyr_settings = 'BEGIN PRIVATE KEY'\n")
    assert main(["tests/leaf.key", "a.py", "gone.py"]) == 0


def test_a_problem_sets_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.md").write_text(SECRETS[0])
    assert main([str(tmp_path / "notes.md")]) == 1
    assert "looks like a secret" in capsys.readouterr().out
