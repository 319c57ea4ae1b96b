from datetime import datetime

from app.domain.notifications.notified import NotifiedCount
from app.web.api.fields import ResponseSchema

__all__ = ["Notified"]


class Notified(ResponseSchema):
    """How many subscribers were notified, and when the first and the last message was sent.

    Null while messages are on the way, and unless `show_notified` of the page is on.
    """

    count: int
    first_sent_at: datetime
    last_sent_at: datetime

    @classmethod
    def of(cls, count: NotifiedCount | None) -> "Notified | None":
        if count is None:
            return None
        return cls(count=count.number, first_sent_at=count.first_at, last_sent_at=count.last_at)
