"""In which language programs are answered: their texts, and the words they know by heart."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.domain.page.pages import PageFacts
from app.i18n.languages import SOURCE
from app.i18n.localization import DisplayText, Locale

__all__ = ["ENGLISH", "MachineLanguage", "language_key", "locale_for"]


@dataclass(frozen=True, slots=True)
class MachineLanguage:
    """`language` is that of titles and bodies.

    `asked` tells that the client named it in the address. Only then do the fixed words follow:
    programs know Statuspage's English sentences by heart, and a browser's own header must not
    take them away.
    """

    language: str
    asked: bool = False

    @property
    def words(self) -> str:
        """The language of the fixed words."""
        return self.language if self.asked else SOURCE

    def marks(self, worded: DisplayText) -> bool:
        """Whether a text says its language: always, except English to those who took no choice."""
        return self.asked or not self.language == worded.language == SOURCE


ENGLISH = MachineLanguage(SOURCE)


def locale_for(page: PageFacts, language: str) -> Locale:
    """The voice of `language` on this page."""
    return Locale.of(language, default=page.default_language, zone=ZoneInfo(page.time_zone))


def language_key(worded: DisplayText, tongue: MachineLanguage) -> dict[str, str]:
    """The key that tells a text's language, where it is told."""
    return {"lang": worded.language} if tongue.marks(worded) else {}
