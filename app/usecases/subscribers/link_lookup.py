"""Lookup of the subscriber that a link in a mail belongs to."""

from app.db.queries.subscribers import subscribers
from app.db.tables import SubscriberRow
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, is_valid, public_id_in
from app.usecases.context import Ctx

__all__ = ["subscriber_of_link"]

_NO_ID, _NO_SECRET = "0" * 12, bytes(32)


def subscriber_of_link(
    ctx: Ctx, link: str, purpose: LinkPurpose, *, lock: bool = True
) -> SubscriberRow | None:
    """The subscriber whose token for this purpose `link` is; locked, unless it is only read.

    None when there is none. A token of somebody unknown and a wrong signature take equal time.
    """
    public_id = public_id_in(link)
    if public_id is None:
        return None
    find = subscribers.lock_subscriber if lock else subscribers.find_subscriber
    row = find(ctx.session, public_id)
    known = (_NO_ID, _NO_SECRET) if row is None else (row.public_id, row.secret)
    return row if is_valid(link, *known, purpose) and row is not None else None
