"""English in screens of the console in a language of another script: texts without its letters."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from app.channels import CHANNELS
from app.i18n.languages import CONSOLE_LANGUAGES, native_name
from app.importers.registry import KINDS
from app.monitors import ADAPTERS

__all__ = ["ENGLISH", "english_texts", "language_of_another_script"]

# Screens with examples of Markdown, and with documentation, which is English.
ENGLISH = {"/console/markdown", "/console/sources/docs/{name}"}
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff\u4e00-\u9fff]"),
    "zh-hans": re.compile("[\u4e00-\u9fff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
}
# Elements whose text is data or a code.
_DATA = {"bdi", "code", "pre", "script", "style", "textarea", "time"}
_WORD = re.compile("[A-Za-z]{2}")
# A code, an address or a protocol.
_CODE = re.compile(r"[a-z0-9_.@-]+|[A-Z]+( \(\w+\))?|[\d ]+MB.*")
_WRITTEN_BY_STAFF = {
    *("Cards", "Fax", "Payments", "Shop", "Scripts", "Signed", "We look", "Taken over"),
    *("Cards are refused", "Found by a probe", "New cables", "Not yet public"),
    *("The vendor has ticket 8812.", "Billing"),
}
_PRODUCTS = (
    {each.name for each in CHANNELS.values()}
    | {each.name for each in ADAPTERS.values()}
    | {each.title for each in KINDS.values()}
)
_TRANSLATED = {"E-mail", "Generic webhook"}
_NAMES = (
    _WRITTEN_BY_STAFF
    | (_PRODUCTS - _TRANSLATED)
    | {native_name(tag) for tag in CONSOLE_LANGUAGES}
    | {"DeepL", "LibreTranslate", "Webhook URL", "iPhone、iPad、Mac", "Fyr：netpark.json"}
)


def language_of_another_script() -> str | None:
    """A language of the console that is not written in Latin letters; None if none is complete."""
    return next((each for each in _SCRIPTS if each in CONSOLE_LANGUAGES), None)


def english_texts(screen: bytes, language: str) -> set[str]:
    """The texts of a screen that are neither data nor in the letters of this language."""
    root = html.document_fromstring(screen, parser=html.HTMLParser(encoding="utf-8"))
    return {each for each in _texts(root, language) if _is_english(each, language)}


def _texts(element: Any, language: str) -> Iterator[str]:  # noqa: ANN401  # lxml has no types
    is_data = not isinstance(element.tag, str) or element.tag in _DATA
    if is_data or element.get("lang", language) != language:
        return
    yield (element.text or "").strip()
    for child in element:
        yield from _texts(child, language)
        yield (child.tail or "").strip()


def _is_english(text: str, language: str) -> bool:
    name = text.removesuffix(" · Status")
    if _SCRIPTS[language].search(text) or not _WORD.search(text):
        return False
    return name not in _NAMES and not _CODE.fullmatch(name)
