"""Targets: the endpoints whose certificates are probed, and their administration."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from app.db.queries.targets import horizons, targets
from app.db.tables import ServiceRow, TargetRow
from app.domain.certificates.probe_results import STARTTLS_PORTS
from app.domain.certificates.target_filter import TargetFilter
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.permissions import Action
from app.domain.validation import check_range, is_public_id
from app.host_names import ascii_host, ip_literal
from app.usecases import audit
from app.usecases.alerts.publish_modes import parse_publish_mode
from app.usecases.context import Ctx, new_id
from app.usecases.pagination import CursorPage, page_by_key, page_of
from app.usecases.services.services import known_service_id, service_ids
from app.usecases.targets.probes import stop_watching

__all__ = [
    "NewTarget",
    "StaffTarget",
    "TargetChanges",
    "add_target",
    "checked_host",
    "delete_target",
    "edit_target",
    "get_target",
    "insert_target",
    "list_targets",
    "list_worst_targets",
    "pause_target",
    "required_target",
    "resume_target",
    "target_number",
]

_EVERYTHING = TargetFilter()


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A target to add. `profiles` None means the default profiles."""

    host: str
    port: int = 443
    starttls: str | None = None
    services: tuple[str, ...] = ()
    publish: str = "auto"
    interval_seconds: int = 60
    fail_after: int = 2
    recover_after: int = 2
    warn_days: int = 21
    profiles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TargetChanges:
    """Changes of a target; None leaves a field unchanged."""

    port: int | None = None
    services: tuple[str, ...] | None = None
    publish: str | None = None
    interval_seconds: int | None = None
    fail_after: int | None = None
    recover_after: int | None = None
    warn_days: int | None = None
    profiles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StaffTarget:
    """A target as staff see it. `state` is `unknown`, `ok`, `warning` or `failing`."""

    id: str
    host: str
    port: int
    starttls: str | None
    services: tuple[str, ...]
    publish: str
    interval_seconds: int
    fail_after: int
    recover_after: int
    warn_days: int
    profiles: tuple[str, ...] | None
    state: str
    last_probed_at: datetime | None
    paused: bool
    created_at: datetime


def add_target(ctx: Ctx, new: NewTarget, known_profiles: Collection[str]) -> StaffTarget:
    """Add a target; its first probe is due at once.

    Raises InvalidError (host, numbers, unknown service or profile), ConflictError when a target
    with this host and port exists, and ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    return insert_target(ctx, new, known_profiles)


def insert_target(ctx: Ctx, new: NewTarget, known_profiles: Collection[str]) -> StaffTarget:
    """Add a target as `add_target` does; the calling use case has checked the permission."""
    host = checked_host(new.host)
    if targets.target_by_address(ctx.session, host, new.port) is not None:
        raise ConflictError(
            f"{host}:{new.port} is watched already.", code="target_exists", field="host"
        )
    if new.starttls is not None and new.starttls not in STARTTLS_PORTS:
        known = ", ".join(sorted(STARTTLS_PORTS))
        raise InvalidError(f"STARTTLS is spoken for {known}.", field="starttls")
    row = TargetRow(
        public_id=new_id(),
        host=host,
        port=new.port,
        starttls=new.starttls,
        publish=new.publish,
        interval_seconds=new.interval_seconds,
        fail_after=new.fail_after,
        recover_after=new.recover_after,
        warn_days=new.warn_days,
        watch={},
        state="unknown",
        due_at=ctx.now,
        created_at=ctx.now,
    )
    _apply(ctx, row, _all_of(new), known_profiles)
    ids = service_ids(ctx, new.services, field="services")
    ctx.session.add(row)
    ctx.session.flush()
    targets.replace_services(ctx.session, row.id or 0, ids.values())
    audit.record(ctx, "target.add", "target", row.public_id, after={"host": host, "port": new.port})
    return _record(ctx, row)


def edit_target(
    ctx: Ctx, public_id: str, changes: TargetChanges, known_profiles: Collection[str]
) -> StaffTarget:
    """Change the given fields. Raises InvalidError, NotFoundError and ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    row = required_target(ctx, public_id)
    _apply(ctx, row, changes, known_profiles)
    if changes.services is not None:
        ids = service_ids(ctx, changes.services, field="services")
        targets.replace_services(ctx.session, row.id or 0, ids.values())
    row.due_at = min(row.due_at, ctx.now)
    audit.record(ctx, "target.edit", "target", row.public_id)
    return _record(ctx, row)


def pause_target(ctx: Ctx, public_id: str) -> StaffTarget:
    """Stop probing the target until it is resumed. Its open incidents are handed to staff."""
    ctx.require(Action.CONFIGURE)
    row = required_target(ctx, public_id)
    row.paused_at = row.paused_at or ctx.now
    stop_watching(ctx, row)
    audit.record(ctx, "target.pause", "target", row.public_id)
    return _record(ctx, row)


def resume_target(ctx: Ctx, public_id: str) -> StaffTarget:
    """Resume probing; the next probe is due at once."""
    ctx.require(Action.CONFIGURE)
    row = required_target(ctx, public_id)
    row.paused_at, row.due_at, row.leased_until = None, ctx.now, None
    audit.record(ctx, "target.resume", "target", row.public_id)
    return _record(ctx, row)


def delete_target(ctx: Ctx, public_id: str) -> None:
    """Delete the target. Incidents that only it kept open are handed to staff to close."""
    ctx.require(Action.CONFIGURE)
    row = required_target(ctx, public_id)
    row.deleted_at = ctx.now
    stop_watching(ctx, row)
    audit.record(ctx, "target.delete", "target", row.public_id)


