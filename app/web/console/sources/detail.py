"""The monitors that may call: their health, their secrets, and what names no service yet."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from app.domain.permissions import Action, may
from app.domain.phrases import N_
from app.domain.sources import AUTHS
from app.monitors import ADAPTERS
from app.rendering.filters.console_sources import recipe
from app.usecases.context import Ctx
from app.usecases.sources import events, sources
from app.usecases.sources.records import FreshSource, SourceChanges
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.query import Asked
from app.web.console.kit.staff_request import Admin, StaffRequest, Viewer

__all__ = ["fresh_page", "router"]

router = APIRouter(prefix="/sources")

_HERE = "/console/sources"
_ENABLED = N_("It is listened to again.")
_DISABLED = N_("What it sends is refused until you enable it.")
_DELETED = N_("The source is deleted. What it made open is in your hands now.")
_SHOWN = 50
_NEWEST = 10
_A_DAY = 86_400


@router.get("")
def list_sources(desk: Viewer) -> Response:
    """Every monitor, and how it is."""
    asked = Asked(desk.request)
    found = sources.list_sources(desk.ctx, cursor=asked.cursor, limit=_SHOWN)
    waiting = events.list_alerts(desk.ctx, cursor=None, limit=1, action="unmapped")
    return desk.page(
        "sources",
        sources=found.items,
        more=asked.again(found.next) if found.next else None,
        unmapped=bool(waiting.items),
        adapters=ADAPTERS,
        may_configure=may(desk.me.member.role, Action.CONFIGURE),
    )


@router.get("/unmapped")
def unmapped(desk: Viewer) -> Response:
    """Alerts that name no service: staff say where they belong."""
    asked = Asked(desk.request)
    found = events.list_alerts(desk.ctx, cursor=asked.cursor, limit=_SHOWN, action="unmapped")
    return desk.page(
        "unmapped",
        alerts=found.items,
        more=asked.again(found.next) if found.next else None,
        may_configure=may(desk.me.member.role, Action.CONFIGURE),
    )


@router.get("/{source_id}")
def source(desk: Viewer, source_id: str) -> Response:
    """One monitor: what came last, how it is set up, its secrets."""
    return _page(desk, source_id, Form())


@router.post("/{source_id}/enable")
def enable(desk: Admin, source_id: str, form: Sent) -> Response:
    """Listen to it again."""
    return _switched(desk, source_id, form, _ENABLED, enabled=True)


@router.post("/{source_id}/disable")
def disable(desk: Admin, source_id: str, form: Sent) -> Response:
    """Refuse what it sends."""
    return _switched(desk, source_id, form, _DISABLED, enabled=False)


@router.post("/{source_id}/delete")
def delete(desk: Admin, source_id: str, form: Sent) -> Response:
    """Listen to it no more."""

    def act(ctx: Ctx) -> str:
        sources.delete_source(ctx, source_id)
        return _HERE

    again = _again(desk, source_id, form)
    return desk.write(form, act, again=again, said=desk.say(_DELETED))


@router.post("/{source_id}/rotate-token")
def rotate_token(desk: Admin, source_id: str, form: Sent) -> Response:
    """Give it another URL; the former one is taken for a day more."""

    def act(ctx: Ctx) -> FreshSource:
        return sources.rotate_token(ctx, source_id, keep_seconds=_A_DAY)

    again = _again(desk, source_id, form)
    return desk.make(form, act, again=again, show=lambda made: fresh_page(desk, made))


@router.post("/{source_id}/rotate-secret")
def rotate_secret(desk: Admin, source_id: str, form: Sent) -> Response:
    """Give it another secret; the former one is taken for a day more."""
    sealer = desk.office.sealer

    def act(ctx: Ctx) -> FreshSource:
        return sources.rotate_secret(ctx, sealer, source_id, secret=None, keep_seconds=_A_DAY)

    again = _again(desk, source_id, form)
    return desk.make(form, act, again=again, show=lambda made: fresh_page(desk, made))


def fresh_page(desk: StaffRequest, made: FreshSource) -> Response:
    """What was just made and is told this once, in the words that the sender wants."""
    base = f"{desk.office.settings.base_url.rstrip('/')}/hooks/"
    url = None if made.token is None else f"{base}{made.token}"
    steps = recipe(made.source.kind, url or f"{base}TOKEN", made.secret)
    return desk.page("source_made", source=made.source, url=url, secret=made.secret, recipe=steps)


def _switched(
    desk: StaffRequest, source_id: str, form: Form, said: str, *, enabled: bool
) -> Response:
    sealer = desk.office.sealer

    def act(ctx: Ctx) -> str:
        sources.edit_source(ctx, sealer, source_id, SourceChanges(enabled=enabled), ADAPTERS)
        return f"{_HERE}/{source_id}"

    return desk.write(form, act, again=_again(desk, source_id, form), said=desk.say(said))


def _again(desk: StaffRequest, source_id: str, form: Form) -> Callable[[], Response]:
    return lambda: _page(desk, source_id, form)


def _page(desk: StaffRequest, source_id: str, form: Form) -> Response:
    found = sources.get_source(desk.ctx, source_id)
    newest = events.list_events(desk.ctx, source_id, cursor=None, limit=_NEWEST)
    base = desk.office.settings.base_url.rstrip("/")
    return desk.page(
        "source",
        form=form,
        source=found,
        events=newest.items,
        adapter=ADAPTERS.get(found.kind),
        has_secret=AUTHS[found.auth].has_secret,
        recipe=recipe(found.kind, f"{base}/hooks/TOKEN", None),
        may_configure=may(desk.me.member.role, Action.CONFIGURE),
    )
