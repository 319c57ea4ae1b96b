from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.domain.alerts.event_filter import EventFilter
from app.domain.alerts.sources import EventVerdict
from app.domain.texts.search import search_words
from app.monitors import ADAPTERS
from app.usecases.sources import dry_runs, events, routes, sources
from app.web.api.fields import (
    SEARCH_PATTERN,
    Cursor,
    Limit,
    ListResponse,
    PublicId,
    Since,
    Until,
)
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.api.sources.source_schemas import (
    CreatedSource,
    DryRun,
    DryRunRequest,
    NewSecret,
    NewSource,
    Source,
    SourceChange,
    SourceEvent,
    SourceQuota,
    TokenRotation,
)
from app.web.intake.sns_signatures import subscribe_url

__all__ = ["router"]

router = APIRouter(prefix="/sources", tags=["sources"], route_class=JsonRoute)


NameText = Annotated[
    str | None,
    Query(
        alias="q",
        pattern=SEARCH_PATTERN,
        description="Only those whose name or kind contains all of these words. Case and accents "
        "make no difference.",
    ),
]


@router.post("", status_code=201, response_model=CreatedSource)
def add_source(new: NewSource, write: Writer) -> Response:
    """Add a source. Its hook URL and a generated secret are returned only once."""
    state = write.state

    def act(request: ApiRequest) -> CreatedSource:
        meant = new.to_record(state.settings.hook_rate)
        made = sources.add_source(request.ctx, state.secret_box, meant, ADAPTERS)
        for route in new.routes:
            accepts = route.accept_untested or new.accept_untested
            routes.add_route(
                request.ctx,
                replace(route.to_record(), source=made.source.id, accept_untested=accepts),
            )
        return CreatedSource.made(made, request)

    return write(act, status=201)


@router.get("")
def list_sources(
    request: Reader, query: NameText = None, cursor: Cursor = None, limit: Limit = 25
) -> ListResponse[Source]:
    """List sources, newest first."""
    words = search_words(query or "")
    found = sources.list_sources(request.ctx, cursor=cursor, limit=limit, words=words)
    quota_of = SourceQuota.of_each(request)
    items = [Source.of(source, quota_of(source.id)) for source in found.items]
    return ListResponse(items=items, next=found.next)


@router.get("/{source_id}")
def get_source(source_id: PublicId, request: Reader) -> Source:
    """Get a source."""
    source = sources.get_source(request.ctx, source_id)
    return Source.of(source, SourceQuota.of_each(request)(source_id))


@router.patch("/{source_id}", response_model=Source)
def edit_source(source_id: PublicId, change: SourceChange, write: Writer) -> Response:
    """Change the given fields. The kind cannot be changed: add another source instead."""
    secret_box = write.state.secret_box

    def act(request: ApiRequest) -> Source:
        edited = sources.edit_source(
            request.ctx, secret_box, source_id, change.to_record(), ADAPTERS
        )
        return Source.of(edited, SourceQuota.of_each(request)(source_id))

    return write(act)


@router.delete("/{source_id}", status_code=204)
def delete_source(source_id: PublicId, write: Writer) -> Response:
    """Delete a source. Incidents that it opened stay, for staff to resolve."""
    return write(lambda request: sources.delete_source(request.ctx, source_id), status=204)


@router.post("/{source_id}/rotate-token", response_model=CreatedSource)
def rotate_source_token(source_id: PublicId, new: TokenRotation, write: Writer) -> Response:
    """Replace the hook URL. The former one stays valid for `overlap_seconds`."""

    def act(request: ApiRequest) -> CreatedSource:
        fresh = sources.rotate_token(request.ctx, source_id, overlap_seconds=new.overlap_seconds)
        return CreatedSource.made(fresh, request)

    return write(act)


@router.post("/{source_id}/rotate-secret", response_model=CreatedSource)
def rotate_source_secret(source_id: PublicId, new: NewSecret, write: Writer) -> Response:
    """Replace the secret. The former one stays valid for `overlap_seconds`."""
    secret_box = write.state.secret_box

    def act(request: ApiRequest) -> CreatedSource:
        fresh = sources.rotate_secret(
            request.ctx,
            secret_box,
            source_id,
            secret=new.secret,
            overlap_seconds=new.overlap_seconds,
        )
        return CreatedSource.made(fresh, request)

    return write(act)


VerdictFilter = Annotated[EventVerdict | None, Query(description="Only events with this verdict.")]


@router.get("/{source_id}/events")
def list_source_events(  # noqa: PLR0913, PLR0917  # each filter is an argument
    source_id: PublicId,
    request: Reader,
    verdict: VerdictFilter = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[SourceEvent]:
    """List the stored events of a source, newest first."""
    found = events.list_events(
        request.ctx,
        source_id,
        EventFilter(verdict, since, until),
        cursor=cursor,
        limit=limit,
    )
    return ListResponse(items=[SourceEvent.of(event) for event in found.items], next=found.next)


@router.get("/{source_id}/events/{event_id}")
def get_source_event(source_id: PublicId, event_id: PublicId, request: Reader) -> SourceEvent:
    """Get an event. `subscribe_url` confirms an allowed subscription of Amazon SNS."""
    event = events.get_event(request.ctx, source_id, event_id)
    topics = sources.get_source(request.ctx, source_id).auth_options.get("topics")
    return SourceEvent.of(event, subscribe_url(event.body.encode(), topics))


@router.post("/{source_id}/events/{event_id}/replay", response_model=SourceEvent)
def replay_source_event(source_id: PublicId, event_id: PublicId, write: Writer) -> Response:
    """Replay an event: process a copy that is received now. Returns the copy."""
    answer = write(lambda request: SourceEvent.of(events.replay(request.ctx, source_id, event_id)))
    write.state.receiver.process_now()
    return answer


@router.post("/{source_id}/dry-run", response_model=DryRun)
def dry_run_source(source_id: PublicId, body: DryRunRequest, write: Writer) -> Response:
    """Dry run: process stored events with other options or routes. Changes nothing."""
    return write(
        lambda request: DryRun.of(
            dry_runs.dry_run(request.ctx, source_id, ADAPTERS, body.to_record())
        )
    )
