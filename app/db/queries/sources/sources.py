"""Queries on sources, routes and service aliases."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from app.db.tables import RouteRow, ServiceAliasRow, ServiceRow, SourceRow
from app.domain.texts.names import fold_name
from app.domain.texts.search import fold_text

__all__ = [
    "find_alias",
    "find_route",
    "find_source",
    "last_route_position",
    "list_aliases",
    "list_routes",
    "list_sources",
    "service_names",
    "source_by_token",
    "sources_by_id",
]


def find_source(session: Session, public_id: str) -> SourceRow | None:
    """Source by its public id."""
    return session.exec(
        select(SourceRow).where(
            SourceRow.public_id == public_id, col(SourceRow.deleted_at).is_(None)
        )
    ).first()


def source_by_token(session: Session, token_hash: str, now: datetime) -> SourceRow | None:
    """Enabled source by the hash of its token, or of its former token while that is valid."""
    former = and_(
        col(SourceRow.former_token_hash) == token_hash, col(SourceRow.former_valid_until) > now
    )
    return session.exec(
        select(SourceRow).where(
            or_(col(SourceRow.token_hash) == token_hash, former),
            col(SourceRow.is_enabled),
            col(SourceRow.deleted_at).is_(None),
        )
    ).first()


def list_sources(
    session: Session, *, before: int | None, limit: int, words: Collection[str] = ()
) -> Sequence[SourceRow]:
    """Sources, newest first, with internal ids below `before`; their name or kind has all words."""
    query = select(SourceRow).where(col(SourceRow.deleted_at).is_(None))
    if words:
        query = query.where(col(SourceRow.id).in_(_sources_with(session, words)))
    if before is not None:
        query = query.where(col(SourceRow.id) < before)
    return session.exec(query.order_by(col(SourceRow.id).desc()).limit(limit)).all()


def _sources_with(session: Session, words: Collection[str]) -> list[int | None]:
    """Internal ids of sources by folded words. SQLite folds the case of ASCII alone."""
    named = session.exec(select(SourceRow.id, SourceRow.name, SourceRow.kind)).all()
    return [
        number
        for number, name, kind in named
        if all(word in fold_text(f"{name} {kind}") for word in words)
    ]


def sources_by_id(session: Session, ids: Iterable[int]) -> dict[int, SourceRow]:
    """Sources by internal id, including deleted ones."""
    wanted = list(ids)
    if not wanted:
        return {}
    found = session.exec(select(SourceRow).where(col(SourceRow.id).in_(wanted))).all()
    return {row.id: row for row in found if row.id is not None}


def list_routes(session: Session) -> Sequence[RouteRow]:
    """All routes, in matching order."""
    return session.exec(select(RouteRow).order_by(col(RouteRow.position), col(RouteRow.id))).all()


def find_route(session: Session, public_id: str) -> RouteRow | None:
    """Route by its public id."""
    return session.exec(select(RouteRow).where(RouteRow.public_id == public_id)).first()


def last_route_position(session: Session) -> int:
    """Highest position of a route; 0 without routes."""
    return session.exec(select(func.max(RouteRow.position))).one() or 0


def service_names(session: Session) -> dict[str, int]:
    """Internal ids of the services on the page by slug and by alias, as stored."""
    on_the_page = col(ServiceRow.archived_at).is_(None)
    aliases = session.exec(
        select(ServiceAliasRow.alias, ServiceAliasRow.service_id)
        .join(ServiceRow, and_(col(ServiceRow.id) == ServiceAliasRow.service_id))
        .where(on_the_page)
    ).all()
    slugs = session.exec(select(ServiceRow.slug, ServiceRow.id).where(on_the_page)).all()
    return {**dict(aliases), **{slug: number for slug, number in slugs if number is not None}}


def find_alias(session: Session, alias: str) -> ServiceAliasRow | None:
    """Alias by its name, compared as by `fold_name`.

    Rows of earlier versions are not in NFC, so the names are compared here and not by the database.
    """
    folded_alias = fold_name(alias)
    found = {row.alias: row for row in list_aliases(session)}
    folded = (row for row in found.values() if fold_name(row.alias) == folded_alias)
    return found.get(folded_alias) or next(folded, None)


def list_aliases(session: Session) -> Sequence[ServiceAliasRow]:
    """All aliases, by name."""
    return session.exec(select(ServiceAliasRow).order_by(col(ServiceAliasRow.alias))).all()
