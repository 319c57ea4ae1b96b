"""Tables of users, API tokens, stored responses (idempotency) and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Text
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = ["AuditEntryRow", "IdempotencyRow", "RemovedEntriesRow", "TokenRow", "UserRow"]


class UserRow(Row, table=True):
    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    email: str = Field(sa_type=Text, unique=True)
    role: str = Field(sa_type=Text)
    password_hash: str | None = Field(default=None, sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    # Encrypted with a key derived from FYR_SECRET_KEY. The first code activates the pending one.
    totp_secret: str | None = Field(default=None, sa_type=Text)
    totp_pending: str | None = Field(default=None, sa_type=Text)
    totp_last_step: int | None = Field(default=None)
    # Grows when the password, role, second factor or activation changes: a sign-in that was
    # verified with a former value does not become a session.
    access_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = instant()
    signed_in_at: datetime | None = instant(nullable=True)
    disabled_at: datetime | None = instant(nullable=True)


class TokenRow(Row, table=True):
    """An API token. Only its SHA-256 is stored, which is enough for 256 random bits.

    `owner_id` is the user who answers for the token; None when the shell has created it for nobody.
    """

    __tablename__ = "token"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    token_hash: str = Field(sa_type=Text, unique=True)
    created_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)
    owner_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    # None for tokens of releases in which tokens did not expire.
    expires_at: datetime | None = instant(nullable=True)
    last_used_at: datetime | None = instant(nullable=True)


class IdempotencyRow(Row, table=True):
    """The stored response to a write with an Idempotency-Key; `status` is 0 until it is known.

    `checked` are the names of what the write required of its actor; None for responses of releases
    that did not store it.
    """

    __tablename__ = "idempotency"

    actor: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    request_hash: str = Field(sa_type=Text)
    status: int
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = instant(index=True)
    checked: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class AuditEntryRow(Row, table=True):
    """An action of an actor on a subject; `before` and `after` have the fields that changed.

    `position` counts the entries in the order of their commits, and `hash` covers the entry and
    `former_hash`, the hash of the entry before; None until the entry is chained.
    """

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    at: datetime = instant(index=True)
    actor_kind: str = Field(sa_type=Text)
    actor_name: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    subject_id: str = Field(sa_type=Text, index=True)
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    after: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    position: int | None = Field(default=None, index=True, unique=True)
    former_hash: str | None = Field(default=None, sa_type=Text)
    hash: str | None = Field(default=None, sa_type=Text)


class RemovedEntriesRow(Row, table=True):
    """The number of removed audit entries about an incident or maintenance that visitors saw.

    The SEQUENCE of a calendar event counts them, and must not decrease.
    """

    __tablename__ = "removed_entries"

    subject_id: str = Field(primary_key=True, sa_type=Text)
    entries: int
