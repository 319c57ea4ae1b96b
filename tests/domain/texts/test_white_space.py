"""White space around texts: what is removed, and the indentation that has a meaning."""

import pytest

from app.domain.texts.white_space import trim


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  one line \n", "one line"),
        ("\n \t\r\n  one line", "one line"),
        ("    log line\n    log line\n", "    log line\n    log line"),
        ("\n\n  - a\n  - b\n\n", "  - a\n  - b"),
        ("\t\tcode\r\n\r\nText  ", "\t\tcode\r\n\r\nText"),
        (" \n\t\n", ""),
    ],
)
def test_the_indentation_of_the_first_of_several_lines_stays(text: str, kept: str) -> None:
    assert trim(text) == kept
    assert trim(kept) == kept
