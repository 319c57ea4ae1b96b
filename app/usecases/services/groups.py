"""Groups of services: create, rename, remove; the order of groups and of services."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.db.queries import services
from app.db.tables import ServiceGroupRow, ServiceRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.names import fold_name
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.services.services import insert_group

__all__ = [
    "StaffGroup",
    "create_group",
    "get_group",
    "list_groups",
    "order_groups",
    "order_services",
    "remove_group",
    "rename_group",
]

RowT = TypeVar("RowT", ServiceRow, ServiceGroupRow)


@dataclass(frozen=True, slots=True)
class StaffGroup:
    """A group of services, as staff configure it."""

    id: str
    slug: str
    name: LocalizedText
    position: int
    created_at: datetime


def list_groups(ctx: Ctx) -> tuple[StaffGroup, ...]:
    """All groups in the order of the page, including empty ones, which visitors do not see."""
    ctx.require(Action.READ)
    return tuple(_record(row) for row in services.list_groups(ctx.session))


def get_group(ctx: Ctx, slug: str) -> StaffGroup:
    """The group with this slug. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(_required(ctx, slug))


def create_group(ctx: Ctx, name: LocalizedText) -> StaffGroup:
    """Add an empty group at the end. Raises ConflictError when the name is taken."""
    ctx.require(Action.CONFIGURE)
    _check_free(ctx, name, but=None)
    return _record(insert_group(ctx, name))


def rename_group(ctx: Ctx, slug: str, name: LocalizedText) -> StaffGroup:
    """Rename a group; its slug stays. Raises NotFoundError, ConflictError."""
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, slug)
    _check_free(ctx, name, but=slug)
    before = dict(row.name)
    row.name = row.name.revise(dict(name), name.origins)
    ctx.session.flush()
    ctx.touch()
    audit.record(
        ctx,
        "group.edit",
        "group",
        row.public_id,
        before={"name": before},
        after={"name": dict(row.name)},
    )
    return _record(row)


def remove_group(ctx: Ctx, slug: str) -> None:
    """Remove a group; its services stay on the page, in no group. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = _required(ctx, slug)
    for service in services.services_in_group(ctx.session, row.id or 0):
        service.group_id = None
        service.updated_at = ctx.now
    ctx.session.flush()
    ctx.session.delete(row)
    ctx.touch()
    audit.record(ctx, "group.remove", "group", row.public_id, before={"slug": slug})


def order_services(ctx: Ctx, slugs: Sequence[str]) -> None:
    """Put these services first, in this order; the others follow in their present order.

    The order applies within each group. Raises InvalidError for an unknown or repeated slug.
    """
    ctx.require(Action.CONFIGURE)
    rows = services.list_services(ctx.session)
    before = [row.slug for row in rows]
    _check_slugs(slugs, before, "services", _unknown_service)
    _set_positions(_ordered(rows, slugs))
    _record_order(ctx, "service.order", "service", before, [*slugs])


def order_groups(ctx: Ctx, slugs: Sequence[str]) -> None:
    """Put these groups first, in this order; the others follow in their present order.

    Raises InvalidError for an unknown or repeated slug.
    """
    ctx.require(Action.CONFIGURE)
    rows = services.list_groups(ctx.session)
    before = [row.slug for row in rows]
    _check_slugs(slugs, before, "groups", _unknown_group)
    _set_positions(_ordered(rows, slugs))
    _record_order(ctx, "group.order", "group", before, [*slugs])


def _ordered(rows: Sequence[RowT], slugs: Sequence[str]) -> list[RowT]:
    ranks = {slug: rank for rank, slug in enumerate(slugs)}
    return sorted(rows, key=lambda row: ranks.get(row.slug, len(ranks)))


def _set_positions(rows: Iterable[ServiceRow | ServiceGroupRow]) -> None:
    for position, row in enumerate(rows, start=1):
        row.position = position


def _record_order(
    ctx: Ctx, action: str, subject: str, before: Sequence[str], after: Sequence[str]
) -> None:
    ctx.session.flush()
    ctx.touch()
    audit.record(ctx, action, subject, "", before={"order": before}, after={"order": after})


def _check_slugs(
    slugs: Sequence[str],
    known: Sequence[str],
    field: str,
    unknown: Callable[[str], InvalidError],
) -> None:
    for slug in slugs:
        if slug not in known:
            raise unknown(slug)
    if len(set(slugs)) < len(slugs):
        raise InvalidError("A name is in the list twice.", code="named_twice", field=field)


def _unknown_service(slug: str) -> InvalidError:
    return InvalidError(
        f"There is no service {slug[:60]!r}.", code="unknown_service", field="services"
    )


def _unknown_group(slug: str) -> InvalidError:
    return InvalidError(f"There is no group {slug[:60]!r}.", code="unknown_group", field="groups")


def _check_free(ctx: Ctx, name: LocalizedText, *, but: str | None) -> None:
    names = {fold_name(text) for _, text in name}
    for row in services.list_groups(ctx.session):
        if row.slug != but and names & {fold_name(text) for _, text in row.name}:
            raise ConflictError(
                "There is a group with this name.", code="group_taken", field="name"
            )


def _required(ctx: Ctx, slug: str) -> ServiceGroupRow:
    return required(
        services.find_group(ctx.session, slug),
        f"There is no group {slug[:60]!r}.",
        code="group_not_found",
    )


def _record(row: ServiceGroupRow) -> StaffGroup:
    return StaffGroup(row.public_id, row.slug, row.name, row.position, row.created_at)
