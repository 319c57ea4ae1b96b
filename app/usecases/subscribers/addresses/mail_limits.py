"""Limit on the mails that somebody else can have sent to an address, such as by the subscribe form.

`mac` is the keyed hash of the address. The number is locked by `subscription_requests.lock_count`.
"""

from app.db.queries.subscribers import subscription_requests
from app.db.tables import RequestedMailRow
from app.domain.notifications.request_limits import MAIL_PERIOD, is_mail_allowed
from app.usecases.context import Ctx

__all__ = ["count_mail", "may_mail"]


def may_mail(ctx: Ctx, mac: str) -> bool:
    """Whether the address may be sent a further mail now."""
    sent, latest = subscription_requests.mails_since(ctx.session, mac, ctx.now - MAIL_PERIOD)
    return is_mail_allowed(sent, latest, ctx.now)


def count_mail(ctx: Ctx, mac: str) -> None:
    """Count a mail to the address."""
    ctx.session.add(RequestedMailRow(mac=mac, sent_at=ctx.now))
