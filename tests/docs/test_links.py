"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

from scripts.files import project_files

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [
    file for file in project_files(ROOT) if file.suffix == ".md" and "tests" not in file.parts
]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
# A path in the tables of CONTRIBUTING.md: with a folder, without placeholders.
PATH = re.compile(r"`((?:app|docs|locales|migrations|scripts|templates|tests)/[\w./-]*)`")


def dead_ends(text: str, folder: Path, *, with_paths: bool) -> list[str]:
    links = [folder / found for found in LINK.findall(text)]
    paths = [ROOT / found for found in PATH.findall(text)] if with_paths else []
    return [str(path) for path in (*links, *paths) if not path.exists()]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_and_path_leads_somewhere(file: Path) -> None:
    # Elsewhere a path may be an example of one that somebody will make.
    with_paths = file.name == "CONTRIBUTING.md"
    assert dead_ends(file.read_text(encoding="utf-8"), file.parent, with_paths=with_paths) == []


def test_a_link_or_path_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    text = "[a](gone.md), `tests/gone/`, [b](https://example.com), `app/<name>.py`, `tests/docs/`"
    assert dead_ends(text, tmp_path, with_paths=True) == [
        str(tmp_path / "gone.md"),
        str(ROOT / "tests/gone/"),
    ]


def test_there_are_documents_to_look_at() -> None:
    assert {"README.md", "CONTRIBUTING.md"} <= {file.name for file in DOCUMENTS}
