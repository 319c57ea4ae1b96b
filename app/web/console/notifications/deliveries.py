"""Screens of deliveries: list, detail, send again, give up."""

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from app.channels import CHANNELS
from app.domain.errors import InvalidError
from app.domain.notifications.states import DeliveryState
from app.domain.texts.phrases import N_
from app.domain.validation import is_public_id
from app.i18n import formats
from app.usecases.context import Ctx
from app.usecases.outbox import deliveries, progress
from app.usecases.outbox.deliveries import DeliveryFilter
from app.web.console.kit.confirmation import Question, write_confirmed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Editor, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/deliveries")

_LIST = "/console/deliveries"
_PAGE_SIZE = 50
_REPEATED = N_("It is sent again, as a new delivery.")
_GIVEN_UP = N_("It is not attempted again.")
_ALL_REPEATED = N_("They are sent again, as new deliveries.")
_ALL_GIVEN_UP = N_("They are not attempted again.")
_NAMES = ("state", "channel", "code", "notice")


@router.get("")
def list_deliveries(request: Editor) -> Response:
    """The deliveries that match the filters, newest first; those that failed, at first."""
    return _list(request, Form())


@router.get("/{delivery_id}")
def delivery(request: Editor, delivery_id: str) -> Response:
    """One delivery with its failed attempts."""
    return _page(request, Form(), delivery_id)


@router.post("/repeat-all")
def repeat_all(request: Editor, form: SubmittedForm) -> Response:
    """Send the deliveries of a notice that match again, once this is confirmed."""
    filters = _filters_of(form)

    def ask(ctx: Ctx) -> Question:
        number = deliveries.count_repeatable(ctx, filters)
        if number == 0:
            raise InvalidError("No delivery matches.", code="nothing_to_repeat")
        if number > deliveries.MOST_AT_ONCE:
            raise InvalidError("Too many match.", code="too_many_deliveries")
        return Question(
            request.translate(N_("Send them again?")),
            request.translate(
                N_("Subscribers who get the message once more: %(number)s."),
                number=formats.number(number, request.locale.language),
            ),
            request.translate(N_("Send again")),
            _back(form),
        )

    def act(ctx: Ctx) -> str:
        deliveries.repeat_all(ctx, filters, CHANNELS)
        return _back(form)

    notice = request.translate(_ALL_REPEATED)
    return write_confirmed(
        request, form, act, ask, again=lambda: _list(request, form), notice=notice
    )


@router.post("/give-up-all")
def give_up_all(request: Editor, form: SubmittedForm) -> Response:
    """End the waiting deliveries of a notice that match, once this is confirmed."""

    def ask(_ctx: Ctx) -> Question:
        return Question(
            request.translate(N_("Give up the waiting deliveries?")),
            request.translate(N_("Those subscribers do not get the message.")),
            request.translate(N_("Give up")),
            _back(form),
        )

    def act(ctx: Ctx) -> str:
        deliveries.give_up_all(ctx, _filters_of(form))
        return _back(form)

    notice = request.translate(_ALL_GIVEN_UP)
    return write_confirmed(
        request, form, act, ask, again=lambda: _list(request, form), notice=notice
    )


@router.post("/{delivery_id}/repeat")
def repeat(request: Editor, delivery_id: str, form: SubmittedForm) -> Response:
    """Send a delivery again."""
    return _act(
        request,
        form,
        delivery_id,
        lambda ctx: deliveries.repeat_delivery(ctx, delivery_id, CHANNELS),
        _REPEATED,
    )


@router.post("/{delivery_id}/give-up")
def give_up(request: Editor, delivery_id: str, form: SubmittedForm) -> Response:
    """End a waiting delivery."""
    return _act(
        request, form, delivery_id, lambda ctx: deliveries.give_up(ctx, delivery_id), _GIVEN_UP
    )


def _act(
    request: StaffRequest,
    form: Form,
    delivery_id: str,
    change: Callable[[Ctx], object],
    notice: str,
) -> Response:
    path = f"{_LIST}/{delivery_id}"
    return request.change(
        form, path, change, again=lambda: _page(request, form, delivery_id), notice=notice
    )


def _page(request: StaffRequest, form: Form, delivery_id: str) -> Response:
    found = deliveries.get_delivery(request.ctx, delivery_id)
    return request.page("delivery", form=form, detail=found, channels=CHANNELS)


def _list(request: StaffRequest, form: Form) -> Response:
    query = QueryFilters(request.http, *_NAMES)
    filters = _filters_of(form if form.fields else query.form)
    # Without a filter, the list begins with what needs attention.
    is_first = query.is_empty and not form.fields and query.cursor is None
    if is_first:
        filters = DeliveryFilter(state=DeliveryState.DEAD)
        query.form = Form.filled({"state": DeliveryState.DEAD.value})
    found = deliveries.list_deliveries(request.ctx, filters, cursor=query.cursor, limit=_PAGE_SIZE)
    notice = None
    if filters.notice is not None:
        notice = progress.get_notice(request.ctx, filters.notice).progress
    shown = form if form.fields else query.form
    return request.page(
        "deliveries",
        form=shown,
        deliveries=found.items,
        notice=notice,
        states=list(DeliveryState),
        channels=CHANNELS,
        more=_query(shown, found.next) if found.next else None,
        newest=query.query_string() if query.cursor else None,
    )


def _query(form: Form, cursor: str) -> str:
    values = [(name, form.text(name)) for name in _NAMES if form.text(name)]
    return urlencode([*values, ("cursor", cursor)])


def _filters_of(form: Form) -> DeliveryFilter:
    state, notice = form.text("state"), form.text("notice")
    return DeliveryFilter(
        state=DeliveryState(state) if state in set(DeliveryState) else None,
        notice=notice if is_public_id(notice) else None,
        channel=form.text("channel") if form.text("channel") in CHANNELS else None,
        code=form.text("code").strip()[:60] or None,
    )


def _back(form: Form) -> str:
    filters = [(name, form.text(name)) for name in _NAMES if form.text(name)]
    return f"{_LIST}?{urlencode(filters)}" if filters else _LIST
