"""Table of mails to staff that are waiting or were sent lately."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field

from app.db.base import Row, instant, partial_index, public_id

__all__ = ["StaffMailRow"]


class StaffMailRow(Row, table=True):
    """A mail to a user of the console about the user's own access.

    `kind` is that of the security event, or `reset_link` for a link that somebody requested: what
    `address` is to Fyr, the worker looks up then, and `user_id` is None. `data` are the
    details of the event. `place` and `mac` are keyed hashes of where the request came from and of
    the address, for limits. The address and the data are deleted when the mail is finished, the
    row a day later. `code` says why it was not sent. `worker` sends it until `leased_until`.
    """

    __tablename__ = "staff_mail"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    kind: str = Field(sa_type=Text)
    user_id: int | None = Field(
        default=None, foreign_key="user_account.id", ondelete="CASCADE", index=True
    )
    address: str | None = Field(default=None, sa_type=Text)
    data: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    place: str | None = Field(default=None, sa_type=Text, index=True)
    mac: str | None = Field(default=None, sa_type=Text, index=True)
    made_at: datetime = instant(index=True)
    due_at: datetime = instant()
    expires_at: datetime = instant()
    attempts: int
    leased_until: datetime | None = instant(nullable=True)
    worker: str | None = Field(default=None, sa_type=Text)
    finished_at: datetime | None = instant(nullable=True)
    code: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        partial_index("ix_staff_mail_waiting", "due_at", "id", where="finished_at IS NULL"),
    )
