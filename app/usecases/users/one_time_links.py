"""Links that do one thing once: short-lived, kept as hashes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.db.queries import sessions, users
from app.db.tables import OneTimeLinkRow, UserRow
from app.domain.errors import NotFoundError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id
from app.usecases.secret_tokens import digest, fresh_secret
from app.usecases.users.passwords import hashed
from app.usecases.users.users import User, create_user, user_record

__all__ = [
    "FIRST_ADMIN_LASTS",
    "FreshLink",
    "Purpose",
    "accept_invitation",
    "check_first_admin_link",
    "create_first_admin",
    "create_invitation",
    "first_admin_link",
    "invited_user",
    "revoke_links",
    "second_factor_link",
    "second_factor_user",
    "use_second_factor_link",
]

FIRST_ADMIN_LASTS = timedelta(hours=1)
_HALF_WAY_LASTS = timedelta(minutes=10)
_INVITATION_LASTS = timedelta(days=7)


class Purpose(StrEnum):
    """What a link is for."""

    FIRST_ADMIN = "first_admin"
    INVITATION = "invitation"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link just made. `secret` is the end of its address; it is kept nowhere."""

    expires_at: datetime
    secret: str = field(repr=False)


def first_admin_link(ctx: Ctx) -> FreshLink | None:
    """A link that makes the first admin, the only one that does; None when there is a user.

    For the shell: whoever reads what it prints may do everything already.
    """
    ctx.require(Action.CONFIGURE)
    if users.some_user(ctx.session):
        return None
    sessions.drop_links(ctx.session, Purpose.FIRST_ADMIN)
    return _made(ctx, Purpose.FIRST_ADMIN, None, FIRST_ADMIN_LASTS)


def check_first_admin_link(ctx: Ctx, secret: str) -> None:
    """Raises NotFoundError unless this link makes the first admin now."""
    _first_admin(ctx, secret)


def create_first_admin(ctx: Ctx, secret: str, email: str, password: str) -> User:
    """Make the first admin. Raises NotFoundError when the link is no longer good, InvalidError."""
    link = _first_admin(ctx, secret)
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _spent()
    user = create_user(ctx, email, Role.ADMIN, password=password)
    audit.record(ctx, "user.first_admin", "user", user.id, after={"email": user.email})
    return user


def second_factor_link(ctx: Ctx, user_id: str) -> FreshLink | None:
    """For who has given the password: what the second factor is sent with; None without one."""
    user = users.find_user_by_id(ctx.session, user_id)
    if user is None or user.totp_secret is None:
        return None
    return _made(ctx, Purpose.SECOND_FACTOR, user.id, _HALF_WAY_LASTS)


def second_factor_user(ctx: Ctx, secret: str) -> User:
    """Who has given the password. Raises NotFoundError when that was too long ago."""
    _, user = _of_user(ctx, secret, Purpose.SECOND_FACTOR)
    return user_record(user)


def use_second_factor_link(ctx: Ctx, secret: str) -> None:
    """The second factor was right as well: this works once. Raises NotFoundError."""
    link, _ = _of_user(ctx, secret, Purpose.SECOND_FACTOR)
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _spent()


def create_invitation(ctx: Ctx, user: UserRow) -> FreshLink:
    """A link with which a user chooses a password, the only one that does.

    For a use case that has made sure that there may be one.
    """
    sessions.drop_links(ctx.session, Purpose.INVITATION, user.id)
    return _made(ctx, Purpose.INVITATION, user.id, _INVITATION_LASTS)


def invited_user(ctx: Ctx, secret: str) -> User:
    """Whose password this link chooses. Raises NotFoundError when it is no longer good."""
    _, user = _of_user(ctx, secret, Purpose.INVITATION)
    return user_record(user)


def accept_invitation(ctx: Ctx, secret: str, password: str) -> User:
    """Take the password for the user's own, and sign out whoever knew another.

    Raises NotFoundError when the link is no longer good, InvalidError.
    """
    link, user = _of_user(ctx, secret, Purpose.INVITATION)
    user.password_hash = hashed(password)
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _spent()
    for session in sessions.list_sessions(ctx.session, user.id):
        ctx.session.delete(session)
    ctx.actor = Actor(ActorKind.USER, user.email, Role(user.role))
    audit.record(ctx, "user.accept", "user", user.public_id)
    return user_record(user)


def revoke_links(ctx: Ctx, user: UserRow) -> None:
    """Make every link of a user open nothing any more."""
    for purpose in (Purpose.INVITATION, Purpose.SECOND_FACTOR):
        sessions.drop_links(ctx.session, purpose, user.id)


def _of_user(ctx: Ctx, secret: str, purpose: Purpose) -> tuple[OneTimeLinkRow, UserRow]:
    link = sessions.find_link(ctx.session, digest(secret))
    if link is None or link.user_id is None or not _is_good(ctx, link, purpose):
        raise _spent()
    user = ctx.session.get(UserRow, link.user_id)
    if user is None or user.disabled_at is not None:
        raise _spent()
    return link, user


def _made(ctx: Ctx, purpose: Purpose, user: int | None, lasts: timedelta) -> FreshLink:
    secret = fresh_secret()
    row = OneTimeLinkRow(
        public_id=new_id(),
        purpose=purpose.value,
        user_id=user,
        token_hash=digest(secret),
        created_at=ctx.now,
        expires_at=ctx.now + lasts,
    )
    ctx.session.add(row)
    return FreshLink(row.expires_at, secret)


def _is_good(ctx: Ctx, link: OneTimeLinkRow, purpose: Purpose) -> bool:
    return link.purpose == purpose and link.used_at is None and link.expires_at > ctx.now


def _first_admin(ctx: Ctx, secret: str) -> OneTimeLinkRow:
    link = sessions.find_link(ctx.session, digest(secret))
    if link is None or not _is_good(ctx, link, Purpose.FIRST_ADMIN) or users.some_user(ctx.session):
        raise _spent()
    return link


def _spent() -> NotFoundError:
    return NotFoundError(
        "This link has been used, or is too old. An admin makes a new one; while there is no "
        "user, `fyr serve` prints one.",
        code="link_spent",
    )
