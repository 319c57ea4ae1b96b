"""Routes: add, edit, delete and list the rules from alerts to services and actions."""

from dataclasses import dataclass, field, fields
from datetime import datetime

from app.db.queries import services
from app.db.queries.sources import sources
from app.db.tables import RouteRow
from app.domain.alerts.routing import (
    GROUP_WAIT,
    REOPEN_WITHIN,
    RESOLVE_AFTER,
    STATUSES,
    Matcher,
    RouteAction,
)
from app.domain.errors import InvalidError, NotFoundError
from app.domain.permissions import Action
from app.domain.statuses import ServiceStatus
from app.domain.validation import check_range, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.services.services import service_ids
from app.usecases.sources import sources as source_cases
from app.usecases.sources.validation import check_publish

__all__ = [
    "NewRoute",
    "RouteChanges",
    "StaffRoute",
    "add_route",
    "delete_route",
    "draft_row",
    "edit_route",
    "get_route",
    "list_routes",
]

_LIMITS = {
    "group_wait_seconds": 3600,
    "resolve_after_seconds": 86_400,
    "reopen_within_seconds": 86_400,
    "min_alerts": 1000,
    "min_sources": 100,
    "position": 1_000_000,
}
_MAX_ITEMS = 50
_MAX_LABEL_CHARS = 200


@dataclass(frozen=True, slots=True)
class NewRoute:
    """Route to be added; the fields are those of app.domain.alerts.routing.Route.

    `source` is the public id of a source, None for any. `position` None puts the route last.
    """

    matchers: tuple[tuple[str, str, str], ...] = ()
    source: str | None = None
    action: str = "incident"
    services: tuple[str, ...] = ()
    service_label: str | None = None
    statuses: dict[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    group_wait_seconds: int = int(GROUP_WAIT.total_seconds())
    min_alerts: int = 1
    min_sources: int = 1
    resolve_after_seconds: int = int(RESOLVE_AFTER.total_seconds())
    reopen_within_seconds: int = int(REOPEN_WITHIN.total_seconds())
    publish: str | None = None
    position: int | None = None
    enabled: bool = True
    accept_untested: bool = False


@dataclass(frozen=True, slots=True)
class RouteChanges:
    """Changes to a route; None leaves a field unchanged, `clear` names the fields to reset."""

    matchers: tuple[tuple[str, str, str], ...] | None = None
    source: str | None = None
    action: str | None = None
    services: tuple[str, ...] | None = None
    service_label: str | None = None
    statuses: dict[str, str] | None = None
    group_by: tuple[str, ...] | None = None
    group_wait_seconds: int | None = None
    min_alerts: int | None = None
    min_sources: int | None = None
    resolve_after_seconds: int | None = None
    reopen_within_seconds: int | None = None
    publish: str | None = None
    position: int | None = None
    enabled: bool | None = None
    accept_untested: bool = False
    clear: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StaffRoute:
    """Route for staff.

    `problem` says why the route is skipped: a matcher that an earlier release took is refused now.
    None for a route that alerts are compared with.
    """

    id: str
    position: int
    source: str | None
    enabled: bool
    matchers: tuple[tuple[str, str, str], ...]
    action: str
    services: tuple[str, ...]
    service_label: str | None
    statuses: dict[str, str]
    group_by: tuple[str, ...]
    group_wait_seconds: int
    min_alerts: int
    min_sources: int
    resolve_after_seconds: int
    reopen_within_seconds: int
    publish: str | None
    created_at: datetime
    problem: str | None


def add_route(ctx: Ctx, new: NewRoute) -> StaffRoute:
    """Add a route. Raises InvalidError, ForbiddenError, and ConflictError if it would publish
    alerts of an untested source.
    """
    ctx.require(Action.CONFIGURE)
    row = draft_row(ctx, new)
    ctx.session.add(row)
    ctx.session.flush()
    audit.record(ctx, "route.add", "route", row.public_id, after={"action": row.action})
    return _record(ctx, row)


def draft_row(ctx: Ctx, new: NewRoute) -> RouteRow:
    """Build the row of a new route without storing it. Raises the errors of `add_route`."""
    row = RouteRow(
        public_id=new_id(),
        position=sources.last_route_position(ctx.session) + 1,
        is_enabled=True,
        matchers=[],
        action="incident",
        services=[],
        statuses={},
        group_by=[],
        group_wait_seconds=0,
        min_alerts=1,
        min_sources=1,
        resolve_after_seconds=0,
        reopen_within_seconds=0,
        created_at=ctx.now,
    )
    names = {each.name for each in fields(RouteChanges)} & {each.name for each in fields(NewRoute)}
    _apply(ctx, row, RouteChanges(**{name: getattr(new, name) for name in names}))
    return row


def edit_route(ctx: Ctx, public_id: str, changes: RouteChanges) -> StaffRoute:
    """Change a route. Alerts that are linked to an incident stay linked."""
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, public_id)
    before = {"action": row.action, "position": row.position, "publish": row.publish}
    _apply(ctx, row, changes)
    after = {"action": row.action, "position": row.position, "publish": row.publish}
    audit.record(ctx, "route.edit", "route", row.public_id, before=before, after=after)
    return _record(ctx, row)


