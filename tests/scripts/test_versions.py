from pathlib import Path

import pytest

from scripts.versions import problems

GOOD = """# Changelog

## 0.2.0 - Unreleased

### Added

- A thing.

## 0.1.0 - 2026-01-31
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text('__version__ = "0.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(GOOD)
    return tmp_path


def test_the_top_entry_is_the_version(root: Path) -> None:
    assert problems(root) == []


@pytest.mark.parametrize(
    ("was", "becomes", "problem"),
    [
        ("## 0.2.0 - Unreleased", "## 0.3.0 - Unreleased", "the top entry is not 0.2.0"),
        ("## 0.2.0 - Unreleased", "No entry", "the top entry is not 0.2.0"),
        ("2026-01-31", "in January", "is not “## 1.2.3"),
        ("### Added", "### New", "“### New” is none of"),
    ],
)
def test_a_wrong_changelog_is_found(root: Path, was: str, becomes: str, problem: str) -> None:
    (root / "CHANGELOG.md").write_text(GOOD.replace(was, becomes))
    assert problem in "\n".join(problems(root))
