import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.channels import CHANNELS
from app.domain.notifications.states import SubscriberState
from app.domain.notifications.subscribers import subscriber
from app.ports.channel import WEBHOOK
from app.secret_keys import address_hashes
from app.usecases.context import Actor, Ctx
from app.usecases.database import Database
from app.usecases.subscribers import administration, imported_lists
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.administration import SubscriberFilter
from app.usecases.subscribers.requests.webhook_requests import WebhookTools
from app.web.api.fields import Cursor, Limit, ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.api.subscribers.subscriber_schemas import (
    AddressSearch,
    NewSubscriber,
    ProblemOfLine,
    Subscriber,
    SubscriberChange,
    SubscriberCounts,
    SubscriberImport,
    SubscriberImported,
)
from app.web.dependencies import Acting, app_state

__all__ = ["router"]

router = APIRouter(prefix="/subscribers", tags=["subscribers"], route_class=JsonRoute)

_CONTENT = {
    "application/x-ndjson": {"schema": {"type": "string", "description": "One JSON object a line."}}
}


class _SubscriberLines(StreamingResponse):
    media_type = "application/x-ndjson"


StateFilter = Annotated[SubscriberState | None, Query(description="Only those in this state.")]
LanguageFilter = Annotated[
    str | None, Query(max_length=35, description="Only those with this language.")
]
ServiceFilter = Annotated[
    str | None, Query(max_length=60, description="Only those that follow the service of this slug.")
]


@router.post("", status_code=201, response_model=Subscriber)
def add_subscriber(new: NewSubscriber, write: Writer) -> Response:
    """Add a subscriber by mail. For admins."""
    hashes = address_hashes(write.state.settings)

    def act(request: ApiRequest) -> Subscriber:
        choices = new.choices(request.page.default_language)
        added = administration.add_subscriber(
            request.ctx, hashes, new.address, choices, vouched=new.vouched
        )
        return Subscriber.of(added)

    return write(act, status=201)


@router.get("")
def list_subscribers(  # the filters of the list
    request: Reader,
    state: StateFilter = None,
    language: LanguageFilter = None,
    service: ServiceFilter = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Subscriber]:
    """List subscribers, newest first. For editors, who see masked addresses."""
    found = administration.list_subscribers(
        request.ctx,
        SubscriberFilter(state=state, language=language),
        service=service,
        cursor=cursor,
        limit=limit,
    )
    return ListResponse(items=[Subscriber.of(each) for each in found.items], next=found.next)


@router.get("/counts")
def count_subscribers(request: Reader) -> ListResponse[SubscriberCounts]:
    """Count subscribers by channel, state and language."""
    found = administration.count_subscribers(request.ctx)
    return ListResponse(items=[SubscriberCounts.of(each) for each in found], next=None)


@router.post("/search", response_model=ListResponse[Subscriber])
def search_subscribers(search: AddressSearch, write: Writer) -> Response:
    """List the subscriber with an address, which is in no URL this way. For admins."""

    def act(request: ApiRequest) -> ListResponse[Subscriber]:
        found = administration.search_address(request.ctx, search.address)
        return ListResponse(items=[Subscriber.of(each) for each in found], next=None)

    return write(act)


@router.post("/import", response_model=SubscriberImported)
def import_subscribers(body: SubscriberImport, write: Writer) -> Response:
    """Import a list of people who have agreed elsewhere. For admins.

    Lines with a fault are left out and reported by number. No mail is sent, unless `ask`.
    """
    hashes, options = address_hashes(write.state.settings), body.options()

    def act(request: ApiRequest) -> SubscriberImported:
        lines = list(imported_lists.read_lines(body.lines, is_json=True))
        done = imported_lists.import_batch(request.ctx, hashes, lines, options, seen=set())
        if not options.is_trial:
            imported_lists.record_import(request.ctx, options, done.added, len(done.problems))
        problems = [ProblemOfLine(line=each.number, code=each.code) for each in done.problems]
        return SubscriberImported(added=done.added, problems=problems)

    return write(act)


