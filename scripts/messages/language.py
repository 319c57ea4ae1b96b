"""Checks of the texts of one language: terms, typography, letters, widths, missing translations.

The exceptions of a language are in its term file (scripts/messages/terms.py); those of all
languages in `locales/en/terms.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from babel.messages.catalog import Catalog, Message

from app.i18n.catalogues.glossary import holds_term
from app.i18n.languages import SOURCE
from scripts.messages import terms, widths
from scripts.messages.letters import NOT_TEXT, Alphabet, alphabet_of, is_technical, wrong_letters
from scripts.messages.plural_forms import PluralForms, plural_forms
from scripts.messages.sheet import key_of
from scripts.messages.typography import wrong_typography

__all__ = ["problems_of_catalogue"]

_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
_WORD = re.compile(r"[^\W\d_]+")

# The core terms with their English forms.
Terms: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the texts of a language are measured by."""

    plurals: PluralForms
    alphabet: Alphabet
    quotes: str | None
    # The term files of English and of the language.
    english: Mapping[str, Any]
    own: Mapping[str, Any]
    terms: Terms
    # Words that may be in letters of another script.
    foreign: frozenset[str]

    def listed(self, table: str) -> Mapping[str, str]:
        found: Mapping[str, str] = self.own.get(table, {})
        return found

    @property
    def names(self) -> frozenset[str]:
        """Names and abbreviations that every language writes as English does."""
        return frozenset(self.english.get("names", {}).get("words", ()))


def problems_of_catalogue(root: Path, tag: str, catalog: Catalog) -> list[str]:
    """One line for each text of a catalogue that breaks a rule of its language."""
    try:
        rules = _rules(root, tag)
    except ValueError as error:
        return [str(error)]
    found = _problems_of_terms(rules)
    for message in catalog:
        if not message.id or not any(forms := _forms(message)):
            continue
        name = key_of(message)[1]
        each = [*_problems_of_message(message, forms, rules)]
        for index, form in enumerate(forms):
            each += _problems_of_form(message, form, index, rules)
        found += [f"{name}: {problem}" for problem in dict.fromkeys(each)]
    return found


def _rules(root: Path, tag: str) -> _Rules:
    data = _cldr().get(tag, {})
    own, english = terms.read(root, tag), terms.read(root, SOURCE)
    names = english.get("names", {}).get("words", ())
    quotes = data.get("quotes")
    more = own.get("typography", {}).get("quotes", "")
    return _Rules(
        plural_forms(tag),
        alphabet_of(tag, data.get("letters")),
        quotes and quotes + more,
        english,
        own,
        tuple((term, tuple(words)) for term, words in english.get("terms", {}).items()),
        frozenset({*own.get("foreign", {}), *names}),
    )


@cache
def _cldr() -> Mapping[str, Mapping[str, str]]:
    file = Path(__file__).with_name("cldr.toml")
    data: Mapping[str, Mapping[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return data


def _problems_of_terms(rules: _Rules) -> list[str]:
    own = rules.own.get("terms", {})
    return [
        f"terms.toml has no word for the term “{term}”"
        for term in rules.english.get("terms", {})
        if not own.get(term)
    ]


def _problems_of_message(message: Message, forms: tuple[str, ...], rules: _Rules) -> Iterator[str]:
    context, english, _ = key_of(message)
    names = {english, f"{context}|{english}"}
    if english in forms and not names & rules.listed("same").keys() and _has_words(english, rules):
        yield "is equal to the English text; [same] of terms.toml lists the texts that may be"
    if widths.is_label(message) and not names & rules.listed("long").keys():
        most = widths.width(english) * widths.LIMIT
        longest = max(forms, key=widths.width)
        if widths.width(longest) > most:
            times = widths.width(longest) / widths.width(english)
            yield f"the label “{longest}” is {times:.1f} times as wide as the English one"


def _problems_of_form(message: Message, form: str, index: int, rules: _Rules) -> Iterator[str]:
    _, singular, plural = key_of(message)
    english = singular if index == 0 and len(_forms(message)) > 1 else plural or singular
    yield from _wrong_placeholders(message, form, index, rules)
    yield from wrong_typography(form, english, rules.quotes)
    yield from wrong_letters(form, f"{singular} {plural}", rules.alphabet, rules.foreign)
    for term in _terms_in(f"{singular} | {plural}", rules.terms):
        own = rules.own.get("terms", {}).get(term, ())
        if own and not holds_term(form, own) and not _is_exempt(message, term, rules):
            yield f"“{form}” has none of the words for “{term}”: {', '.join(own)}"


def _wrong_placeholders(message: Message, form: str, index: int, rules: _Rules) -> Iterator[str]:
    _, singular, plural = key_of(message)
    wanted = set(_PLACEHOLDER.findall(f"{singular} {plural}"))
    has = set(_PLACEHOLDER.findall(form))
    # A form for one number alone may write the number as a word: “two services”.
    if plural and len(next(iter(rules.plurals.examples[index:]), ())) == 1:
        wanted -= {"%(count)s"} - has
    if wanted != has:
        missing, unknown = sorted(wanted - has), sorted(has - wanted)
        yield f"“{form}” lacks {missing}" if missing else f"“{form}” has {unknown}"


def _is_exempt(message: Message, term: str, rules: _Rules) -> bool:
    context, english, _ = key_of(message)
    tables = (table.get("exempt", {}).get(term, {}) for table in (rules.english, rules.own))
    return any(english in table or f"{context}|{english}" in table for table in tables)


# Every language asks for the terms of every message.
@cache
def _terms_in(english: str, terms: Terms) -> tuple[str, ...]:
    """The terms that an English text uses; a label counts only where it has its capital."""
    text = NOT_TEXT.sub(" ", english)
    return tuple(
        term
        for term, words in terms
        if any(holds_term(text, [word]) and (word.islower() or word in text) for word in words)
    )


def _has_words(english: str, rules: _Rules) -> bool:
    words = _WORD.findall(NOT_TEXT.sub(" ", english))
    return any(not is_technical(word) and word not in rules.names for word in words)


def _forms(message: Message) -> tuple[str, ...]:
    string = message.string
    return tuple(string) if isinstance(string, list | tuple) else (string or "",)
