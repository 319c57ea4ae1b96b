"""Tables of notices, their messages, and the outbox of deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant, partial_index, public_id

__all__ = [
    "DeliveryAttemptRow",
    "DeliveryRow",
    "LaneRow",
    "MailPictureRow",
    "MessagePictureRow",
    "MessageRow",
    "NoticeRow",
    "WorkerMarkRow",
]

_WAITING = "state = 'waiting'"
_SENDING = "state = 'sending'"
_DEAD = "state = 'dead'"
_OPEN = "state IN ('waiting', 'sending')"


class NoticeRow(Row, table=True):
    """A change that subscribers are notified of, stored in the transaction that makes it.

    `key` makes an event that two writers notice one notice, such as `incident.updated/UPDATE`.
    `thread` is `incident:PUBLICID`, `maintenance:PUBLICID` or `maintenance:PUBLICID/STAMP`, with
    `subject_kind` and `subject_id` of the row. `services` are the row ids of every service that
    the subject has ever named. `cursor` is the row id of the last subscriber that has a delivery;
    `fanned_out_at` is set when all have, `audience` is their number then. `details` has what an
    event needs besides its update, such as the window that a reminder is about. `done_at` is when
    the last of its deliveries had ended: `sent` of them were sent by then, between `first_sent_at`
    and `last_sent_at`.
    """

    __tablename__ = "notice"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    key: str = Field(sa_type=Text, unique=True)
    event: str = Field(sa_type=Text)
    thread: str = Field(sa_type=Text, index=True)
    subject_kind: str = Field(sa_type=Text)
    subject_id: int | None = None
    update_id: int | None = None
    services: list[int] = Field(sa_column=Column(JSON, nullable=False))
    impact: str = Field(sa_type=Text)
    priority: int
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    actor_kind: str = Field(sa_type=Text)
    actor_name: str = Field(sa_type=Text)
    made_at: datetime = instant(index=True)
    expires_at: datetime = instant()
    cursor: int
    fanned_out_at: datetime | None = instant(nullable=True)
    audience: int | None = None
    done_at: datetime | None = instant(nullable=True)
    sent: int | None = None
    first_sent_at: datetime | None = instant(nullable=True)
    last_sent_at: datetime | None = instant(nullable=True)

    __table_args__ = (
        partial_index("ix_notice_not_done", "id", where="done_at IS NULL"),
        partial_index("ix_notice_not_fanned_out", "priority", "id", where="fanned_out_at IS NULL"),
    )


class MessageRow(Row, table=True):
    """A notice rendered in one language and time zone. It never changes.

    `content` is the message as JSON (usecases.outbox.messages). `is_foreign`: a text of staff is
    shown in another language.
    """

    __tablename__ = "message"

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", ondelete="CASCADE")
    language: str = Field(sa_type=Text)
    time_zone: str = Field(sa_type=Text)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    is_foreign: bool
    sha256: str = Field(sa_type=Text)
    made_at: datetime = instant()

    __table_args__ = (UniqueConstraint("notice_id", "language", "time_zone"),)


class MailPictureRow(Row, table=True):
    """A picture that mails contain: a copy of the logo at that time, which never changes.

    `content_id` has its hash. `used_at` is when a message was last stored with it.
    """

    __tablename__ = "mail_picture"

    id: int | None = Field(default=None, primary_key=True)
    content_id: str = Field(sa_type=Text, unique=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    used_at: datetime = instant()


class MessagePictureRow(Row, table=True):
    """That the mails of a message contain a picture."""

    __tablename__ = "message_picture"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", ondelete="CASCADE")
    picture_id: int = Field(foreign_key="mail_picture.id", index=True, ondelete="CASCADE")

    __table_args__ = (UniqueConstraint("message_id", "picture_id"),)


class DeliveryRow(Row, table=True):
    """One message to one subscriber.

    There is one per subscriber and notice, besides those that staff sent again, which name the
    former one in `repeats`. `worker` is who claimed it, until `leased_until`. `code` and `detail`
    describe the last failure. `external_id` is what the receiving system calls the message.
    """

    __tablename__ = "delivery"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    notice_id: int = Field(foreign_key="notice.id")
    subscriber_id: int | None = Field(
        default=None, foreign_key="subscriber.id", ondelete="SET NULL"
    )
    channel: str = Field(sa_type=Text)
    lane: str = Field(sa_type=Text)
    thread: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    priority: int
    due_at: datetime = instant()
    expires_at: datetime = instant()
    leased_until: datetime | None = instant(nullable=True)
    worker: str | None = Field(default=None, sa_type=Text)
    attempts: int
    code: str | None = Field(default=None, sa_type=Text)
    detail: str | None = Field(default=None, sa_type=Text)
    external_id: str | None = Field(default=None, sa_type=Text)
    message_id: int | None = Field(default=None, foreign_key="message.id", ondelete="SET NULL")
    replaced_by: int | None = None
    repeats: int | None = None
    made_at: datetime = instant(index=True)
    finished_at: datetime | None = instant(nullable=True)
    bounced_at: datetime | None = instant(nullable=True)

    __table_args__ = (
        partial_index(
            "uq_delivery_notice_id_subscriber_id",
            "notice_id",
            "subscriber_id",
            unique=True,
            where="repeats IS NULL",
        ),
        partial_index("ix_delivery_waiting", "lane", "priority", "due_at", "id", where=_WAITING),
        partial_index("ix_delivery_thread_open", "subscriber_id", "thread", "id", where=_OPEN),
        # The times of sending in order, for the percentiles of a notice; counts by state too.
        Index("ix_delivery_notice_id_times", "notice_id", "state", "repeats", "finished_at"),
        partial_index("ix_delivery_dead", "id", where=_DEAD),
        Index("ix_delivery_subscriber_id_thread", "subscriber_id", "thread"),
        partial_index("ix_delivery_leased", "leased_until", where=_SENDING),
    )


class DeliveryAttemptRow(Row, table=True):
    """A failed attempt of a delivery."""

    __tablename__ = "delivery_attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True, ondelete="CASCADE")
    attempted_at: datetime = instant()
    code: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
    milliseconds: int


class LaneRow(Row, table=True):
    """Circuit breaker of a lane: nothing is sent through it before `paused_until`.

    `rate` is the messages per second, None for no limit. `next_at` is the turn of the next message
    of a lane with a limited rate: workers have reserved the turns before it.
    """

    __tablename__ = "lane"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Text, unique=True)
    paused_until: datetime | None = instant(nullable=True)
    failures: int
    last_code: str | None = Field(default=None, sa_type=Text)
    last_detail: str | None = Field(default=None, sa_type=Text)
    rate: float | None = None
    next_at: datetime | None = instant(nullable=True)


class WorkerMarkRow(Row, table=True):
    """Until when a periodic task of the workers has looked, such as at windows that begin."""

    __tablename__ = "worker_mark"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Text, unique=True)
    looked_until: datetime = instant()
