from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.states import DeliveryState
from app.usecases.outbox import deliveries
from app.web.api.fields import ResponseSchema

__all__ = ["Delivery", "DeliveryDetail"]


class Delivery(ResponseSchema):
    """Message to one subscriber. `address` is masked for editors; it is the name of a room.

    `subscriber` and `address` are null when the subscriber was deleted since.
    """

    id: str
    notice: str
    event: NoticeEvent
    subject: str
    channel: str
    subscriber: str | None
    address: str | None
    state: DeliveryState
    attempts: int
    code: Annotated[str | None, Field(description="The code of the last failure.")]
    detail: Annotated[str | None, Field(description="What the receiving system replied. Admins.")]
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    is_repeat: Annotated[bool, Field(description="Whether staff sent it again.")]

    @classmethod
    def of(cls, delivery: deliveries.Delivery) -> "Delivery":
        return cls(
            id=delivery.id,
            notice=delivery.notice,
            event=NoticeEvent(delivery.event),
            subject=delivery.thread,
            channel=delivery.channel,
            subscriber=delivery.subscriber,
            address=delivery.address,
            state=delivery.state,
            attempts=delivery.attempts,
            code=delivery.code,
            detail=delivery.detail,
            created_at=delivery.made_at,
            due_at=delivery.due_at,
            expires_at=delivery.expires_at,
            finished_at=delivery.finished_at,
            is_repeat=delivery.repeats,
        )


class DeliveryAttempt(ResponseSchema):
    """Failed attempt of a delivery."""

    attempted_at: datetime
    code: str
    detail: str | None
    milliseconds: int


class DeliveryDetail(Delivery):
    """Delivery with its failed attempts, newest first."""

    failed_attempts: list[DeliveryAttempt]

    @classmethod
    def detailed(cls, detail: deliveries.DeliveryDetail) -> "DeliveryDetail":
        return cls(
            **Delivery.of(detail.delivery).model_dump(),
            failed_attempts=[
                DeliveryAttempt(
                    attempted_at=each.attempted_at,
                    code=each.code,
                    detail=each.detail,
                    milliseconds=each.milliseconds,
                )
                for each in detail.attempts
            ],
        )
