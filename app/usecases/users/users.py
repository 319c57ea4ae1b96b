"""Users: their record, and adding one."""

import re
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.users import users
from app.db.tables import UserRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.users.passwords.passwords import MINIMUM_PASSWORD, PasswordHash

__all__ = [
    "MINIMUM_PASSWORD",
    "User",
    "accessible_user",
    "add_user",
    "create_user",
    "normalized_email",
    "user_record",
]

# Deliberately loose: one @, no spaces. Whether mail arrives is the only real test.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True, slots=True)
class User:
    """A user. `language` is that of their console, None while they have not chosen."""

    id: str
    email: str
    role: Role
    created_at: datetime
    language: str | None = None
    disabled_at: datetime | None = None


def add_user(ctx: Ctx, email: str, role: Role, *, password: PasswordHash | None = None) -> User:
    """Add a user. Without a password the account cannot sign in with one yet.

    Raises InvalidError, ConflictError when the address is taken, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    user = create_user(ctx, email, role, password=password)
    audit.record(ctx, "user.add", "user", user.id, after={"email": user.email, "role": role.value})
    return user


def create_user(ctx: Ctx, email: str, role: Role, *, password: PasswordHash | None) -> User:
    """Create a user; the calling use case has checked the permission.

    Raises InvalidError, and ConflictError when the address is taken.
    """
    address = normalized_email(email)
    if users.find_user(ctx.session, address) is not None:
        raise ConflictError(
            f"There is a user {address} already.", code="email_taken", field="email"
        )
    row = UserRow(
        public_id=new_id(),
        email=address,
        role=role.value,
        password_hash=None if password is None else password.text,
        created_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    return user_record(row)


def normalized_email(email: str) -> str:
    """The e-mail address in lower case. Raises InvalidError for a text that is no address."""
    address = email.strip().casefold()
    if not _EMAIL.fullmatch(address) or not address.isprintable():
        raise InvalidError(
            f"{email[:80]!r} is not an e-mail address.", code="invalid_email", field="email"
        )
    return address


def user_record(row: UserRow) -> User:
    """The record of a user's row."""
    return User(
        row.public_id, row.email, Role(row.role), row.created_at, row.language, row.disabled_at
    )


def accessible_user(ctx: Ctx, user_id: str) -> UserRow:
    """The user's row, if it is the actor's own or the actor is an admin.

    Raises NotFoundError, and ForbiddenError for another user.
    """
    row = users.find_user_by_id(ctx.session, user_id)
    is_own = row is not None and ctx.actor.kind is ActorKind.USER and row.email == ctx.actor.name
    if not is_own:
        ctx.require(Action.CONFIGURE)
    return required(row, "There is no such user.", code="user_not_found")
