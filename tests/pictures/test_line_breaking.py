"""Lines are as wide as they are measured; what is too long ends with an ellipsis."""

import pytest

from app.pictures.line_breaking import break_lines


def lines_of(text: str, width: int, most: int = 3) -> tuple[list[str], bool]:
    return break_lines(text, width, most, len)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("one", ["one"]),
        ("abcdefghijklmno", ["abcdefgh", "ijklmno"]),
        ("an abcdefghijk b", ["an", "abcdefgh", "ijk b"]),
    ],
)
def test_a_text_is_broken_between_words_and_only_a_long_word_inside(
    text: str, lines: list[str]
) -> None:
    assert lines_of(text, 8) == (lines, True)


def test_a_text_with_too_many_lines_ends_with_an_ellipsis_that_fits() -> None:
    lines, is_whole = lines_of("one two three four five six seven", 9)
    assert (lines, is_whole) == (["one two", "three", "four fiv…"], False)
    assert all(len(line) <= 9 for line in lines)


def test_an_ellipsis_follows_a_letter_and_no_space() -> None:
    assert lines_of("aaaa bbbbbb", 6, 1) == (["aaaa…"], False)


def test_a_letter_stays_together_with_its_marks() -> None:
    letter = "\u0e19\u0e49\u0e33"
    lines, _ = lines_of(letter * 4, 5)
    assert "".join(lines) == letter * 4
    assert all(not line.startswith("\u0e49") for line in lines)


def test_a_width_in_which_nothing_fits_still_ends() -> None:
    assert lines_of("abc", 0) == (["a", "b", "c"], True)
    assert lines_of("abcd", 0) == (["a", "b", "…"], False)


def test_a_very_long_text_is_cut_before_it_is_measured() -> None:
    measured: list[int] = []

    def measure(text: str) -> float:
        measured.append(len(text))
        return len(text)

    lines, is_whole = break_lines("word " * 20_000, 30, 3, measure)
    assert (len(lines), is_whole) == (3, False)
    assert max(measured) <= 600


def test_a_name_that_is_isolated_stays_isolated_on_the_next_line() -> None:
    lines, _ = lines_of("down: \u2068Payments API (v2)\u2069 now", 16)
    assert lines == ["down: \u2068Payments\u2069", "\u2068API (v2)\u2069 now"]


def test_an_isolate_that_ends_at_the_ellipsis_is_closed() -> None:
    lines, is_whole = lines_of("x \u2068abcdefgh ijkl\u2069", 6, 1)
    assert (lines, is_whole) == (["x\u2026"], False)
    lines, _ = lines_of("\u2068abcdefgh\u2069", 6, 1)
    assert lines == ["\u2068abcd\u2026\u2069"]
