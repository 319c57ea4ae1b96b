"""Form fields of texts in several languages: initial values, changes, translation states."""

from collections.abc import Mapping

from app.domain.errors import InvalidError
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrased, Text
from app.domain.validation import BODY_LIMIT, TITLE_LIMIT, localized
from app.i18n.localization import localize
from app.rendering.console.pages import texts_of
from app.rendering.text.machine_language import locale_for
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.forms.text_origins import READ
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["changed_text", "initial_texts", "no_change", "outdated", "translation_states"]

# The checkboxes that confirm an outdated translation as current. The value is the field and the
# language (`name:sv`), or only the language where one checkbox is for a title and its text.
_CONFIRMED = "still"


def initial_texts(request: StaffRequest, text: Text | None) -> Mapping[str, str]:
    """The initial values of a text field, by language; phrases of automation are localized."""
    if text is None:
        return {}
    if isinstance(text, Phrased):
        page = request.chrome.page
        return {tag: localize(text, locale_for(page, tag)).text for tag in page.languages}
    return texts_of(text)


def changed_text(
    request: StaffRequest, form: Form, name: str, former: Text | None, *, one_line: bool = False
) -> LocalizedText | None:
    """The languages of a text field that differ from `former`; None when none does.

    An outdated translation that is confirmed as current counts as changed.
    Raises InvalidError when a language that had a text is empty now.
    """
    texts = form.texts(name)
    read: set[str] = set()
    if isinstance(former, LocalizedText):
        _check_not_emptied(form, name, former)
        boxes, reading = set(form.all(_CONFIRMED)), set(form.all(READ))
        confirmed = {tag for tag in former.outdated if boxes & {tag, f"{name}:{tag}"}}
        # To confirm a translation as correct is to have read it.
        read = {tag for tag in former.unread if f"{name}:{tag}" in reading} | confirmed
        texts = former.changes(texts, confirmed=confirmed | read)
        if not texts:
            return None
    limit = TITLE_LIMIT if one_line else BODY_LIMIT
    default = request.chrome.page.default_language
    text = localized(texts, default=default, field=name, limit=limit, one_line=one_line)
    return _with_readers(request, request.with_origins(form, name, text), former, read)


def _with_readers(
    request: StaffRequest, text: LocalizedText, former: Text | None, read: set[str]
) -> LocalizedText:
    """The text whose languages `read` keep their former origin, as read by the user."""
    if not isinstance(former, LocalizedText):
        return text
    unchanged = {tag for tag in read if dict(text).get(tag) == dict(former).get(tag)}
    origins = {tag: each for tag, each in former.origins.items() if tag in unchanged}
    reader = request.me.actor.name
    return text.with_origins({tag: each.as_read(reader) for tag, each in origins.items()})


def outdated(text: Text | None) -> list[str]:
    """The languages whose translation is older than the source; none for phrases."""
    return text.outdated if isinstance(text, LocalizedText) else []


def no_change(request: StaffRequest, text: Text) -> LocalizedText:
    """A revision of `text` that changes nothing."""
    if isinstance(text, LocalizedText):
        return LocalizedText.of(texts_of(text)[text.source], text.source)
    return LocalizedText.from_mapping(
        initial_texts(request, text), default=request.chrome.page.default_language
    )


def translation_states(
    request: StaffRequest, form: Form, name: str, former: Text | None = None
) -> dict[str, str]:
    """The translation state of each language of the page: `missing`, `current` or `outdated`."""
    states = {}
    texts = form.texts(name)
    for tag in request.chrome.page.languages:
        if tag not in texts:
            states[tag] = "missing"
        else:
            states[tag] = "outdated" if tag in outdated(former) else "current"
    return states


def _check_not_emptied(form: Form, name: str, former: LocalizedText) -> None:
    # The page can have lost a language, which the form does not show then.
    shown = {each.partition(":")[2] for each, _ in form.fields if each.startswith(f"{name}:")}
    texts = form.texts(name)
    if any(tag in former.translations and tag not in texts for tag in shown):
        raise InvalidError(
            "A published translation cannot be removed. Edit it instead.",
            code="language_emptied",
            field=name,
        )
