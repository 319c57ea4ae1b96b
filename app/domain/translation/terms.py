"""Terms that a translation has to use: the permitted forms of a word in two languages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["RequiredTerm", "broken_terms"]


@dataclass(frozen=True, slots=True)
class RequiredTerm:
    """The forms of a term in the source language, and in the language of the translation."""

    source: tuple[str, ...]
    target: tuple[str, ...]


def broken_terms(
    source: str,
    translation: str,
    terms: Iterable[RequiredTerm],
    holds: Callable[[str, Iterable[str]], bool],
) -> list[RequiredTerm]:
    """The terms that `source` has and `translation` does not.

    `holds` says whether a text has one of the forms. A term without a form in one of the two
    languages demands nothing.
    """
    return [
        term
        for term in terms
        if term.source
        and term.target
        and holds(source, term.source)
        and not holds(translation, term.target)
    ]
