"""Aliases: other names that monitors use for services."""

from dataclasses import dataclass

from app.db.queries import services
from app.db.queries.sources import sources
from app.db.tables import ServiceAliasRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.domain.texts.names import fold_name
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.services.services import service_ids

__all__ = ["Alias", "add_alias", "delete_alias", "list_aliases"]


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name that monitors use for a service, folded by `fold_name`."""

    alias: str
    service: str


def add_alias(ctx: Ctx, service: str, alias: str) -> Alias:
    """Add a name under which monitors report about a service.

    Raises InvalidError, and ConflictError when the name is an alias or the slug of another service.
    """
    ctx.require(Action.CONFIGURE)
    folded = fold_name(alias)
    if not 0 < len(folded) <= 200 or not folded.isprintable():
        raise InvalidError(
            "An alias has 1 to 200 printable characters.", code="invalid_alias", field="alias"
        )
    number = service_ids(ctx, [service], field="service")[service]
    if sources.find_alias(ctx.session, folded) is not None:
        raise ConflictError("This alias is taken.", code="alias_taken", field="alias")
    if folded != service and services.find_services(ctx.session, [folded]):
        # A slug takes precedence, so the alias would never be used.
        raise ConflictError(
            f"{folded!r} is the slug of another service.", code="alias_taken", field="alias"
        )
    ctx.session.add(ServiceAliasRow(alias=folded, service_id=number))
    ctx.session.flush()
    audit.record(ctx, "alias.add", "service", service, after={"alias": folded})
    return Alias(folded, service)


def delete_alias(ctx: Ctx, alias: str) -> None:
    """Delete an alias. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = required(
        sources.find_alias(ctx.session, alias),
        "There is no such alias.",
        code="alias_not_found",
    )
    service = services.services_by_id(ctx.session, {row.service_id})[row.service_id].slug
    ctx.session.delete(row)
    audit.record(ctx, "alias.delete", "service", service, before={"alias": row.alias})


def list_aliases(ctx: Ctx) -> tuple[Alias, ...]:
    """All aliases, by name."""
    ctx.require(Action.READ)
    rows = sources.list_aliases(ctx.session)
    found = services.services_by_id(ctx.session, {row.service_id for row in rows})
    return tuple(Alias(row.alias, found[row.service_id].slug) for row in rows)
