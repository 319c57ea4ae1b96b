"""Line breaking by measured width, with an ellipsis where a text has too many lines."""

import unicodedata
from collections.abc import Callable

__all__ = ["break_lines"]

_ELLIPSIS = "…"
# The characters of a text that are measured: more do not fit into any picture.
_LONGEST = 600
_JOINERS = frozenset("\u200c\u200d\u2060")
# Left-to-right, right-to-left and first-strong isolate, and their end (UAX 9).
_ISOLATES, _POP_ISOLATE = frozenset("\u2066\u2067\u2068"), "\u2069"


def break_lines(
    text: str, width: float, most: int, measure: Callable[[str], float]
) -> tuple[list[str], bool]:
    """The text in at most `most` lines no wider than `width`, and whether it is whole.

    `measure` returns the width of a line. A word that is wider than a line is broken between its
    characters. The last line of a text that is cut ends with an ellipsis.
    """
    lines: list[str] = []
    rest = text[:_LONGEST]
    is_whole = rest == text
    while rest and len(lines) < most:
        line, rest = _first_line(rest, width, measure)
        lines.append(line)
    if rest or not is_whole:
        lines[-1] = _with_ellipsis(lines[-1], width, measure)
        is_whole = False
    return _with_whole_isolates(lines), is_whole


def _with_whole_isolates(lines: list[str]) -> list[str]:
    """The lines with each directional isolate that goes on in the next line closed and reopened.

    Otherwise the rest of a name would take the direction of the sentence around it.
    """
    whole = []
    carried: list[str] = []
    for line in lines:
        begun = "".join(carried)
        for char in line:
            if char in _ISOLATES:
                carried.append(char)
            elif char == _POP_ISOLATE and carried:
                carried.pop()
        whole.append(begun + line + _POP_ISOLATE * len(carried))
    return whole


def _first_line(text: str, width: float, measure: Callable[[str], float]) -> tuple[str, str]:
    words = text.split(" ")
    fitting = _most_fitting(len(words), lambda count: measure(" ".join(words[:count])) <= width)
    if fitting:
        return " ".join(words[:fitting]), " ".join(words[fitting:])
    characters = _clusters(words[0])
    count = _most_fitting(
        len(characters), lambda some: measure("".join(characters[:some])) <= width
    )
    # One character at least: otherwise nothing would ever fit.
    line = "".join(characters[: max(count, 1)])
    return line, text[len(line) :].lstrip(" ")


def _with_ellipsis(line: str, width: float, measure: Callable[[str], float]) -> str:
    characters = _clusters(line)
    count = _most_fitting(
        len(characters),
        lambda some: measure("".join(characters[:some]).rstrip() + _ELLIPSIS) <= width,
    )
    return "".join(characters[:count]).rstrip() + _ELLIPSIS


def _most_fitting(most: int, fits: Callable[[int], bool]) -> int:
    """The largest count up to `most` that fits, by bisection; 0 when none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _clusters(text: str) -> list[str]:
    """The characters, each with the marks that belong to it."""
    clusters: list[str] = []
    for char in text:
        joins = unicodedata.category(char) in {"Mn", "Mc", "Me"} or char in _JOINERS
        if clusters and (joins or clusters[-1][-1] in _JOINERS):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