@router.get("/export", response_class=_SubscriberLines, responses={200: {"content": _CONTENT}})
def export_subscribers(request: Request, actor: Acting) -> Response:
    """Export all subscribers as JSON Lines. For admins. The audit log has an entry of it."""
    database = app_state(request).database
    with database.writing(actor) as ctx:
        administration.record_export(ctx)
    return _SubscriberLines(_lines(database, actor), 200)


def _lines(database: Database, actor: Actor) -> Iterator[bytes]:
    after: int | None = 0
    while after is not None:
        with database.reading(actor) as ctx:
            batch, after = administration.export_batch(ctx, after=after)
        for each in batch:
            line = json.dumps(administration.exported_fields(each), ensure_ascii=False)
            yield f"{line}\n".encode()


@router.get("/{subscriber_id}")
def get_subscriber(subscriber_id: PublicId, request: Reader) -> Subscriber:
    """Get a subscriber. For editors, who see a masked address."""
    return Subscriber.of(administration.get_subscriber(request.ctx, subscriber_id))


@router.get("/{subscriber_id}/data")
def get_subscriber_data(subscriber_id: PublicId, request: Reader) -> dict[str, Any]:
    """Get all that is stored about a subscriber. For admins."""
    return dict(administration.subscriber_data(request.ctx, subscriber_id))


@router.patch("/{subscriber_id}", response_model=Subscriber)
def change_subscriber(subscriber_id: PublicId, change: SubscriberChange, write: Writer) -> Response:
    """Change what a subscriber chose; for admins also the URL of a webhook."""
    hashes = address_hashes(write.state.settings)
    tools = WebhookTools(CHANNELS[WEBHOOK], write.state.secret_box)

    def act(request: ApiRequest) -> Subscriber:
        changed = administration.get_subscriber(request.ctx, subscriber_id)
        if change.has_choices:
            changed = administration.change_subscriber(
                request.ctx, subscriber_id, change.applied_to(changed.choices)
            )
        if change.url is not None:
            changed = administration.change_url(
                request.ctx, hashes, tools, subscriber_id, change.url
            )
        return Subscriber.of(changed)

    return write(act)


@router.delete("/{subscriber_id}", status_code=204)
def erase_subscriber(subscriber_id: PublicId, write: Writer) -> Response:
    """Erase a subscriber, and suppress the address. For admins."""
    hashes = address_hashes(write.state.settings)
    return write(
        lambda request: administration.erase_subscriber(request.ctx, hashes, subscriber_id),
        status=204,
    )


@router.post("/{subscriber_id}/confirm", response_model=Subscriber)
def send_subscriber_confirmation(subscriber_id: PublicId, write: Writer) -> Response:
    """Send the mail to confirm again."""
    return _changed(write, administration.send_confirmation, subscriber_id)


@router.post("/{subscriber_id}/renew", response_model=Subscriber)
def renew_subscriber_links(subscriber_id: PublicId, write: Writer) -> Response:
    """Replace the links of a subscriber, and send the new ones. For admins."""
    return _changed(write, administration.renew_links, subscriber_id)


@router.post("/{subscriber_id}/start", response_model=Subscriber)
def start_subscriber(subscriber_id: PublicId, write: Writer) -> Response:
    """Start a stopped subscriber."""
    return _changed(write, administration.start_subscriber, subscriber_id)


@router.post("/{subscriber_id}/stop", response_model=Subscriber)
def stop_subscriber(subscriber_id: PublicId, write: Writer) -> Response:
    """Stop a subscriber: nothing is sent to it any more. After 30 days it is deleted."""
    return write(
        lambda request: Subscriber.of(administration.stop_subscriber(request.ctx, subscriber_id))
    )


def _changed(
    write: Writer,
    change: Callable[[Ctx, AddressHashes, str], subscriber.Subscriber],
    subscriber_id: str,
) -> Response:
    hashes = address_hashes(write.state.settings)
    return write(lambda request: Subscriber.of(change(request.ctx, hashes, subscriber_id)))
