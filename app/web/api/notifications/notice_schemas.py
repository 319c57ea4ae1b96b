from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.states import DeliveryState
from app.usecases.outbox import progress
from app.web.api.fields import ResponseSchema

__all__ = ["Notice", "NoticeDetail"]


class Notice(ResponseSchema):
    """Change that subscribers are notified of, with the numbers of its deliveries by state.

    `subject` is such as `incident:ID`, `maintenance:ID` or `maintenance:ID/OCCURRENCE`.
    """

    id: str
    event: NoticeEvent
    subject: str
    update: str | None
    created_at: datetime
    audience: Annotated[
        int | None, Field(description="The number of deliveries; null until all are created.")
    ]
    deliveries: dict[DeliveryState, int]
    median_seconds: Annotated[
        float | None, Field(description="From the change to the sending; null before the first.")
    ]
    p95_seconds: float | None
    last_sent_at: datetime | None

    @classmethod
    def of(cls, notice: progress.NoticeProgress) -> "Notice":
        return cls(
            id=notice.id,
            event=NoticeEvent(notice.event),
            subject=notice.thread,
            update=notice.update,
            created_at=notice.made_at,
            audience=notice.audience,
            deliveries=dict(notice.counts),
            median_seconds=notice.median_seconds,
            p95_seconds=notice.p95_seconds,
            last_sent_at=notice.last_sent_at,
        )


class DeliveryCount(ResponseSchema):
    """Number of deliveries. `language` is null where the subscriber was deleted since."""

    channel: str
    language: str | None
    state: DeliveryState
    number: int


class NoticeDetail(Notice):
    """Notice, with its deliveries by channel, language and state."""

    counts: list[DeliveryCount]

    @classmethod
    def detailed(cls, detail: progress.NoticeDetail) -> "NoticeDetail":
        return cls(
            **Notice.of(detail.progress).model_dump(),
            counts=[
                DeliveryCount(
                    channel=each.channel,
                    language=each.language,
                    state=each.state,
                    number=each.number,
                )
                for each in detail.sums
            ],
        )
