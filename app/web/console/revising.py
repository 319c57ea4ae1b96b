"""Texts that are there already, in a form: what of them was said anew."""

from app.domain.localized import LocalizedText
from app.web.console.desk import Desk
from app.web.console.forms import Form
from app.web.console.texts import said_anew, shown_in, stale

__all__ = ["new_body", "new_line", "stale"]

# The boxes that say of an outdated translation that it is right all the same.
_STILL = "still"


def new_line(
    desk: Desk, form: Form, name: str, former: LocalizedText | None
) -> LocalizedText | None:
    """The languages in which a field of one line says something new; None when none does.

    Only what is named becomes current: the translations of a changed text that stay are outdated.
    Raises InvalidError when a language that was there is empty now.
    """
    texts = _new_texts(form, name, former)
    return desk.line(Form.filled({name: texts}), name) if texts or not former else None


def new_body(
    desk: Desk, form: Form, name: str, former: LocalizedText | None
) -> LocalizedText | None:
    """The same for a field of many lines."""
    texts = _new_texts(form, name, former)
    return desk.body(Form.filled({name: texts}), name) if texts or not former else None


def _new_texts(form: Form, name: str, former: LocalizedText | None) -> dict[str, str]:
    texts = form.texts(name)
    if former is None:
        return texts
    confirmed = {tag for tag in texts if form.has(_STILL, f"{name}:{tag}")}
    return said_anew(texts, former, name, shown=shown_in(form, name), confirmed=confirmed)
