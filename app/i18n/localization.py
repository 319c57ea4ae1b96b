"""Localization of texts: a translation is chosen for staff texts, phrases are translated."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from gettext import NullTranslations

from app.domain.certificates.displayed_names import display_name, without_controls
from app.domain.texts.localized_text import LocalizedText, tag_and_parents
from app.domain.texts.phrases import PHRASES, Param, Phrased, Text
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.i18n import formats
from app.i18n.bidi import isolate, strip_controls
from app.i18n.catalogues.catalogs import translations
from app.i18n.catalogues.client_names import client_name
from app.i18n.languages import direction
from app.i18n.regional_formats import published_tag

__all__ = [
    "DisplayText",
    "Locale",
    "format_params",
    "format_sentence",
    "localize",
    "translate_phrases",
]


# Parameters that are a name out of a certificate, or a list of such names.
_SINGLE_NAMES = frozenset({"subject", "issuer"})
_CERTIFICATE_NAMES = _SINGLE_NAMES | {"names", "before", "after"}


@dataclass(frozen=True, slots=True)
class Locale:
    """Language, time zone and catalogue of a reader.

    `default` is the page's default language, the fallback for texts without a translation.
    `regional` is the tag with the region of the reader, such as `en-gb`, if dates and numbers have
    other formats there than those of the language.
    """

    language: str
    default: str
    zone: tzinfo
    catalogue: NullTranslations
    regional: str = ""

    @classmethod
    def of(cls, language: str, *, default: str, zone: tzinfo) -> "Locale":
        """Locale of a published language with its catalogue for visitors."""
        return cls(language, default, zone, translations(language))

    @classmethod
    def for_reader(
        cls,
        tag: str,
        languages: Sequence[str],
        *,
        default: str,
        zone: tzinfo,
        catalogue: NullTranslations | None = None,
    ) -> "Locale":
        """Locale of a tag of a page: one of its `languages`, or one with a region.

        Tests pass their own `catalogue`.
        """
        language = published_tag(tag, languages) or tag
        words = catalogue or translations(language)
        return cls(language, default, zone, words, "" if tag == language else tag)

    @property
    def formats(self) -> str:
        """The tag whose formats dates, numbers, lists and lengths of time have."""
        return self.regional or self.language


@dataclass(frozen=True, slots=True)
class DisplayText:
    """A text as it is displayed to a reader.

    `language` is the tag of the text, which may differ from the requested one: then `foreign` is
    set. `markdown` is set for staff texts; phrases are plain text. `outdated` marks a translation
    of an older version of the source. `phrased` is the source when the text came from phrases.
    `source` is the language of the original, `origin` who made the text; phrases have neither.
    """

    text: str
    language: str
    markdown: bool
    foreign: bool
    outdated: bool
    phrased: Phrased | None = None
    source: str | None = None
    origin: TextOrigin | None = None

    @property
    def is_unread_machine(self) -> bool:
        """Whether a machine translated the text and no person has read it."""
        return self.origin is not None and self.origin.is_unread_machine

    @property
    def is_read_machine(self) -> bool:
        """Whether a machine translated the text and a person has read it."""
        return (
            self.origin is not None
            and self.origin.kind is OriginKind.MACHINE
            and not self.origin.is_unread_machine
        )

    @property
    def direction(self) -> str:
        """Writing direction of the text itself, which may differ from that of the page."""
        return direction(self.language)


def localize(text: Text, locale: Locale, *, unread: Collection[str] = frozenset()) -> DisplayText:
    """The text in the locale's language, else in the best available fallback.

    A translation of a machine that no person has read counts as absent but in the languages
    `unread`. Only bodies on public pages pass them: titles, mails, feeds and badges have no room
    for the mark that such a text needs.
    """
    if isinstance(text, Phrased):
        translated = formats.join_sentences(
            [sentence % data for sentence, data in translate_phrases(text, locale)]
        )
        return DisplayText(
            translated, locale.language, markdown=False, foreign=False, outdated=False, phrased=text
        )
    chosen = text.choose(locale.language, default=locale.default, unread=unread)
    foreign = chosen.tag not in tag_and_parents(locale.language)
    return DisplayText(
        strip_controls(chosen.text),
        chosen.tag,
        markdown=True,
        foreign=foreign,
        outdated=chosen.outdated,
        source=chosen.source,
        origin=chosen.origin,
    )


def translate_phrases(
    text: Phrased, locale: Locale, *, instant: Callable[[datetime], str] | None = None
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each translated sentence of a phrased text with its `%` parameters, formatted.

    `instant` formats times; by default they are formatted as text in the locale's time zone.
    """
    for phrase in text.phrases:
        data = format_params(phrase.params, locale, instant=instant)
        yield locale.catalogue.gettext(PHRASES[phrase.code]), data


def format_params(
    params: Mapping[str, Param], locale: Locale, *, instant: Callable[[datetime], str] | None = None
) -> Mapping[str, str]:
    """The parameters of a sentence formatted for the locale.

    `instant` formats times; by default they are formatted as text in the locale's time zone.
    """
    data = {name: _param(_displayed(name, value), locale) for name, value in params.items()}
    if instant is not None:
        times = {name: at for name, at in params.items() if isinstance(at, datetime)}
        data.update({name: instant(at) for name, at in times.items()})
    return _Parameters(data)


def format_sentence(sentence: str, params: Mapping[str, Param], locale: Locale) -> str:
    """A translated sentence with its parameters filled in."""
    return sentence % format_params(params, locale)


def _displayed(name: str, value: Param) -> Param:
    """A parameter as it may be shown: names out of certificates are chosen by strangers."""
    if not isinstance(value, str) or name not in _CERTIFICATE_NAMES:
        return value
    return display_name(value) if name in _SINGLE_NAMES else without_controls(value)


class _Parameters(dict[str, str]):
    """Parameters of a sentence; a missing one is rendered as `…` instead of failing the page."""

    def __missing__(self, name: str) -> str:
        return "…"


def _param(value: Param, locale: Locale) -> str:
    if isinstance(value, datetime):
        return isolate(formats.date_time(value, locale.formats, locale.zone), locale.language)
    if isinstance(value, int):
        return formats.number(value, locale.formats)
    if isinstance(value, tuple):
        return formats.join([_param(item, locale) for item in value], locale.formats)
    if isinstance(value, LocalizedText):
        value = client_name(value, locale.language, default=locale.default)
    return isolate(value, locale.language)
