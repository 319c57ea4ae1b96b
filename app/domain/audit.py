"""Which entries of the audit trail somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["AuditFilter"]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; None looks for anything.

    `actor` is part of a name, `action` what a deed begins with (`incident` or `incident.open`),
    `subject` a kind of thing, `subject_id` one thing. Entries lie at or after `since` and before
    `until`.
    """

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
