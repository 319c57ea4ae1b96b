"""Whether visitors can subscribe, and by which channels.

A row of `channel` says so: the process that starts Fyr records whether mail is set up, so that
pages and exports need no settings of mail.
"""

from app.db.queries.page.page_facts import read_facts
from app.db.queries.subscribers import channels, subscribers
from app.db.tables import ChannelRow
from app.ports.channel import WEBHOOK
from app.usecases.context import Ctx

__all__ = [
    "EMAIL",
    "can_notify",
    "can_subscribe",
    "form_channels",
    "record_mail_setup",
    "subscribable_channels",
]

EMAIL = "email"


def can_subscribe(ctx: Ctx) -> bool:
    """Whether the page offers visitors to subscribe, by whatever channel."""
    return bool(subscribable_channels(ctx))


def can_notify(ctx: Ctx) -> bool:
    """Whether a notification can reach anybody: visitors can subscribe, or there are subscribers.

    Rooms count: staff create them also where visitors cannot subscribe.
    """
    return can_subscribe(ctx) or subscribers.has_active(ctx.session)


def form_channels(ctx: Ctx) -> tuple[str, ...]:
    """The kinds of channels that the subscribe form offers, in its order.

    A browser subscribes by a script instead.
    """
    public = subscribable_channels(ctx)
    return tuple(kind for kind in (EMAIL, WEBHOOK) if kind in public)


def subscribable_channels(ctx: Ctx) -> tuple[str, ...]:
    """The kinds of channels that visitors can subscribe with."""
    return tuple(read_facts(ctx.session).channels)


def record_mail_setup(ctx: Ctx, *, is_set_up: bool) -> bool:
    """Record whether mail is set up; returns whether that has changed."""
    row = channels.find_channel(ctx.session, EMAIL)
    if is_set_up == (row is not None and row.is_enabled):
        return False
    if row is None:
        row = ChannelRow(
            kind=EMAIL, is_enabled=True, is_public=True, options={}, changed_at=ctx.now
        )
        ctx.session.add(row)
    row.is_enabled, row.changed_at = is_set_up, ctx.now
    ctx.touch()
    return True
