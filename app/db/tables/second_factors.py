"""Tables of recovery codes, their key, passkeys, and identities at single sign-on providers."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = ["IdentityRow", "InstallationSecretRow", "PasskeyRow", "RecoveryCodeRow"]


class RecoveryCodeRow(Row, table=True):
    """A recovery code for a lost second factor: 80 random bits, stored as an HMAC with a key of the
    installation.
    """

    __tablename__ = "recovery_code"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    code_hash: str = Field(sa_type=Text)
    used_at: datetime | None = instant(nullable=True)


class PasskeyRow(Row, table=True):
    """A passkey (WebAuthn): the public key; the private key stays in the authenticator."""

    __tablename__ = "passkey"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    user_id: int = Field(foreign_key="user_account.id", index=True)
    # base64url, as browsers send it
    credential_id: str = Field(sa_type=Text, unique=True)
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sign_count: int
    name: str = Field(sa_type=Text)
    created_at: datetime = instant()
    last_used_at: datetime | None = instant(nullable=True)


class IdentityRow(Row, table=True):
    """The account of a user at a single sign-on provider: its issuer and its subject."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id")
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    linked_at: datetime = instant()


class InstallationSecretRow(Row, table=True):
    """A random secret of the installation, encrypted with a key derived from FYR_SECRET_KEY.

    What is hashed with such a secret stays valid when FYR_SECRET_KEY is rotated.
    """

    __tablename__ = "installation_secret"

    name: str = Field(primary_key=True, sa_type=Text)
    encrypted: str = Field(sa_type=Text)
