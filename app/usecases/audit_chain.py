"""Audit chain: each entry of the audit log has the hash of the former one, in order of commit.

A changed, inserted or removed entry shows when the hashes are computed again. Somebody who can
write to the database can also compute them all anew, so the last hash has to be known elsewhere:
in an export, or noted.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from sqlmodel import Session

from app.db.queries import audit
from app.db.tables import AuditEntryRow
from app.usecases.context import Ctx, new_id

__all__ = [
    "EXPIRE",
    "ChainFault",
    "ChainedEntry",
    "NotedEntry",
    "Verification",
    "append",
    "delete_expired",
    "verify",
]

ChainedEntry = Mapping[str, str | int | None]

EXPIRE = "audit.expire"
# The former hash of the first entry of all.
_ORIGIN = "0" * 64
# Entries of releases without the chain are chained with the next writes, so many at once.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first entry that does not fit: its position and public id, and what is wrong with it.

    `changed`: its fields are not those that were hashed. `detached`: it does not follow the entry
    before it, which was changed or removed. `removed`: earlier entries are missing, and no entry
    says that their retention had ended. `replaced`: it has another hash than the one that was noted
    of its position. `ended`: it is the last one, before the position that was noted; no entry has
    the position 0 and the id "".
    """

    position: int
    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class NotedEntry:
    """What was noted of the last entry at an earlier verification: its position and its hash."""

    position: int
    hash: str

    def is_contradicted_by(self, position: int | None, found: str | None) -> bool:
        """Whether the entry at the noted position has another hash."""
        return position == self.position and found != self.hash


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of a verification: the number of verified entries, and the first fault.

    `position` and `hash` are those of the last verified entry. `unchained` entries, at most 500 of
    them, have no hash yet: they were written by a release without the chain.
    """

    entries: int
    position: int
    hash: str
    unchained: int
    fault: ChainFault | None


def append(session: Session) -> Sequence[ChainedEntry]:
    """Chain the entries that are not chained yet, as the last part of a transaction.

    Returns what the log has of them: all but the fields that changed, which can be texts.
    """
    session.flush()
    audit.lock_chain(session)
    last, rows = audit.end_of_chain(session, _BATCH)
    position, former = (0, _ORIGIN) if last is None else (last.position or 0, last.hash or _ORIGIN)
    for row in rows:
        position += 1
        row.position, row.former_hash = position, former
        row.hash = former = _hash(row)
    session.flush()
    return [_logged(row) for row in rows]


def verify(ctx: Ctx, noted: NotedEntry | None = None) -> Verification:
    """Compute all hashes again, up to the first fault.

    `noted` was the last entry once. It has to be in the chain still, unless its retention has
    ended: entries at the end can be removed without a trace in the others.
    """
    unchained = len(audit.unchained_entries(ctx.session, _BATCH))
    entries, position, former = 0, 0, _ORIGIN
    # Where the chain begins, and which beginnings the ends of retention explain.
    start = (0, _ORIGIN)
    starts = {start}
    first_id = last_id = ""
    for row in _entries(ctx.session):
        if not entries:
            start, first_id = ((row.position or 0) - 1, row.former_hash or ""), row.public_id
            position, former = start
        kind = _fault(row, position, former, noted)
        if kind is not None:
            found = ChainFault(row.position or 0, row.public_id, kind)
            return Verification(entries, position, former, unchained, found)
        if row.action == EXPIRE and row.after:
            starts.add((int(row.after.get("until", 0)), str(row.after.get("hash"))))
        entries, position, former = entries + 1, row.position or 0, row.hash or ""
        last_id = row.public_id
    fault = None
    if (entries and start not in starts) or (noted and noted.is_contradicted_by(*start)):
        fault = ChainFault(start[0] + 1, first_id, "removed")
    elif noted and noted.position > position:
        fault = ChainFault(position, last_id, "ended")
    return Verification(entries, position, former, unchained, fault)


def delete_expired(ctx: Ctx, days: int) -> None:
    """Delete the entries that are older than `days`, and record how far; 0 keeps all of them."""
    last = audit.last_before(ctx.session, ctx.now - timedelta(days=days)) if days else None
    # An entry that only says that entries were deleted is not a reason to delete again.
    if last is None or last.position is None or last.action == EXPIRE:
        return
    row = AuditEntryRow(
        public_id=new_id(),
        at=ctx.now,
        actor_kind=ctx.actor.kind.value,
        actor_name=ctx.actor.name,
        action=EXPIRE,
        subject="audit",
        subject_id="",
        after={"until": last.position, "hash": last.hash, "days": days},
    )
    ctx.session.add(row)
    append(ctx.session)
    audit.delete_until(ctx.session, last.position)


def _entries(session: Session) -> Iterator[AuditEntryRow]:
    after = 0
    while batch := audit.chained_entries(session, after=after, limit=_BATCH):
        yield from batch
        after = batch[-1].position or 0
        session.expunge_all()


def _logged(row: AuditEntryRow) -> ChainedEntry:
    return {
        "position": row.position,
        "id": row.public_id,
        "at": row.at.isoformat(),
        "actor_kind": row.actor_kind,
        "actor": row.actor_name,
        "action": row.action,
        "subject": row.subject,
        "subject_id": row.subject_id,
        "hash": row.hash,
    }


def _fault(row: AuditEntryRow, position: int, former: str, noted: NotedEntry | None) -> str | None:
    if row.hash != _hash(row):
        return "changed"
    if row.position != position + 1 or row.former_hash != former:
        return "detached"
    if noted is not None and noted.is_contradicted_by(row.position, row.hash):
        return "replaced"
    return None


def _hash(row: AuditEntryRow) -> str:
    """The SHA-256 of an entry and of the hash of the former one, over canonical JSON."""
    content = {
        "position": row.position,
        "former": row.former_hash,
        "id": row.public_id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": row.actor_kind,
        "actor_name": row.actor_name,
        "action": row.action,
        "subject": row.subject,
        "subject_id": row.subject_id,
        "before": row.before,
        "after": row.after,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
