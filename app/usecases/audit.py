"""Audit log: actor, time and action of every change, with its fields before and after.

An entry is written in the transaction of the change itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db.queries import audit
from app.db.tables import AuditEntryRow
from app.domain.audit import AuditFilter
from app.domain.permissions import Action
from app.domain.validation import check_time
from app.usecases.context import Ctx, new_id
from app.usecases.pagination import CursorPage, page_of

__all__ = ["AuditEntry", "entry_batches", "entry_fields", "list_entries", "record"]

_EXPORT_BATCH = 500


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One recorded action. `before` and `after` hold the fields that changed.

    `position`, `hash` and the hash of the former entry are None until the entry is chained, which
    for entries of releases without the chain is with the next write.
    """

    id: str
    at: datetime
    actor_kind: str
    actor_name: str
    action: str
    subject: str
    subject_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    position: int | None = None
    former_hash: str | None = None
    hash: str | None = None


def record(
    ctx: Ctx,
    action: str,
    subject: str,
    subject_id: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record that the actor did `action`, such as `incident.open`, to a subject."""
    ctx.audited = True
    ctx.session.add(
        AuditEntryRow(
            public_id=new_id(),
            at=ctx.now,
            actor_kind=ctx.actor.kind.value,
            actor_name=ctx.actor.name,
            action=action,
            subject=subject,
            subject_id=subject_id,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
        )
    )


def entry_fields(entry: AuditEntry) -> Mapping[str, Any]:
    """The fields of an entry as JSON values, for exports."""
    return {
        "position": entry.position,
        "id": entry.id,
        "at": entry.at.isoformat(),
        "actor_kind": entry.actor_kind,
        "actor": entry.actor_name,
        "action": entry.action,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "before": entry.before,
        "after": entry.after,
        "former_hash": entry.former_hash,
        "hash": entry.hash,
    }


def list_entries(
    ctx: Ctx, filters: AuditFilter, *, cursor: str | None, limit: int
) -> CursorPage[AuditEntry]:
    """The entries that match the filter, newest first.

    Raises ForbiddenError, and InvalidError on a foreign cursor or an instant without a zone.
    """
    ctx.require(Action.AUDIT)
    for at, name in ((filters.since, "since"), (filters.until, "until")):
        if at is not None:
            check_time(at, field=name)
    return page_of(
        lambda before, size: audit.list_entries(
            ctx.session, before=before, limit=size, filters=filters
        ),
        lambda row: AuditEntry(
            row.public_id,
            row.at,
            row.actor_kind,
            row.actor_name,
            row.action,
            row.subject,
            row.subject_id,
            row.before,
            row.after,
            row.position,
            row.former_hash,
            row.hash,
        ),
        cursor=cursor,
        limit=limit,
    )


def entry_batches(
    reading: Callable[[], AbstractContextManager[Ctx]], filters: AuditFilter
) -> Iterator[Sequence[AuditEntry]]:
    """All entries that match the filters, newest first, for exports.

    Each batch is read in a transaction of its own, which `reading` opens: a long log must neither
    fill memory nor keep one transaction open. Raises what `list_entries` raises.
    """
    cursor: str | None = None
    while True:
        with reading() as ctx:
            ctx.require(Action.AUDIT)
            filters = audit.with_actor_names(ctx.session, filters)
            found = list_entries(ctx, filters, cursor=cursor, limit=_EXPORT_BATCH)
        yield found.items
        cursor = found.next
        if cursor is None:
            return
