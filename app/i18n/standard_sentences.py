"""Standard sentences in the language of a reader, with the names of services."""

from collections.abc import Sequence

from app.domain.texts.phrases import Text
from app.domain.texts.standard_sentences import OUR_SERVICES, StandardSentence
from app.i18n import formats
from app.i18n.localization import Locale, localize

__all__ = ["sentence_template", "sentence_text"]


def sentence_template(sentence: StandardSentence, locale: Locale) -> str:
    """The sentence with the placeholder `{services}`."""
    return locale.catalogue.gettext(sentence.text) % {"services": "{services}"}


def sentence_text(sentence: StandardSentence, services: Sequence[Text], locale: Locale) -> str:
    """The sentence as plain text; without services, it says "our services"."""
    names = [localize(each, locale).text for each in services]
    joined = formats.join(names, locale.formats) if names else None
    translate = locale.catalogue.gettext
    return translate(sentence.text) % {"services": joined or translate(OUR_SERVICES)}
