"""Security events: changes of a user's access, and sign-ins from new devices, for the user to see.

`record` is the only place that creates one: a notification by mail starts there.
"""

from datetime import datetime, timedelta

from app.db.queries.users import security_events, users
from app.db.tables import SecurityEventRow, UserRow
from app.domain.ownership import ActorKind
from app.domain.security_events import SecurityEvent, SecurityEventKind
from app.usecases.context import Ctx
from app.usecases.users import staff_mail
from app.usecases.users.users import accessible_user

__all__ = [
    "delete_old",
    "list_events",
    "mark_seen",
    "record",
    "unseen_events",
]

_MAX_AGE = timedelta(days=90)
_MOST_LISTED = 20
_LONGEST_DETAIL = 300


def record(ctx: Ctx, user: UserRow, kind: SecurityEventKind, **data: str) -> None:
    """Record an event in the transaction of the change, to be shown to the user in the console.

    `data` never contains a secret. Where mail is set up, the user is sent a mail.
    """
    by = {} if _is_own(ctx, user) else {"by": ctx.actor.name}
    details = {name: value[:_LONGEST_DETAIL] for name, value in {**data, **by}.items()}
    if user.id is None:
        ctx.session.flush()
    ctx.session.add(
        SecurityEventRow(user_id=user.id or 0, at=ctx.now, kind=kind.value, data=details)
    )
    staff_mail.enqueue_event(ctx, user, kind, details)


def list_events(ctx: Ctx, user_id: str) -> tuple[SecurityEvent, ...]:
    """The latest events of a user, newest first. For the user, and for admins."""
    row = accessible_user(ctx, user_id)
    found = security_events.list_events(ctx.session, row.id or 0, limit=_MOST_LISTED)
    return tuple(_event(each) for each in found)


def unseen_events(ctx: Ctx, user_id: str) -> tuple[SecurityEvent, ...]:
    """The events that the user has not confirmed yet, newest first."""
    row = accessible_user(ctx, user_id)
    found = security_events.list_events(
        ctx.session, row.id or 0, limit=_MOST_LISTED, only_unseen=True
    )
    return tuple(_event(each) for each in found)


def mark_seen(ctx: Ctx, user_id: str, until: datetime) -> None:
    """Mark the events up to `until` as seen: later ones were not on the user's screen."""
    row = users.find_user_by_id(ctx.session, user_id)
    if row is not None and _is_own(ctx, row):
        security_events.mark_seen(ctx.session, row.id or 0, until, ctx.now)


def delete_old(ctx: Ctx) -> None:
    """Delete the events that are older than 90 days."""
    security_events.delete_before(ctx.session, ctx.now - _MAX_AGE)


def _is_own(ctx: Ctx, user: UserRow) -> bool:
    return ctx.actor.kind is ActorKind.USER and ctx.actor.name == user.email


def _event(row: SecurityEventRow) -> SecurityEvent:
    data = {name: str(value) for name, value in row.data.items()}
    return SecurityEvent(SecurityEventKind(row.kind), row.at, data.pop("by", None), data)
