"""New subscribers, before they have confirmed."""

from secrets import token_bytes

from app.db.tables import SubscriberRow
from app.domain.notifications.states import SubscriberState
from app.usecases.context import Ctx, new_id

__all__ = ["SECRET_BYTES", "new_subscriber"]

SECRET_BYTES = 32


def new_subscriber(ctx: Ctx, channel: str, address: str, key: str) -> SubscriberRow:
    """A new pending subscriber. The calling use case sets its choices, which adds the row."""
    return SubscriberRow(
        public_id=new_id(),
        channel=channel,
        address=address,
        address_key=key,
        options={},
        secret=token_bytes(SECRET_BYTES),
        language="",
        state=SubscriberState.PENDING,
        is_room=False,
        incidents="",
        maintenances="",
        minimum="",
        whole_page=False,
        created_at=ctx.now,
        troubles=[],
    )
