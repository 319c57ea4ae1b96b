"""Filter of the audit log."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["AuditFilter"]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions of audit log entries; None matches all.

    `actor`: a part of the name. `actor_names`: whole names, in place of `actor`. `user_id`: the
    public id of a user, whose API tokens count as the user. `action`: a prefix, such as `incident`
    or `incident.open`. `subject`: the kind of the subject. `subject_id`: its public id. Entries are
    at or after `since` and before `until`.
    """

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    user_id: str | None = None
    actor_names: tuple[str, ...] | None = None
