"""Screens of subscribers: counts, list, search by address, add, and one subscriber."""

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.channels import CHANNELS
from app.domain.notifications.states import SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.domain.notifications.subscribers.subscriber import Subscriber
from app.domain.permissions import Action, may
from app.domain.texts.phrases import N_
from app.rendering.text.csv import BOM, csv_line
from app.secret_keys import address_hashes
from app.usecases.context import Ctx
from app.usecases.services.services import list_services
from app.usecases.subscribers import administration
from app.usecases.subscribers.addresses import suppressed_addresses
from app.usecases.subscribers.administration import SubscriberFilter
from app.web.console.kit.confirmation import Question, write_confirmed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Admin, Editor, StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/subscribers")

_LIST = "/console/subscribers"
_PAGE_SIZE = 50
_ADDED = N_("A mail asks the owner of the address to confirm.")
_VOUCHED = N_("The subscriber is active.")
_CONFIRM_SENT = N_("The mail to confirm is sent again.")
_STOPPED = N_("Nothing is sent to the subscriber any more.")
_STARTED = N_("The subscriber is notified again, from now on.")
_RENEWED = N_("The former links no longer work. A mail with the new ones is sent.")
_ERASED = N_("The subscriber is erased. Nothing is sent to the address.")
_LIFTED = N_("The suppression is lifted. The owner of the address can subscribe again.")


@router.get("")
def list_subscribers(request: Viewer) -> Response:
    """Counts; for editors, the subscribers that match the filters."""
    return _list(request, Form())


@router.post("")
def add_subscriber(request: Admin, form: SubmittedForm) -> Response:
    """Add a subscriber: a mail asks to confirm, or an admin vouches for it."""
    hashes = address_hashes(request.app.settings)
    vouched = form.text("vouched").strip() or None

    def act(ctx: Ctx) -> str:
        choices = Choices(form.text("language") or request.chrome.page.default_language)
        added = administration.add_subscriber(
            ctx, hashes, form.text("address"), choices, vouched=vouched
        )
        return f"{_LIST}/{added.id}"

    notice = request.translate(_ADDED if vouched is None else _VOUCHED)
    return request.write(form, act, again=lambda: _list(request, form), notice=notice)


@router.post("/search")
def search(request: Admin, form: SubmittedForm) -> Response:
    """Find a subscriber by address, and whether the address is suppressed.

    The address is sent in a form, so that no log of URLs has it.
    """
    hashes = address_hashes(request.app.settings)
    found: list[str] = []

    def act(ctx: Ctx) -> str:
        # The key of the hashes is created at its first use.
        known = administration.search_address(ctx, form.text("address"))
        if known:
            return f"{_LIST}/{known[0].id}"
        suppressed = suppressed_addresses.find_suppression(ctx, hashes, form.text("address"))
        found[:] = [suppressed.reason.value if suppressed else ""]
        return _LIST

    answer = request.write(form, act, again=lambda: _list(request, form))
    if form.errors or not found:
        return answer
    return _list(request, form, searched=found[0])


@router.post("/suppressions/lift")
def lift(request: Admin, form: SubmittedForm) -> Response:
    """Lift the suppression of an address."""
    hashes = address_hashes(request.app.settings)

    def act(ctx: Ctx) -> str:
        suppressed_addresses.lift_suppression(ctx, hashes, form.text("address"))
        return _LIST

    notice = request.translate(_LIFTED)
    return request.write(form, act, again=lambda: _list(request, form), notice=notice)


@router.get("/export.csv")
def export(request: Admin) -> Response:
    """All subscribers as CSV, oldest first."""
    with request.app.database.writing(request.me.actor) as ctx:
        administration.record_export(ctx)
    headers = {"Content-Disposition": 'attachment; filename="fyr-subscribers.csv"'}
    return StreamingResponse(_lines(request), media_type="text/csv", headers=headers)


@router.get("/{subscriber_id}")
def subscriber(request: Editor, subscriber_id: str) -> Response:
    """One subscriber."""
    return _page(request, Form(), subscriber_id)


@router.post("/{subscriber_id}/confirm")
def confirm(request: Editor, subscriber_id: str, form: SubmittedForm) -> Response:
    """Send the mail to confirm again."""
    hashes = address_hashes(request.app.settings)
    return _act(
        request,
        form,
        subscriber_id,
        lambda ctx: administration.send_confirmation(ctx, hashes, subscriber_id),
        _CONFIRM_SENT,
    )


