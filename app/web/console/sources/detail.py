"""Screens of sources: list, detail, credentials, and unmapped alerts."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from app.domain.alerts.alert_filter import AlertFilter
from app.domain.alerts.sources import AUTH_KINDS
from app.domain.errors import NotFoundError
from app.domain.permissions import Action, may
from app.domain.texts.phrases import N_
from app.monitors import ADAPTERS
from app.rendering.console.monitor_docs import monitor_page, setup_instructions
from app.usecases.context import Ctx
from app.usecases.sources import events, routes, sources
from app.usecases.sources.quota import source_level
from app.usecases.sources.records import CreatedSource, SourceChanges
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Admin, StaffRequest, Viewer
from app.web.dependencies import hook_quota

__all__ = ["fresh_page", "router"]

router = APIRouter(prefix="/sources")

_LIST = "/console/sources"
_ENABLED = N_("The source is enabled.")
_DISABLED = N_("The source is disabled. Its requests are refused.")
_DELETED = N_("The source is deleted. Resolve the incidents that it opened.")
_UNMAPPED = AlertFilter(action="unmapped")
_PAGE_SIZE = 50
_NEWEST_EVENTS = 10
_OVERLAP_SECONDS = 86_400


@router.get("")
def list_sources(request: Viewer) -> Response:
    """List the sources with their state."""
    query = QueryFilters(request.http, "q")
    search = NameSearch.of(request)
    found = sources.list_sources(
        request.ctx, cursor=query.cursor, limit=_PAGE_SIZE, words=search.words
    )
    waiting = events.list_alerts(request.ctx, _UNMAPPED, cursor=None, limit=1)
    return request.page(
        "sources",
        search=search,
        newest=query.query_string() if query.cursor else None,
        sources=found.items,
        more=query.query_string(found.next) if found.next else None,
        unmapped=bool(waiting.items),
        skipped_routes=sum(each.problem is not None for each in routes.list_routes(request.ctx)),
        adapters=ADAPTERS,
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )


@router.get("/unmapped")
def unmapped(request: Viewer) -> Response:
    """List the unmapped alerts."""
    query = QueryFilters(request.http)
    found = events.list_alerts(request.ctx, _UNMAPPED, cursor=query.cursor, limit=_PAGE_SIZE)
    return request.page(
        "unmapped",
        alerts=found.items,
        more=query.query_string(found.next) if found.next else None,
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )


@router.get("/docs/{name}")
def documentation(request: Viewer, name: str) -> Response:
    """Show a page of the documentation of monitors."""
    found = monitor_page(name)
    if found is None:
        raise NotFoundError("There is no such page.", code="page_not_found")
    title, content = found
    return request.page("monitor_docs", title=title, content=content)


@router.get("/{source_id}")
def source(request: Viewer, source_id: str) -> Response:
    """Show a source: newest events, setup instructions, credentials."""
    return _page(request, source_id, Form())


@router.post("/{source_id}/enable")
def enable(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Enable a source."""
    return _switched(request, source_id, form, _ENABLED, enabled=True)


@router.post("/{source_id}/disable")
def disable(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Disable a source: its requests are refused."""
    return _switched(request, source_id, form, _DISABLED, enabled=False)


@router.post("/{source_id}/delete")
def delete(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Delete a source."""

    def act(ctx: Ctx) -> str:
        sources.delete_source(ctx, source_id)
        return _LIST

    again = _again(request, source_id, form)
    return request.write(form, act, again=again, notice=request.translate(_DELETED))


@router.post("/{source_id}/rotate-token")
def rotate_token(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Replace the hook URL; the former one stays valid for a day."""

    def act(ctx: Ctx) -> CreatedSource:
        return sources.rotate_token(ctx, source_id, overlap_seconds=_OVERLAP_SECONDS)

    again = _again(request, source_id, form)
    return request.write_and_reveal(
        form, act, again=again, show=lambda made: fresh_page(request, made)
    )


@router.post("/{source_id}/rotate-secret")
def rotate_secret(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Replace the secret; the former one stays valid for a day."""
    secret_box = request.app.secret_box

    def act(ctx: Ctx) -> CreatedSource:
        return sources.rotate_secret(
            ctx, secret_box, source_id, secret=None, overlap_seconds=_OVERLAP_SECONDS
        )

    again = _again(request, source_id, form)
    return request.write_and_reveal(
        form, act, again=again, show=lambda made: fresh_page(request, made)
    )


def fresh_page(request: StaffRequest, made: CreatedSource) -> Response:
    """Show new credentials once, with the setup instructions of the monitor."""
    base = f"{request.app.settings.base_url.rstrip('/')}/hooks/"
    url = None if made.token is None else f"{base}{made.token}"
    steps = setup_instructions(made.source.kind, url or f"{base}TOKEN", made.secret)
    return request.page(
        "source_made", source=made.source, url=url, secret=made.secret, recipe=steps
    )


def _switched(
    request: StaffRequest, source_id: str, form: Form, notice: str, *, enabled: bool
) -> Response:
    secret_box = request.app.secret_box

    def act(ctx: Ctx) -> str:
        sources.edit_source(ctx, secret_box, source_id, SourceChanges(enabled=enabled), ADAPTERS)
        return f"{_LIST}/{source_id}"

    return request.write(
        form, act, again=_again(request, source_id, form), notice=request.translate(notice)
    )


def _again(request: StaffRequest, source_id: str, form: Form) -> Callable[[], Response]:
    return lambda: _page(request, source_id, form)


def _page(request: StaffRequest, source_id: str, form: Form) -> Response:
    found = sources.get_source(request.ctx, source_id)
    newest = events.list_events(request.ctx, source_id, cursor=None, limit=_NEWEST_EVENTS)
    base = request.app.settings.base_url.rstrip("/")
    return request.page(
        "source",
        form=form,
        source=found,
        quota=source_level(request.ctx, source_id, hook_quota(request.app.settings)),
        events=newest.items,
        adapter=ADAPTERS.get(found.kind),
        has_secret=AUTH_KINDS[found.auth].has_secret,
        recipe=setup_instructions(found.kind, f"{base}/hooks/TOKEN", None),
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )
