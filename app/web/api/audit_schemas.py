from datetime import datetime
from typing import Any

from app.usecases import audit
from app.web.api.fields import ResponseSchema

__all__ = ["AuditEntry"]


class AuditEntry(ResponseSchema):
    """An action of an actor on a subject; `before` and `after` have the fields that changed.

    `hash` is computed over the entry and `former_hash`, the hash of the entry at the position
    before. The three are null until the next change, for entries of releases without the chain.
    """

    id: str
    at: datetime
    actor_kind: str
    actor_name: str
    action: str
    subject: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    position: int | None
    former_hash: str | None
    hash: str | None

    @classmethod
    def of(cls, entry: audit.AuditEntry) -> "AuditEntry":
        return cls(
            id=entry.id,
            at=entry.at,
            actor_kind=entry.actor_kind,
            actor_name=entry.actor_name,
            action=entry.action,
            subject=entry.subject,
            subject_id=entry.subject_id,
            before=None if entry.before is None else dict(entry.before),
            after=None if entry.after is None else dict(entry.after),
            position=entry.position,
            former_hash=entry.former_hash,
            hash=entry.hash,
        )