@router.post("/{subscriber_id}/stop")
def stop(request: Editor, subscriber_id: str, form: SubmittedForm) -> Response:
    """Send nothing to a subscriber any more."""
    return _act(
        request,
        form,
        subscriber_id,
        lambda ctx: administration.stop_subscriber(ctx, subscriber_id),
        _STOPPED,
    )


@router.post("/{subscriber_id}/start")
def start(request: Editor, subscriber_id: str, form: SubmittedForm) -> Response:
    """Notify a stopped subscriber again."""
    hashes = address_hashes(request.app.settings)
    return _act(
        request,
        form,
        subscriber_id,
        lambda ctx: administration.start_subscriber(ctx, hashes, subscriber_id),
        _STARTED,
    )


@router.post("/{subscriber_id}/renew")
def renew(request: Admin, subscriber_id: str, form: SubmittedForm) -> Response:
    """Replace the links of a subscriber."""
    hashes = address_hashes(request.app.settings)
    return _act(
        request,
        form,
        subscriber_id,
        lambda ctx: administration.renew_links(ctx, hashes, subscriber_id),
        _RENEWED,
    )


@router.post("/{subscriber_id}/erase")
def erase(request: Admin, subscriber_id: str, form: SubmittedForm) -> Response:
    """Erase a subscriber, once this is confirmed."""
    hashes = address_hashes(request.app.settings)
    back = f"{_LIST}/{subscriber_id}"

    def ask(ctx: Ctx) -> Question:
        known = administration.get_subscriber(ctx, subscriber_id)
        return Question(
            request.translate(N_("Erase the subscriber?")),
            request.translate(
                N_("%(address)s is deleted with all choices. This cannot be undone."),
                address=known.address,
            ),
            request.translate(N_("Erase")),
            back,
        )

    def act(ctx: Ctx) -> str:
        administration.erase_subscriber(ctx, hashes, subscriber_id)
        return _LIST

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: _page(request, form, subscriber_id),
        notice=request.translate(_ERASED),
    )


def _act(
    request: StaffRequest,
    form: Form,
    subscriber_id: str,
    change: Callable[[Ctx], object],
    notice: str,
) -> Response:
    path = f"{_LIST}/{subscriber_id}"
    return request.change(
        form, path, change, again=lambda: _page(request, form, subscriber_id), notice=notice
    )


def _page(request: StaffRequest, form: Form, subscriber_id: str) -> Response:
    found = administration.get_subscriber(request.ctx, subscriber_id)
    return request.page(
        "subscriber",
        form=form,
        subscriber=found,
        services={each.slug: each.name for each in list_services(request.ctx)},
        channels=CHANNELS,
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )


def _list(request: StaffRequest, form: Form, *, searched: str | None = None) -> Response:
    query = QueryFilters(request.http, "channel", "state", "language", "service")
    role = request.me.user.role
    services = list_services(request.ctx)
    items: tuple[Subscriber, ...] = ()
    more = None
    if may(role, Action.EDIT):
        found = administration.list_subscribers(
            request.ctx,
            SubscriberFilter(
                query.choice("channel", CHANNELS),
                query.choice("state", [each.value for each in SubscriberState]),
                query.text("language"),
            ),
            service=query.choice("service", [each.slug for each in services]),
            cursor=query.cursor,
            limit=_PAGE_SIZE,
        )
        items, more = found.items, found.next
    return request.page(
        "subscribers",
        form=form,
        query=query.form,
        filtered=not query.is_empty,
        counts=administration.count_subscribers(request.ctx),
        days=administration.count_by_day(request.ctx),
        is_form_busy=administration.is_form_busy(request.ctx),
        subscribers=items,
        services=[(each.slug, each.name) for each in services],
        channels={kind: each for kind, each in CHANNELS.items() if not each.is_room},
        states=list(SubscriberState),
        searched=searched,
        may_edit=may(role, Action.EDIT),
        may_configure=may(role, Action.CONFIGURE),
        more=query.query_string(more) if more else None,
        newest=query.query_string() if query.cursor else None,
    )


def _lines(request: StaffRequest) -> Iterator[bytes]:
    database, actor = request.app.database, request.me.actor
    yield BOM
    after: int | None = 0
    is_first = True
    while after is not None:
        with database.reading(actor) as ctx:
            batch, after = administration.export_batch(ctx, after=after)
        rows = [administration.exported_fields(each) for each in batch]
        if is_first and rows:
            yield csv_line(tuple(rows[0]))
        is_first = False
        yield b"".join(csv_line(tuple(map(_cell, row.values()))) for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
