"""Outbox of mails to staff: the worker takes one, sends it, and records what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.db.queries.users import staff_mail, users
from app.db.tables import StaffMailRow, UserRow
from app.domain.notifications.request_limits import DAY, MAIL_PERIOD, is_mail_allowed
from app.domain.notifications.retries import EMAIL_RETRIES, retry_pause
from app.ports.channel import FailureScope, SendError
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.users import one_time_links
from app.usecases.users.staff_mail import RESET_LINK

__all__ = [
    "StaffMail",
    "delete_old",
    "has_due",
    "record_failure",
    "record_sent",
    "renew_lease",
    "take_next",
]

_LEASE = timedelta(seconds=60)
_LANE_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StaffMail:
    """A mail to a user. `language` is that of the user's console, None when none was chosen.

    `data` are the details of an event; `secret` is the last part of the URL of a link.
    """

    number: int
    id: str
    kind: str
    address: str = field(repr=False)
    language: str | None
    made_at: datetime
    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str | None = field(default=None, repr=False)


def has_due(ctx: Ctx) -> bool:
    """Whether a mail can be sent now. Only reads."""
    return staff_mail.has_due(ctx.session, ctx.now)


def take_next(ctx: Ctx, worker: str) -> StaffMail | None:
    """The next mail, which this worker holds for a minute; None when there is none.

    The link of a requested mail is created here: its secret is stored nowhere, and another attempt
    makes another link, beside which the former ones stay valid. A request for an address that is
    not one of a user's ends here.
    """
    while (row := staff_mail.lock_next(ctx.session, ctx.now)) is not None:
        user = _user(ctx, row)
        if row.expires_at <= ctx.now or user is None or not _is_allowed(ctx, row):
            _finish(ctx, row, "expired" if row.expires_at <= ctx.now else "not_sent")
            continue
        row.worker, row.leased_until = worker, ctx.now + _LEASE
        secret = None
        if row.kind == RESET_LINK:
            link = one_time_links.create_reset_link(ctx, user, requested_at=row.made_at)
            secret = link.secret
            audit.record(ctx, "user.reset_link", "user", user.public_id)
        ctx.session.add(row)
        return StaffMail(
            number=row.id or 0,
            id=row.public_id,
            kind=row.kind,
            address=row.address or "",
            language=user.language,
            made_at=row.made_at,
            data={name: str(value) for name, value in (row.data or {}).items()},
            secret=secret,
        )
    return None


def renew_lease(ctx: Ctx, number: int, worker: str) -> None:
    """Hold a mail for another minute, while it is being sent."""
    row = staff_mail.find_mail(ctx.session, number, worker)
    if row is not None:
        row.leased_until = ctx.now + _LEASE
        ctx.session.add(row)


def record_sent(ctx: Ctx, number: int, worker: str) -> None:
    """Record that the relay has accepted a mail."""
    row = staff_mail.find_mail(ctx.session, number, worker)
    if row is not None:
        row.attempts += 1
        _finish(ctx, row, None)


def record_failure(ctx: Ctx, number: int, worker: str, error: SendError) -> None:
    """Record a failure: the mail is tried again until it expires, or is given up.

    A failure of the relay is no attempt.
    """
    row = staff_mail.find_mail(ctx.session, number, worker)
    if row is None:
        return
    row.worker = row.leased_until = None
    if error.scope is FailureScope.LANE:
        pause: timedelta | None = _LANE_PAUSE
    else:
        row.attempts += 1
        pause = retry_pause(EMAIL_RETRIES, row.attempts, jitter=0.0, retry_after=error.retry_after)
    if error.is_permanent or pause is None or ctx.now + pause >= row.expires_at:
        _finish(ctx, row, error.code)
        return
    row.due_at = ctx.now + pause
    ctx.session.add(row)


def delete_old(ctx: Ctx) -> None:
    """Delete mails a day after they were finished; links after 30, for the limit of an address."""
    staff_mail.delete_finished(ctx.session, ctx.now - DAY, RESET_LINK, ctx.now - MAIL_PERIOD)


def _user(ctx: Ctx, row: StaffMailRow) -> UserRow | None:
    """The user whom a mail is for; None when there is none who may sign in.

    Who has no password signs in in another way, or has an invitation: no link is sent.
    """
    if row.user_id is not None:
        return ctx.session.get(UserRow, row.user_id)
    user = users.find_user(ctx.session, row.address or "")
    if user is None or user.disabled_at is not None or user.password_hash is None:
        return None
    return user


def _is_allowed(ctx: Ctx, row: StaffMailRow) -> bool:
    """Whether the address may be sent a further link."""
    if row.mac is None:
        return True
    sent, latest = staff_mail.sent_links(ctx.session, row.mac, ctx.now - MAIL_PERIOD)
    return is_mail_allowed(sent, latest, ctx.now)


def _finish(ctx: Ctx, row: StaffMailRow, reason: str | None) -> None:
    row.finished_at, row.code = ctx.now, reason
    row.address = row.data = row.worker = row.leased_until = None
    ctx.session.add(row)
    ctx.session.flush()
