"""Letters of a translation: they belong to the script and the alphabet of its language.

A Latin word in another script is an error unless it is an abbreviation or an identifier that the
English message has (`TLS`), or a term file lists it. GB 2312 has the characters of simplified
Chinese and Big5 those of traditional Chinese: a character that only the other one has is an error.
Japanese characters are those of JIS X 0208.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.core import get_global

__all__ = ["Alphabet", "alphabet_of", "is_technical", "wrong_letters"]

# What is not text of a language: placeholders, code, addresses, file names.
NOT_TEXT = re.compile(
    r"%\(\w+\)s|\{[^}]*\}|`[^`]*`|https?://\S+|\b[\w.-]+@[\w.-]+\w|\b[\w-]+\.[a-z]+\b"
)
# Scripts with letters that look alike: one word in two of them is a mistake in every language.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK"})
# ISO 15924 codes that stand for several scripts, and one that Unicode has another name for.
_SCRIPTS = {
    "Jpan": frozenset({"HIRAGANA", "KATAKANA", "CJK"}),
    "Kore": frozenset({"HANGUL"}),
    "Hans": frozenset({"CJK"}),
    "Hant": frozenset({"CJK"}),
    "Beng": frozenset({"BENGALI"}),
}
# Name of the script -> the encoding whose characters it has, and the one it is mistaken for.
_CHARACTERS = {"Hans": ("gb2312", "big5"), "Hant": ("big5", "gb2312"), "Jpan": ("shift_jis", "")}


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Script (ISO 15924) of a language, the names that Unicode has for it, and its letters.

    Without `letters`, every letter of the script belongs to the language.
    """

    script: str
    names: frozenset[str]
    letters: frozenset[str] | None


def alphabet_of(tag: str, letters: str | None) -> Alphabet:
    """The alphabet of the language `tag` with these letters of CLDR."""
    locale = Locale.parse(tag, sep="-")
    likely: str = get_global("likely_subtags").get(locale.language, "")
    script = locale.script or next((part for part in likely.split("_") if len(part) == 4), "Latn")
    name = str(Locale("en").scripts[script]).upper()
    names = _SCRIPTS.get(script, frozenset({name}))
    extra = "abcdefghijklmnopqrstuvwxyz" if script == "Latn" else ""
    return Alphabet(script, names, None if letters is None else frozenset(letters + extra))


def wrong_letters(
    text: str, english: str, alphabet: Alphabet, listed: Collection[str]
) -> list[str]:
    """What is wrong with the letters of a translation; `listed` words are right."""
    found = []
    for word in _words(NOT_TEXT.sub(" ", unicodedata.normalize("NFC", text))):
        if word in listed:
            continue
        scripts = {_script(char) for char in word} - {""}
        if len(scripts) > 1 and scripts <= _ALIKE:
            found.append(f"“{word}” mixes letters of {' and '.join(sorted(scripts))}")
            continue
        for run in _runs(word):
            found += _problems_of_run(run, english, alphabet, listed)
    return found


def _problems_of_run(
    run: str, english: str, alphabet: Alphabet, listed: Collection[str]
) -> list[str]:
    script = next((_script(char) for char in run if _script(char)), "")
    if script and script not in alphabet.names:
        if run in listed or (is_technical(run) and run in english):
            return []
        return [f"“{run}” is not in letters of the language"]
    wrong = [char for char in run if not _belongs(char, alphabet)]
    return [f"“{char}” in “{run}” is no letter of the language" for char in dict.fromkeys(wrong)]


def is_technical(word: str) -> bool:
    """Whether a word is an abbreviation or an identifier: `TLS`, `IPv4`, `subjectAltName`."""
    return word.isupper() or (word.isascii() and word[1:] != word[1:].lower())


def _belongs(char: str, alphabet: Alphabet) -> bool:
    if not _script(char):
        return True
    if alphabet.letters is not None:
        return bool({char, char.lower()} & alphabet.letters)
    own, other = _CHARACTERS.get(alphabet.script, ("", ""))
    if not own or _script(char) != "CJK":
        return True
    return _encodable(char, own) or (bool(other) and not _encodable(char, other))


def _encodable(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _words(text: str) -> Iterator[str]:
    """The words: letters with their marks and the digits among them."""
    word = ""
    for char in f"{text} ":
        if unicodedata.category(char)[0] in "LMN":
            word += char
        elif word:
            yield word
            word = ""


def _runs(word: str) -> Iterator[str]:
    """The parts of a word in one script: in `TLS를` the abbreviation and the particle."""
    run, current = "", ""
    for char in word:
        script = _script(char)
        same = not script or not current or script == current or {script, current} <= _KANA
        if not same:
            yield run
            run = ""
        run += char
        current = script or current
    yield run


_KANA = frozenset({"HIRAGANA", "KATAKANA", "CJK"})


@cache
def _script(char: str) -> str:
    """The name of the script of a letter; empty for marks, digits and letters of every script."""
    if not unicodedata.category(char).startswith("L"):
        return ""
    name = re.split(r"[ -]", unicodedata.name(char, ""))[0]
    return "" if name in {"MODIFIER", "FEMININE", "MASCULINE", "IDEOGRAPHIC", "MICRO"} else name
