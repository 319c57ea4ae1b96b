"""Texts in several languages as forms hold them: what is new in them, and how each one stands."""

from collections.abc import Collection, Mapping

from app.domain.errors import InvalidError
from app.domain.localized_text import LocalizedText
from app.domain.phrases import Phrased, Text
from app.domain.validation import BODY_LIMIT, TITLE_LIMIT, localized
from app.i18n.localization import localize
from app.rendering.console.pages import texts_of
from app.rendering.text.machine_language import locale_for
from app.web.console.kit.forms import Form
from app.web.console.kit.staff_request import StaffRequest

__all__ = [
    "changed",
    "new_body",
    "new_line",
    "said_anew",
    "same",
    "shown_in",
    "stale",
    "standing",
    "written",
]

_STILL_RIGHT = "still"


def written(request: StaffRequest, text: Text | None) -> Mapping[str, str]:
    """A text by language, as a form begins with it; what automation said is put into words."""
    if text is None:
        return {}
    if isinstance(text, Phrased):
        page = request.chrome.page
        return {tag: localize(text, locale_for(page, tag)).text for tag in page.languages}
    return texts_of(text)


def changed(
    request: StaffRequest, form: Form, name: str, former: Text | None
) -> LocalizedText | None:
    """The languages in which the field says something else than `former`; None when none does.

    A translation whose box says that it is still right counts as changed: it is current then.
    Raises InvalidError when a language that was there is empty now.
    """
    texts = form.texts(name)
    if isinstance(former, LocalizedText):
        confirmed = set(form.all(_STILL_RIGHT)) & set(stale(former))
        texts = said_anew(texts, former, name, shown=shown_in(form, name), confirmed=confirmed)
        if not texts:
            return None
    one_line = name == "title"
    limit = TITLE_LIMIT if one_line else BODY_LIMIT
    default = request.chrome.page.default_language
    return localized(texts, default=default, field=name, limit=limit, one_line=one_line)


def shown_in(form: Form, name: str) -> set[str]:
    """The languages in which the form has this field; the page can have lost others since."""
    return {each.partition(":")[2] for each, _ in form.fields if each.startswith(f"{name}:")}


def said_anew(
    texts: Mapping[str, str],
    former: LocalizedText,
    field: str,
    *,
    shown: Collection[str],
    confirmed: Collection[str],
) -> dict[str, str]:
    """What of `texts` says something else than `former`, or is confirmed to be still right.

    Only what is named becomes current: the translations of a changed text that stay are outdated.
    Raises InvalidError when a language that was there, and was `shown`, is empty now.
    """
    before = texts_of(former)
    if any(tag in before and tag not in texts for tag in shown):
        raise InvalidError(
            "What was said in a language cannot be taken away, only said better.",
            code="language_emptied",
            field=field,
        )
    return {
        tag: text
        for tag, text in texts.items()
        if tag in confirmed or text.strip() != before.get(tag, "").replace("\r\n", "\n")
    }


def stale(text: Text | None) -> list[str]:
    """The languages in which it is older than its source."""
    if not isinstance(text, LocalizedText):
        return []
    return [tag for tag, each in text.translations.items() if each.of_version < text.version]


def same(request: StaffRequest, text: Text) -> LocalizedText:
    """What changes nothing about a text when it is written once more."""
    if isinstance(text, LocalizedText):
        return LocalizedText.of(texts_of(text)[text.source], text.source)
    return LocalizedText.from_mapping(
        written(request, text), default=request.chrome.page.default_language
    )


def standing(
    request: StaffRequest, form: Form, name: str, former: Text | None = None
) -> dict[str, str]:
    """How each language of the page stands: `missing`, `current`, or `outdated`."""
    found = {}
    texts, outdated = form.texts(name), stale(former)
    for tag in request.chrome.page.languages:
        if tag not in texts:
            found[tag] = "missing"
        else:
            found[tag] = "outdated" if tag in outdated else "current"
    return found


# The boxes that say of an outdated translation that it is right all the same.
_STILL = "still"


def new_line(
    request: StaffRequest, form: Form, name: str, former: LocalizedText | None
) -> LocalizedText | None:
    """The languages in which a field of one line says something new; None when none does.

    Only what is named becomes current: the translations of a changed text that stay are outdated.
    Raises InvalidError when a language that was there is empty now.
    """
    texts = _new_texts(form, name, former)
    return request.line(Form.filled({name: texts}), name) if texts or not former else None


def new_body(
    request: StaffRequest, form: Form, name: str, former: LocalizedText | None
) -> LocalizedText | None:
    """The same for a field of many lines."""
    texts = _new_texts(form, name, former)
    return request.body(Form.filled({name: texts}), name) if texts or not former else None


def _new_texts(form: Form, name: str, former: LocalizedText | None) -> dict[str, str]:
    texts = form.texts(name)
    if former is None:
        return texts
    confirmed = {tag for tag in texts if form.has(_STILL, f"{name}:{tag}")}
    return said_anew(texts, former, name, shown=shown_in(form, name), confirmed=confirmed)
