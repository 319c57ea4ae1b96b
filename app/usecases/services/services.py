"""Services: add, edit, archive, restore, list."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import services
from app.db.queries.sources import sources
from app.db.tables import ServiceGroupRow, ServiceRow
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.permissions import Action
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.names import fold_name
from app.domain.texts.slugs import free_slug, slug_of
from app.domain.validation import check_past, check_slug, is_slug
from app.usecases import audit
from app.usecases.context import Ctx, new_id

__all__ = [
    "StaffService",
    "add_service",
    "archive_service",
    "edit_service",
    "find_or_add_group",
    "get_service",
    "insert_group",
    "known_service_id",
    "list_archived",
    "list_services",
    "restore_service",
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
    slug: str | None,
    name: LocalizedText,
    *,
    description: LocalizedText | None = None,
    group: LocalizedText | str | None = None,
    known_since: datetime | None = None,
) -> StaffService:
    """Add a service at the end of the page.

    Without `slug`, a free one is made from the name. `group` is the slug of a group, or a name: a
    group is created if none has this name. Raises ConflictError when the slug is taken or is the
    alias of a service, InvalidError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    slug = slug or _free_slug(ctx, name)
    check_slug(slug)
    if services.find_services(ctx.session, [slug]):
        raise ConflictError(f"The slug {slug!r} is taken.", code="slug_taken", field="slug")
    if sources.find_alias(ctx.session, slug):
        raise ConflictError(
            f"{slug!r} is an alias of another service.", code="alias_taken", field="slug"
        )
    since = ctx.now
    if known_since is not None:
        since = check_past(known_since, now=ctx.now, field="known_since")
    row = ServiceRow(
        public_id=new_id(),
        slug=slug,
        name=name,
        description=description,
        group_id=None if group is None else _group_id(ctx, group),
        position=services.last_position(ctx.session) + 1,
        known_since=since,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.touch()
    audit.record(ctx, "service.add", "service", row.public_id, after={"slug": slug})
    return _record(row, _groups(ctx))


def find_or_add_group(ctx: Ctx, name: LocalizedText) -> ServiceGroupRow:
    """The group with this name or with the slug derived from it; created if there is none."""
    text = dict(name)[name.source]
    slug = slug_of(name, prefix="group")
    known = services.list_groups(ctx.session)
    folded = fold_name(text)
    for group in known:
        if folded in {fold_name(each) for _, each in group.name}:
            return group
    for group in known:
        if group.slug == slug:
            return group
    return insert_group(ctx, name)


def insert_group(ctx: Ctx, name: LocalizedText) -> ServiceGroupRow:
    """Insert a group at the end, with a free slug derived from its name."""
    known = services.list_groups(ctx.session)
    slug = free_slug(slug_of(name, prefix="group"), {each.slug for each in known}.__contains__)
    position = max((each.position for each in known), default=0) + 1
    group = ServiceGroupRow(
        public_id=new_id(), slug=slug, name=name, position=position, created_at=ctx.now
    )
    ctx.session.add(group)
    ctx.session.flush()
    ctx.touch()
    audit.record(ctx, "group.add", "group", group.public_id, after={"name": dict(name)})
    return group


def _free_slug(ctx: Ctx, name: LocalizedText) -> str:
    """A slug from the name that no service has, archived or not, and no alias."""

    def is_taken(slug: str) -> bool:
        has_service = bool(services.find_services(ctx.session, [slug]))
        return has_service or sources.find_alias(ctx.session, slug) is not None

    return free_slug(slug_of(name, prefix="service"), is_taken)


def _group_id(ctx: Ctx, group: LocalizedText | str) -> int | None:
    if isinstance(group, LocalizedText):
        return find_or_add_group(ctx, group).id
    row = services.find_group(ctx.session, group)
    if row is None:
        raise InvalidError(
            f"There is no group {group[:60]!r}.", code="unknown_group", field="group"
        )
    return row.id


def edit_service(
    ctx: Ctx,
    slug: str,
    *,
    name: LocalizedText | None = None,
    description: LocalizedText | None = None,
    group: LocalizedText | str | None = None,
    clear: Collection[str] = (),
) -> StaffService:
    """Change the given fields; `clear` names `description` or `group` to remove them.

    Raises NotFoundError, InvalidError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, slug)
    before = _audit_fields(_record(row, _groups(ctx)))
    if name is not None:
        row.name = row.name.revise(dict(name), name.origins)
    if description is not None:
        former = row.description
        row.description = (
            former.revise(dict(description), description.origins) if former else description
        )
    if group is not None:
        row.group_id = _group_id(ctx, group)
    _clear(row, clear)
    row.updated_at = ctx.now
    ctx.touch()
    edited = _record(row, _groups(ctx))
    after = _audit_fields(edited)
    changed = [field for field in after if before[field] != after[field]]
    audit.record(
        ctx,
        "service.edit",
        "service",
        row.public_id,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )
    return edited


def _audit_fields(service: StaffService) -> dict[str, object]:
    """The fields of a service that the audit log records."""
    description = None if service.description is None else dict(service.description)
    return {"name": dict(service.name), "description": description, "group": service.group}


def _clear(row: ServiceRow, fields: Collection[str]) -> None:
    if "description" in fields:
        row.description = None
    if "group" in fields:
        row.group_id = None


def archive_service(ctx: Ctx, slug: str) -> None:
    """Archive a service: it leaves the page; incidents still name it. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, slug)
    row.archived_at = ctx.now
    ctx.touch()
    audit.record(ctx, "service.archive", "service", row.public_id)


def restore_service(ctx: Ctx, slug: str) -> StaffService:
    """Restore an archived service, at the end of the page. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.archived_at is None:
        raise NotFoundError(f"There is no archived service {slug[:60]!r}.", code="not_archived")
    row.archived_at = None
    row.position = services.last_position(ctx.session) + 1
    row.updated_at = ctx.now
    ctx.session.flush()
    ctx.touch()
    audit.record(ctx, "service.restore", "service", row.public_id)
    return _record(row, _groups(ctx))


def get_service(ctx: Ctx, slug: str) -> StaffService:
    """The service with this slug. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(_required(ctx, slug), _groups(ctx))


def list_services(ctx: Ctx) -> tuple[StaffService, ...]:
    """The services in the order of the page."""
    ctx.require(Action.READ)
    groups = _groups(ctx)
    return tuple(_record(row, groups) for row in services.list_services(ctx.session))


def list_archived(ctx: Ctx) -> tuple[StaffService, ...]:
    """The archived services, by slug."""
    ctx.require(Action.READ)
    groups = _groups(ctx)
    return tuple(_record(row, groups) for row in services.archived_services(ctx.session))


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


def known_service_id(ctx: Ctx, slug: str, *, field: str) -> int:
    """The internal id of a service, archived or not: history still names it.

    Raises InvalidError naming `field`.
    """
    row = services.find_services(ctx.session, [check_slug(slug, field=field)]).get(slug)
    if row is None or row.id is None:
        raise InvalidError(
            f"There is no service {slug[:60]!r}.", code="unknown_service", field=field
        )
    return row.id


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