def delete_route(ctx: Ctx, public_id: str) -> None:
    """Delete a route. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, public_id)
    ctx.session.delete(row)
    audit.record(ctx, "route.delete", "route", public_id)


def get_route(ctx: Ctx, public_id: str) -> StaffRoute:
    """Get a route by its public id. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(ctx, _required(ctx, public_id))


def list_routes(ctx: Ctx) -> tuple[StaffRoute, ...]:
    """List all routes in matching order."""
    ctx.require(Action.READ)
    return tuple(_record(ctx, row) for row in sources.list_routes(ctx.session))


def _apply(ctx: Ctx, row: RouteRow, changes: RouteChanges) -> None:
    _apply_source(ctx, row, changes)
    if changes.matchers is not None:
        _check_size(changes.matchers, "matchers")
        row.matchers = [[*_as_tuple(Matcher(*each))] for each in changes.matchers]
    if changes.action is not None:
        row.action = _checked_action(changes.action)
    if changes.services is not None:
        row.services = sorted(service_ids(ctx, changes.services, field="services").values())
    if changes.statuses is not None:
        row.statuses = _checked_statuses(changes.statuses)
    if changes.group_by is not None:
        _check_size(changes.group_by, "group_by")
        row.group_by = list(changes.group_by)
    if changes.enabled is not None:
        row.is_enabled = changes.enabled
    _apply_plain(row, changes)


def _source_id(ctx: Ctx, public_id: str) -> int | None:
    try:
        return source_cases.required_source(ctx, public_id).id
    except NotFoundError as error:
        raise InvalidError(error.message, code="unknown_source", field="source") from None


def _apply_source(ctx: Ctx, row: RouteRow, changes: RouteChanges) -> None:
    if "source" in changes.clear:
        row.source_id = None
    elif changes.source is not None:
        row.source_id = _source_id(ctx, changes.source)
    if changes.publish is not None:
        found = sources.sources_by_id(ctx.session, [row.source_id] if row.source_id else [])
        row.publish = check_publish(
            changes.publish,
            tested=all(source.understood_at is not None for source in found.values()),
            accept_untested=changes.accept_untested,
        )


def _apply_plain(row: RouteRow, changes: RouteChanges) -> None:
    for name in ("service_label", "publish"):
        if name in changes.clear:
            setattr(row, name, None)
    if changes.service_label is not None:
        row.service_label = changes.service_label[:_MAX_LABEL_CHARS]
    for name, maximum in _LIMITS.items():
        value = getattr(changes, name)
        if value is not None:
            minimum = 1 if name.startswith("min") else 0
            setattr(row, name, check_range(value, minimum, maximum, field=name))


def _check_size(items: tuple[object, ...], name: str) -> None:
    if len(items) > _MAX_ITEMS:
        raise InvalidError(f"At most {_MAX_ITEMS} of them.", code="out_of_range", field=name)


def _as_tuple(matcher: Matcher) -> tuple[str, str, str]:
    return matcher.label, matcher.operator, matcher.value


def _checked_action(action: str) -> str:
    allowed = [each.value for each in RouteAction if each is not RouteAction.UNMAPPED]
    if action not in allowed:
        raise InvalidError(
            f"The action is one of {', '.join(allowed)}.", code="invalid_action", field="action"
        )
    return action


def _checked_statuses(statuses: dict[str, str]) -> dict[str, str]:
    for severity, status in statuses.items():
        if severity not in STATUSES or status not in set(ServiceStatus):
            raise InvalidError(
                f"The statuses map {', '.join(STATUSES)} to the status of a service.",
                code="invalid_statuses",
                field="statuses",
            )
    return dict(statuses)


def _required(ctx: Ctx, public_id: str) -> RouteRow:
    return required(
        sources.find_route(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such route.",
        code="route_not_found",
    )


def _record(ctx: Ctx, row: RouteRow) -> StaffRoute:
    found = services.services_by_id(ctx.session, row.services)
    source = None
    if row.source_id is not None:
        source = sources.sources_by_id(ctx.session, [row.source_id])[row.source_id].public_id
    return StaffRoute(
        id=row.public_id,
        position=row.position,
        source=source,
        enabled=row.is_enabled,
        matchers=tuple((label, operator, value) for label, operator, value in row.matchers),
        action=row.action,
        services=tuple(found[number].slug for number in row.services if number in found),
        service_label=row.service_label,
        statuses=dict(row.statuses),
        group_by=tuple(row.group_by),
        group_wait_seconds=row.group_wait_seconds,
        min_alerts=row.min_alerts,
        min_sources=row.min_sources,
        resolve_after_seconds=row.resolve_after_seconds,
        reopen_within_seconds=row.reopen_within_seconds,
        publish=row.publish,
        created_at=row.created_at,
        problem=_problem(row),
    )


def _problem(row: RouteRow) -> str | None:
    try:
        for each in row.matchers:
            Matcher(*each)
    except InvalidError as error:
        return error.message
    return None
