"""Staff members."""

import re
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher

from app.db import users
from app.db.tables import UserRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action, Role
from app.usecases import audit
from app.usecases.context import Ctx, new_id

__all__ = ["MINIMUM_PASSWORD", "Member", "add_user", "list_users"]

MINIMUM_PASSWORD = 12

# Deliberately loose: one @, no spaces. Whether mail arrives is the only real test.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True, slots=True)
class Member:
    """A staff member."""

    id: str
    email: str
    role: Role
    created_at: datetime


def add_user(ctx: Ctx, email: str, role: Role, *, password: str | None = None) -> Member:
    """Add a staff member. Without a password the account cannot sign in with one yet.

    Raises InvalidError, ConflictError when the address is taken, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    address = email.strip().casefold()
    if not _EMAIL.fullmatch(address) or not address.isprintable():
        raise InvalidError(f"{email[:80]!r} is not an e-mail address.", field="email")
    if password is not None and not MINIMUM_PASSWORD <= len(password) <= 1000:
        raise InvalidError(
            f"A password has {MINIMUM_PASSWORD} to 1000 characters.", field="password"
        )
    if users.find_user(ctx.session, address) is not None:
        raise ConflictError(f"There is a user {address} already.", code="email_taken")
    row = UserRow(
        public_id=new_id(),
        email=address,
        role=role.value,
        password_hash=None if password is None else PasswordHasher().hash(password),
        created_at=ctx.now,
    )
    ctx.session.add(row)
    audit.record(
        ctx, "user.add", "user", row.public_id, after={"email": address, "role": role.value}
    )
    return _member(row)


def list_users(ctx: Ctx) -> tuple[Member, ...]:
    """All staff members, oldest first."""
    ctx.require(Action.CONFIGURE)
    return tuple(_member(row) for row in users.list_users(ctx.session))


def _member(row: UserRow) -> Member:
    return Member(row.public_id, row.email, Role(row.role), row.created_at)
