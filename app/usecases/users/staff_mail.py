"""Mail to staff about their own access: stored with the change, sent by the worker.

An event of a user (app.usecases.users.security_events) is mailed to the user. On the sign-in page
anybody may request a link to set a new password; the request is stored without a look at the users,
so that neither the answer nor its duration shows whether the address is one of theirs.
"""

from collections.abc import Mapping
from datetime import timedelta

from app.db.queries.subscribers import channels
from app.db.queries.users import staff_mail
from app.db.tables import StaffMailRow, UserRow
from app.domain.errors import NotFoundError
from app.domain.notifications.request_limits import (
    DAY,
    MOST_OF_PLACE_IN_A_DAY,
    MOST_OF_PLACE_LATELY,
    PLACE_PERIOD,
)
from app.domain.security_events import SecurityEventKind
from app.usecases.context import Ctx, new_id
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.availability import EMAIL
from app.usecases.users.users import normalized_email

__all__ = ["RESET_LINK", "enqueue_event", "is_mail_on", "request_link"]

# The kind of a mail with a link to set a new password.
RESET_LINK = "reset_link"
_EVENT_EXPIRES = timedelta(days=1)
_LINK_EXPIRES = timedelta(hours=1)
_THROTTLED = "throttled"


def is_mail_on(ctx: Ctx) -> bool:
    """Whether mail is set up."""
    return channels.is_enabled(ctx.session, EMAIL)


def enqueue_event(
    ctx: Ctx, user: UserRow, kind: SecurityEventKind, details: Mapping[str, str]
) -> None:
    """Store a mail about an event in the transaction of the event, where mail is set up."""
    if is_mail_on(ctx):
        row = _row(ctx, kind.value, user.email, _EVENT_EXPIRES)
        row.user_id, row.data = user.id, dict(details)
        ctx.session.add(row)


def request_link(ctx: Ctx, hashes: AddressHashes, email: str, place: str) -> None:
    """Store the request of a link for the worker. `place` is the address that it came from.

    Raises NotFoundError where mail is not set up, and InvalidError when the address is malformed.
    Beyond a limit the answer is equal, and nothing is sent.
    """
    if not is_mail_on(ctx):
        raise NotFoundError("Mail is not set up.")
    address = normalized_email(email)
    hashed_place = hashes.of_place(ctx, place)
    in_a_day, lately = staff_mail.count_of_place(
        ctx.session, hashed_place, day_ago=ctx.now - DAY, lately=ctx.now - PLACE_PERIOD
    )
    if in_a_day >= MOST_OF_PLACE_IN_A_DAY:
        return
    row = _row(ctx, RESET_LINK, address, _LINK_EXPIRES)
    row.place = hashed_place
    row.mac = hashes.of_address(ctx, RESET_LINK, address)
    # No limit for all places together: a stranger could keep the links from all staff. Mails are
    # sent to users only, and the worker limits those to each of them.
    if lately >= MOST_OF_PLACE_LATELY:
        row.address, row.finished_at, row.code = None, ctx.now, _THROTTLED
    ctx.session.add(row)


def _row(ctx: Ctx, kind: str, address: str, lasts: timedelta) -> StaffMailRow:
    return StaffMailRow(
        public_id=new_id(),
        kind=kind,
        address=address,
        made_at=ctx.now,
        due_at=ctx.now,
        expires_at=ctx.now + lasts,
        attempts=0,
    )
