"""Confirmation: a screen that asks before a change that visitors notice at once.

A change with an undo window needs none. The button of the screen sends the submitted form again,
with the field `confirmed`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Response

from app.domain.errors import ConflictError, InvalidError
from app.domain.records import MaintenanceRecord
from app.domain.texts.phrases import Text
from app.i18n.localization import localize
from app.usecases.context import Ctx
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["Question", "plain_text", "write_confirmed"]

_CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the question itself, the effect of the change, and the words of the button.

    `back` is the path for users who decide against it. `window` is shown with its times; with
    `moved_from`, its present times stand before them.
    """

    question: str
    effect: str
    button: str
    back: str
    window: MaintenanceRecord | None = None
    moved_from: MaintenanceRecord | None = None
    is_danger: bool = True


def plain_text(request: StaffRequest, text: Text) -> str:
    """A title or a name in the language of the user, for a question."""
    return localize(text, request.locale).text


def write_confirmed(
    request: StaffRequest,
    form: Form,
    act: Callable[[Ctx], str],
    ask: Callable[[Ctx], Question | None],
    *,
    again: Callable[[], Response],
    notice: str | None = None,
) -> Response:
    """Run `act` as `StaffRequest.write` does, once the user has confirmed what `ask` returns.

    `ask` only reads; None means that nothing has to be confirmed. It raises the errors of `act`,
    so that nobody is asked about a change that cannot be made.
    """
    if not form.has(_CONFIRMED, "yes"):
        try:
            question = ask(request.ctx)
        except (InvalidError, ConflictError) as error:
            request.refuse(form, error)
            return again()
        if question is not None:
            return request.page(
                "confirm",
                question=question,
                path=request.http.url.path,
                fields=[each for each in form.fields if each[0] != _CONFIRMED],
            )
    return request.write(form, act, again=again, notice=notice)
