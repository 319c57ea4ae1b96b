"""Texts that are there already, in a form: what of them was said anew."""

from app.domain.errors import InvalidError
from app.domain.localized import LocalizedText
from app.domain.phrases import Text
from app.rendering.console import texts_of
from app.web.console.desk import Desk
from app.web.console.forms import Form

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


def stale(text: Text | None) -> list[str]:
    """The languages in which it is older than its source."""
    if not isinstance(text, LocalizedText):
        return []
    return [tag for tag, each in text.translations.items() if each.of_version < text.version]


def _new_texts(form: Form, name: str, former: LocalizedText | None) -> dict[str, str]:
    texts = form.texts(name)
    if former is None:
        return texts
    before = texts_of(former)
    shown = {each.partition(":")[2] for each, _ in form.fields if each.startswith(f"{name}:")}
    if any(tag in before and tag not in texts for tag in shown):
        raise InvalidError(
            "What was said in a language cannot be taken away, only said better.",
            code="language_emptied",
            field=name,
        )
    return {
        tag: text
        for tag, text in texts.items()
        if text.strip() != before.get(tag, "").replace("\r\n", "\n")
        or form.has(_STILL, f"{name}:{tag}")
    }
