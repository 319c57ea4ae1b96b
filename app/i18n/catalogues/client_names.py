"""Names of the shipped client profiles in every language.

A record of an incident or a forecast contains the names of clients in the few languages of the
profile. The names in the other languages are looked up by the English one, in
`locales/<tag>/clients.toml`, so that records do not grow with the number of languages.
"""

import tomllib
from collections.abc import Mapping
from functools import cache

from app.domain.texts.localized_text import LocalizedText, tag_and_parents
from app.i18n.catalogue_files import catalogue_path
from app.i18n.languages import SOURCE

__all__ = ["client_name", "named_in"]


def client_name(named: LocalizedText, language: str, *, default: str) -> str:
    """The name of a client for a reader of `language`, with the share that may follow it.

    The text in the best other language when there is no name for this reader.
    """
    chosen = named.choose(language, default=default)
    english = named.translations.get(SOURCE)
    if english is None or chosen.tag in tag_and_parents(language):
        return chosen.text
    for tag in tag_and_parents(language):
        for known, name in _names(tag).items():
            if english.text == known or english.text.startswith(f"{known} ("):
                return name + english.text.removeprefix(known)
    return chosen.text


def named_in(named: LocalizedText, language: str, *, default: str) -> LocalizedText:
    """The name of a client with its text for a reader of `language`, where there is one."""
    name = client_name(named, language, default=default)
    if name == named.choose(language, default=default).text:
        return named
    return named.revise({language: name})


@cache
def _names(tag: str) -> Mapping[str, str]:
    """The names of the language by the English names; none for a language without a file."""
    file = catalogue_path(tag).parents[1] / "clients.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
