"""docs/console.md calls screens and buttons as the console does."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
LABEL = re.compile(r"(?<![*\w])\*(\w[^*]*)\*(?![*\w])")


def labels(text: str) -> set[str]:
    """The emphasised words of a document: names of screens and buttons."""
    return {" ".join(label.split()) for label in LABEL.findall(text)}


def console_texts() -> list[str]:
    """Every text of the console, of a plural its singular."""
    with (ROOT / "locales" / "console.pot").open("rb") as file:
        ids = [message.id for message in read_po(file)]
    return [each if isinstance(each, str) else each[0] for each in ids]


@pytest.mark.parametrize(
    "label", sorted(labels((ROOT / "docs" / "console.md").read_text(encoding="utf-8")))
)
def test_a_label_of_the_document_is_one_of_the_console(label: str) -> None:
    assert [text for text in console_texts() if text == label or text.startswith(f"{label} (")]


def test_labels_are_found_also_across_lines() -> None:
    assert labels("Open *Now*, **not** this, then *Post an\nupdate*.") == {"Now", "Post an update"}
