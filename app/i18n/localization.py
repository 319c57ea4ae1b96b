"""Words a text in a visitor's language: staff texts by choosing, phrases through the catalogues."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from gettext import NullTranslations

from app.domain.localized_text import LocalizedText, lineage
from app.domain.phrases import PHRASES, Param, Phrased, Text
from app.i18n import formats
from app.i18n.bidi import isolate, strip_controls
from app.i18n.catalogs import translations
from app.i18n.languages import direction

__all__ = [
    "DisplayText",
    "Locale",
    "format_params",
    "format_sentence",
    "localize",
    "translate_phrases",
]


@dataclass(frozen=True, slots=True)
class Locale:
    """How someone is spoken to: in which language, with times of which zone.

    `default` is the page's default language, for texts that lack theirs.
    """

    language: str
    default: str
    zone: tzinfo
    catalogue: NullTranslations

    @classmethod
    def of(cls, language: str, *, default: str, zone: tzinfo) -> "Locale":
        """The voice of a published language."""
        return cls(language, default, zone, translations(language))


@dataclass(frozen=True, slots=True)
class DisplayText:
    """A text as someone gets it: `language` is its tag, which need not be the one asked for.

    `markdown` tells staff texts from phrases, which are plain. `foreign` says that it is in
    another language than asked, `outdated` that it translates an older text than there is now.
    `phrased` is what a phrase was worded from.
    """

    text: str
    language: str
    markdown: bool
    foreign: bool
    outdated: bool
    phrased: Phrased | None = None

    @property
    def direction(self) -> str:
        """Which way the text runs, whatever runs around it."""
        return direction(self.language)


def localize(text: Text, locale: Locale) -> DisplayText:
    """The text in the voice's language or, where it does not exist, in the nearest there is."""
    if isinstance(text, Phrased):
        said = " ".join(sentence % data for sentence, data in translate_phrases(text, locale))
        return DisplayText(
            said, locale.language, markdown=False, foreign=False, outdated=False, phrased=text
        )
    chosen = text.choose(locale.language, default=locale.default)
    foreign = chosen.tag not in lineage(locale.language)
    return DisplayText(
        strip_controls(chosen.text),
        chosen.tag,
        markdown=True,
        foreign=foreign,
        outdated=chosen.outdated,
    )


def translate_phrases(
    text: Phrased, locale: Locale, *, instant: Callable[[datetime], str] | None = None
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The sentences of a phrased text with the data that go into each by `%`.

    `instant` says how times are put; otherwise they are put in words, in the page's zone.
    """
    for phrase in text.phrases:
        data = format_params(phrase.params, locale, instant=instant)
        yield locale.catalogue.gettext(PHRASES[phrase.code]), data


def format_params(
    params: Mapping[str, Param], locale: Locale, *, instant: Callable[[datetime], str] | None = None
) -> Mapping[str, str]:
    """The data of a sentence as the voice puts them; `instant` as for `sentences`."""
    data = {name: _param(value, locale) for name, value in params.items()}
    if instant is not None:
        times = {name: at for name, at in params.items() if isinstance(at, datetime)}
        data.update({name: instant(at) for name, at in times.items()})
    return _Known(data)


def format_sentence(sentence: str, params: Mapping[str, Param], locale: Locale) -> str:
    """A sentence of the voice's catalogue with the data that it names."""
    return sentence % format_params(params, locale)


class _Known(dict[str, str]):
    """The data of a sentence; what was never stored leaves a gap rather than no page."""

    def __missing__(self, name: str) -> str:
        return "…"


def _param(value: Param, locale: Locale) -> str:
    if isinstance(value, datetime):
        return isolate(formats.date_time(value, locale.language, locale.zone), locale.language)
    if isinstance(value, int):
        return formats.number(value, locale.language)
    if isinstance(value, tuple):
        return formats.join([_param(item, locale) for item in value], locale.language)
    if isinstance(value, LocalizedText):
        value = value.choose(locale.language, default=locale.default).text
    return isolate(value, locale.language)
