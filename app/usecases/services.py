"""What is done to services and their groups."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db import services
from app.db.tables import ServiceGroupRow, ServiceRow
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.localized import LocalizedText
from app.domain.permissions import Action
from app.domain.texts import check_past, check_slug, is_slug
from app.usecases import audit
from app.usecases.context import Ctx, new_id

__all__ = [
    "StaffService",
    "add_group",
    "add_service",
    "archive_service",
    "edit_service",
    "get_service",
    "list_services",
    "service_ids",
]


@dataclass(frozen=True, slots=True)
class StaffService:
    """A service as staff configure it; `group` is the slug of its group."""

    id: str
    slug: str
    name: LocalizedText
    description: LocalizedText | None
    group: str | None
    position: int
    known_since: datetime
    created_at: datetime


def add_service(
    ctx: Ctx,
    slug: str,
    name: LocalizedText,
    *,
    description: LocalizedText | None = None,
    group: LocalizedText | None = None,
    known_since: datetime | None = None,
) -> StaffService:
    """Add a service at the end of the page. `group` is made if there is none of its slug.

    Raises ConflictError when the slug is taken, InvalidError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    check_slug(slug)
    if services.find_services(ctx.session, [slug]):
        raise ConflictError(f"The slug {slug!r} is taken.", code="slug_taken", field="slug")
    since = ctx.now
    if known_since is not None:
        since = check_past(known_since, now=ctx.now, field="known_since")
    row = ServiceRow(
        public_id=new_id(),
        slug=slug,
        name=name,
        description=description,
        group_id=None if group is None else add_group(ctx, group).id,
        position=services.count_services(ctx.session) + 1,
        known_since=since,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.touch()
    audit.record(ctx, "service.add", "service", row.public_id, after={"slug": slug})
    return _record(row, _groups(ctx))


def add_group(ctx: Ctx, name: LocalizedText) -> ServiceGroupRow:
    """The group whose slug follows from `name`'s source text, made if there is none."""
    slug = _slug_of(dict(name)[name.source])
    group = services.find_group(ctx.session, slug)
    if group is None:
        position = len(services.list_groups(ctx.session)) + 1
        group = ServiceGroupRow(
            public_id=new_id(), slug=slug, name=name, position=position, created_at=ctx.now
        )
        ctx.session.add(group)
        ctx.session.flush()
    return group


def edit_service(
    ctx: Ctx,
    slug: str,
    *,
    name: LocalizedText | None = None,
    description: LocalizedText | None = None,
    group: LocalizedText | None = None,
    clear: Collection[str] = (),
) -> StaffService:
    """Change what is given; `clear` may name `description` and `group`, to take them away.

    Raises NotFoundError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, slug)
    if name is not None:
        row.name = row.name.revise(dict(name))
    if description is not None:
        former = row.description
        row.description = former.revise(dict(description)) if former else description
    if group is not None:
        row.group_id = add_group(ctx, group).id
    _clear(row, clear)
    row.updated_at = ctx.now
    ctx.touch()
    audit.record(ctx, "service.edit", "service", row.public_id)
    return _record(row, _groups(ctx))


def _clear(row: ServiceRow, fields: Collection[str]) -> None:
    if "description" in fields:
        row.description = None
    if "group" in fields:
        row.group_id = None


def archive_service(ctx: Ctx, slug: str) -> None:
    """Take the service off the page; incidents go on naming it. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, slug)
    row.archived_at = ctx.now
    ctx.touch()
    audit.record(ctx, "service.archive", "service", row.public_id)


def get_service(ctx: Ctx, slug: str) -> StaffService:
    """The service with this slug. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(_required(ctx, slug), _groups(ctx))


def list_services(ctx: Ctx) -> tuple[StaffService, ...]:
    """The services in the order of the page."""
    ctx.require(Action.READ)
    groups = _groups(ctx)
    return tuple(_record(row, groups) for row in services.list_services(ctx.session))


def service_ids(ctx: Ctx, slugs: Iterable[str], *, field: str) -> dict[str, int]:
    """The internal ids of these services. Raises InvalidError naming the first unknown slug."""
    wanted = [check_slug(slug, field=field) for slug in slugs]
    found = services.find_services(ctx.session, wanted)
    for slug in wanted:
        if slug not in found or found[slug].archived_at is not None:
            raise InvalidError(
                f"There is no service {slug[:60]!r}.", code="unknown_service", field=field
            )
    return {slug: row.id for slug, row in found.items() if row.id is not None}


def _required(ctx: Ctx, slug: str) -> ServiceRow:
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.archived_at is not None:
        raise NotFoundError(f"There is no service {slug[:60]!r}.", code="service_not_found")
    return row


def _groups(ctx: Ctx) -> dict[int | None, str]:
    return {group.id: group.slug for group in services.list_groups(ctx.session)}


def _record(row: ServiceRow, groups: Mapping[int | None, str]) -> StaffService:
    return StaffService(
        id=row.public_id,
        slug=row.slug,
        name=row.name,
        description=row.description,
        group=groups.get(row.group_id),
        position=row.position,
        known_since=row.known_since,
        created_at=row.created_at,
    )


def _slug_of(text: str) -> str:
    letters = "".join(char if char.isascii() and char.isalnum() else "-" for char in text.lower())
    slug = "-".join(part for part in letters.split("-") if part)[:60].strip("-")
    # A name without a Latin letter must lead to the same group each time.
    return slug or f"group-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