def get_target(ctx: Ctx, public_id: str) -> StaffTarget:
    """Return one target. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.READ)
    return _record(ctx, required_target(ctx, public_id))


def list_targets(
    ctx: Ctx, wanted: TargetFilter = _EVERYTHING, *, cursor: str | None, limit: int
) -> CursorPage[StaffTarget]:
    """List the targets that match a filter, newest first.

    Raises InvalidError for a service or a cursor that is not valid, and ForbiddenError.
    """
    ctx.require(Action.READ)
    conditions = _conditions(ctx, wanted)
    found = page_of(
        lambda before, size: targets.list_targets(
            ctx.session, conditions, before=before, limit=size
        ),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    return CursorPage(tuple(_records(ctx, found.items)), found.next)


def list_worst_targets(
    ctx: Ctx, wanted: TargetFilter, *, cursor: str | None, limit: int
) -> CursorPage[StaffTarget]:
    """List the targets that match a filter: failing ones first, then warnings, paused ones last.

    Raises InvalidError for a service or a cursor that is not valid, and ForbiddenError.
    """
    ctx.require(Action.READ)
    conditions = _conditions(ctx, wanted)
    return page_by_key(
        lambda after, size: targets.list_worst_targets(
            ctx.session, conditions, after=after, limit=size
        ),
        lambda row: (targets.rank_of(row), row.id or 0),
        lambda rows: _records(ctx, rows),
        cursor=cursor,
        limit=limit,
    )


def _conditions(ctx: Ctx, wanted: TargetFilter) -> list[ColumnElement[bool]]:
    service_id = None
    if wanted.service is not None:
        service_id = known_service_id(ctx, wanted.service, field="service")
    # Hosts are stored in lower case.
    part = None if wanted.part is None else wanted.part.strip().lower()
    return list(targets.target_conditions(part=part, state=wanted.state, service_id=service_id))


def _apply(
    ctx: Ctx, row: TargetRow, changes: TargetChanges, known_profiles: Collection[str]
) -> None:
    if changes.publish is not None:
        parse_publish_mode(changes.publish)
        row.publish = changes.publish
    bounds = {
        "port": (1, 65_535),
        "interval_seconds": (1, 86_400),
        "fail_after": (1, 8),
        "recover_after": (1, 100),
        "warn_days": (0, 400),
    }
    for field, (least, most) in bounds.items():
        value = getattr(changes, field)
        if value is not None:
            setattr(row, field, check_range(value, least, most, field=field))
    if changes.profiles is not None:
        row.profiles = _checked_profiles(changes.profiles, known_profiles)
        if row.id is not None:
            horizons.request_forecast(ctx.session, row.id)


def _all_of(new: NewTarget) -> TargetChanges:
    return TargetChanges(
        port=new.port,
        publish=new.publish,
        interval_seconds=new.interval_seconds,
        fail_after=new.fail_after,
        recover_after=new.recover_after,
        warn_days=new.warn_days,
        profiles=new.profiles,
    )


def _checked_profiles(profiles: tuple[str, ...], known: Collection[str]) -> list[str]:
    for profile in profiles:
        if profile not in known:
            raise InvalidError(
                f"There is no client profile {profile[:60]!r}; known are {', '.join(known)}.",
                code="unknown_profile",
                field="profiles",
            )
    if not profiles:
        raise InvalidError("Name at least one client profile.", code="no_profile", field="profiles")
    return list(dict.fromkeys(profiles))


def checked_host(host: str) -> str:
    """The host as it is stored: in ASCII and lower case. Raises InvalidError."""
    bare = host.strip()
    address = ip_literal(bare)
    # Names are normalised as the probe does it, so that it connects to the host that was entered.
    name = str(address) if address is not None else ascii_host(bare)
    if name is None:
        raise InvalidError(
            f"{host[:80]!r} is not a host name or an IP address.",
            code="invalid_host",
            field="host",
        )
    return name


def target_number(ctx: Ctx, public_id: str) -> int:
    """The id of the row of a target. Raises NotFoundError."""
    return required_target(ctx, public_id).id or 0


def required_target(ctx: Ctx, public_id: str) -> TargetRow:
    """Return the row of a target by its public id. Raises NotFoundError."""
    row = targets.find_target(ctx.session, public_id) if is_public_id(public_id) else None
    if row is None:
        raise NotFoundError("There is no such target.", code="target_not_found")
    return row


def _records(ctx: Ctx, rows: Sequence[TargetRow]) -> Iterable[StaffTarget]:
    named = targets.services_of_targets(ctx.session, [row.id or 0 for row in rows])
    return [_record_with(row, named.get(row.id or 0, ())) for row in rows]


def _record(ctx: Ctx, row: TargetRow) -> StaffTarget:
    return _record_with(row, targets.services_of_target(ctx.session, row.id or 0))


def _record_with(row: TargetRow, named: Iterable[ServiceRow]) -> StaffTarget:
    return StaffTarget(
        id=row.public_id,
        host=row.host,
        port=row.port,
        starttls=row.starttls,
        services=tuple(service.slug for service in named),
        publish=row.publish,
        interval_seconds=row.interval_seconds,
        fail_after=row.fail_after,
        recover_after=row.recover_after,
        warn_days=row.warn_days,
        profiles=None if row.profiles is None else tuple(row.profiles),
        state=row.state,
        last_probed_at=row.probed_at,
        paused=row.paused_at is not None,
        created_at=row.created_at,
    )
