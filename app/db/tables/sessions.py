"""Tables of console sessions, sign-in attempts, one-time links and security events."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = ["OneTimeLinkRow", "SecurityEventRow", "SignInAttemptRow", "StaffSessionRow"]


class StaffSessionRow(Row, table=True):
    """A session of a browser; only the SHA-256 of its token of 256 random bits is stored."""

    __tablename__ = "staff_session"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    user_id: int = Field(foreign_key="user_account.id", index=True)
    token_hash: str = Field(sa_type=Text, unique=True)
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    user_agent: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    # How the user signed in; None in sessions of releases that did not record it.
    method: str | None = Field(default=None, sa_type=Text)


class SignInAttemptRow(Row, table=True):
    """A sign-in attempt, deleted after a success. `account` is a hash: a user may have typed
    something confidential, such as the password, into the field for the address.
    """

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant(index=True)
    account: str = Field(sa_type=Text, index=True)
    address: str = Field(sa_type=Text, index=True)


class OneTimeLinkRow(Row, table=True):
    """A link that works once, such as for the first admin. Only the SHA-256 is stored."""

    __tablename__ = "one_time_link"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    purpose: str = Field(sa_type=Text)
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    token_hash: str = Field(sa_type=Text, unique=True)
    created_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    used_at: datetime | None = instant(nullable=True)


class SecurityEventRow(Row, table=True):
    """A change of a user's access, or a sign-in from a new device, which the user is shown."""

    __tablename__ = "security_event"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    at: datetime = instant(index=True)
    kind: str = Field(sa_type=Text)
    # Who did it, and details such as the browser and its address.
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    seen_at: datetime | None = instant(nullable=True)
