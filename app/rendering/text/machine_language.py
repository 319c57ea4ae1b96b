"""Language of machine formats: that of their texts, and that of their fixed strings."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.domain.page.pages import PageFacts
from app.i18n.languages import SOURCE
from app.i18n.localization import DisplayText, Locale

__all__ = ["ENGLISH", "MachineLanguage", "language_key", "locale_for"]


@dataclass(frozen=True, slots=True)
class MachineLanguage:
    """Language of one response in a machine format.

    `language` is that of titles and bodies. `is_explicit` is set when the URL names it. Only then
    are fixed strings translated: clients of Statuspage's API compare its English sentences, which
    a browser's Accept-Language header must not replace.
    """

    language: str
    is_explicit: bool = False

    @property
    def fixed_texts(self) -> str:
        """The language of the fixed strings."""
        return self.language if self.is_explicit else SOURCE

    def is_stated(self, text: DisplayText) -> bool:
        """Whether `lang` is added to a text: always, except for English that was not chosen."""
        return self.is_explicit or not self.language == text.language == SOURCE


ENGLISH = MachineLanguage(SOURCE)


def locale_for(page: PageFacts, language: str) -> Locale:
    """The locale of `language` on this page."""
    return Locale.for_reader(
        language,
        (*page.languages, SOURCE),
        default=page.default_language,
        zone=ZoneInfo(page.time_zone),
    )


def language_key(text: DisplayText, language: MachineLanguage) -> dict[str, str]:
    """`{"lang": tag}` where the language of the text is stated, else empty."""
    return {"lang": text.language} if language.is_stated(text) else {}
