"""Every link of the documents leads to an existing file, and to a heading in it."""

import re
from pathlib import Path

import pytest

from scripts.files import project_files

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [
    file
    for file in project_files(ROOT)
    if file.suffix == ".md" and "tests" not in file.relative_to(ROOT).parts
]
# A link to a file, to a heading, or to a heading of a file.
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
# A path in the tables of CONTRIBUTING.md: with a folder, without placeholders.
PATH = re.compile(r"`((?:app|docs|locales|migrations|scripts|templates|tests)/[\w./-]*)`")


def broken(text: str, file: Path, *, with_paths: bool) -> list[str]:
    """Each link in the text of `file` whose file or heading does not exist, and each such path."""
    found = []
    for name, anchor in LINK.findall(text):
        target = file.parent / name
        if name and not target.exists():
            found.append(name)
        elif anchor and anchor not in anchors(target if name else text):
            found.append(f"{name}#{anchor}")
    return found + [
        path for path in PATH.findall(text) if with_paths and not (ROOT / path).exists()
    ]


def anchors(document: Path | str) -> set[str]:
    """The anchors of the headings, as GitHub generates them."""
    text = document.read_text(encoding="utf-8") if isinstance(document, Path) else document
    headings = [heading.strip().lower() for heading in HEADING.findall(text)]
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_and_path_exists(file: Path) -> None:
    # In other documents a path may be an example that does not exist.
    with_paths = file.name == "CONTRIBUTING.md"
    assert broken(file.read_text(encoding="utf-8"), file, with_paths=with_paths) == []


def test_a_broken_link_or_path_is_found(tmp_path: Path) -> None:
    text = (
        "# The `one` title\n[a](gone.md), [b](#the-one-title), [c](#gone), `app/<name>.py`, "
        "[d](https://example.com/#x), `tests/gone/`, `tests/docs/`"
    )
    file = tmp_path / "a.md"
    assert broken(text, file, with_paths=True) == ["gone.md", "#gone", "tests/gone/"]


def test_the_documents_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md"} <= {file.name for file in DOCUMENTS}
