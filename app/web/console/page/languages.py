"""The languages of the page in forms: what can be chosen, what was chosen, and in which order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.errors import InvalidError
from app.domain.notifications.states import SubscriberState
from app.i18n.language_list import ListedLanguage, list_languages
from app.i18n.languages import LANGUAGES, native_name
from app.i18n.regional_formats import published_tag
from app.usecases.context import Ctx
from app.usecases.subscribers.administration import count_subscribers
from app.web.console.kit.forms.forms import Form

__all__ = [
    "LanguageOption",
    "chosen_languages",
    "language_options",
    "subscribers_by_language",
    "unserved_readers",
]

_MAX_DIGITS = 3
# The position of a language that has none in the form.
_LAST = 1000


@dataclass(frozen=True, slots=True)
class LanguageOption:
    """A language that can be chosen, with the number of its active subscribers."""

    language: ListedLanguage
    subscribers: int

    @property
    def searched(self) -> str:
        """What a search looks at: the tag and all names."""
        return " ".join((self.language.tag, self.language.name, *self.language.other_names))


def language_options(
    form: Form, reader: str, counts: Mapping[str, int] = MappingProxyType({})
) -> tuple[list[LanguageOption], list[LanguageOption]]:
    """The languages that are chosen in the form, in its order, and all others."""
    chosen = [tag for tag in dict.fromkeys(form.all("languages")) if tag in LANGUAGES]
    others = [tag for tag in LANGUAGES if tag not in chosen]
    first, rest = (
        [
            LanguageOption(each, counts.get(each.tag, 0))
            for each in list_languages(tuple(tags), reader)
        ]
        for tags in (chosen, others)
    )
    return first, rest


def chosen_languages(form: Form, present: Sequence[str]) -> list[str]:
    """The chosen languages by their positions in the form; those without one follow.

    Of equal positions, the present order counts; new languages come last. Raises InvalidError.
    """
    chosen = list(dict.fromkeys(form.all("languages")))
    former = [tag for tag in present if tag in chosen]
    ordered = [*former, *(tag for tag in chosen if tag not in former)]
    return sorted(ordered, key=lambda tag: _position(form, tag))


def subscribers_by_language(ctx: Ctx) -> Counter[str]:
    """The active subscribers of each language. Raises ForbiddenError."""
    counts: Counter[str] = Counter()
    for each in count_subscribers(ctx):
        if each.state is SubscriberState.ACTIVE:
            # Readers of `en-gb` read the page in `en`.
            counts[published_tag(each.language, LANGUAGES) or each.language] += each.number
    return counts


def unserved_readers(counts: Counter[str], published: Sequence[str]) -> list[tuple[str, int]]:
    """The languages of subscribers in which the page is not published: their name and number."""
    return [
        (native_name(tag), number)
        for tag, number in counts.most_common()
        if tag not in published and number
    ]


def _position(form: Form, tag: str) -> int:
    text = form.text(f"position:{tag}").strip()
    if not text:
        return _LAST
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise InvalidError("Give a whole number.", code="not_a_number", field="languages")
    return int(text)
