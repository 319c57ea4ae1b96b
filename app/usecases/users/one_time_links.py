"""One-time links: first admin, invitation, reset, second step. Only hashes are stored."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.db.queries.users import sessions, users
from app.db.tables import OneTimeLinkRow, UserRow
from app.domain.errors import NotFoundError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.domain.security_events import SecurityEventKind
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id
from app.usecases.secret_tokens import digest, fresh_secret
from app.usecases.users import security_events
from app.usecases.users.access import VerifiedUser, end_access
from app.usecases.users.passwords.passwords import PasswordHash
from app.usecases.users.users import User, create_user, user_record

__all__ = [
    "FIRST_ADMIN_LASTS",
    "FreshLink",
    "Purpose",
    "accept_invitation",
    "check_first_admin_link",
    "create_first_admin",
    "create_invitation",
    "create_reset_link",
    "first_admin_link",
    "invited_user",
    "second_factor_link",
    "second_factor_user",
    "use_second_factor_link",
]

FIRST_ADMIN_LASTS = timedelta(hours=1)
_HALF_WAY_LASTS = timedelta(minutes=10)
_INVITATION_LASTS = timedelta(days=7)
_RESET_LASTS = timedelta(hours=1)


class Purpose(StrEnum):
    """What a link can be used for."""

    FIRST_ADMIN = "first_admin"
    INVITATION = "invitation"
    RESET = "reset"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link just created. `secret` is the last part of its URL; it is stored nowhere."""

    expires_at: datetime
    secret: str = field(repr=False)


def first_admin_link(ctx: Ctx) -> FreshLink | None:
    """The only valid link for creating the first admin; None when there is a user.

    For the shell, whose operator has access to everything anyway.
    """
    ctx.require(Action.CONFIGURE)
    if users.has_users(ctx.session):
        return None
    sessions.delete_links(ctx.session, Purpose.FIRST_ADMIN)
    return _created(ctx, Purpose.FIRST_ADMIN, None, FIRST_ADMIN_LASTS)


def check_first_admin_link(ctx: Ctx, secret: str) -> None:
    """Raises NotFoundError unless this link can create the first admin."""
    _first_admin(ctx, secret)


def create_first_admin(ctx: Ctx, secret: str, email: str, password: PasswordHash) -> VerifiedUser:
    """Create the first admin. Raises NotFoundError for an invalid link, InvalidError."""
    link = _first_admin(ctx, secret)
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _link_spent()
    user = create_user(ctx, email, Role.ADMIN, password=password)
    audit.record(ctx, "user.first_admin", "user", user.id, after={"email": user.email})
    return VerifiedUser(user.id, 0)


def second_factor_link(ctx: Ctx, verified: VerifiedUser) -> FreshLink | None:
    """The link that the second factor is submitted with, after the password was correct; None
    when the user has no second factor.

    Raises NotFoundError when the user's access has changed since the password was verified.
    """
    user = users.lock_user(ctx.session, verified.id)
    if user is None or user.access_version != verified.access_version:
        raise _link_spent()
    if user.totp_secret is None:
        return None
    return _created(ctx, Purpose.SECOND_FACTOR, user.id, _HALF_WAY_LASTS)


def second_factor_user(ctx: Ctx, secret: str) -> User:
    """The user whose password was correct. Raises NotFoundError when that was too long ago."""
    _, user = _of_user(ctx, secret, Purpose.SECOND_FACTOR)
    return user_record(user)


def use_second_factor_link(ctx: Ctx, secret: str) -> VerifiedUser:
    """Mark the link as used, after the second factor was correct. Raises NotFoundError."""
    link, user = _of_user(ctx, secret, Purpose.SECOND_FACTOR)
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _link_spent()
    return VerifiedUser.of(user)


def create_invitation(ctx: Ctx, user: UserRow) -> FreshLink:
    """The only valid link with which a user chooses a password.

    The calling use case has checked the permission.
    """
    sessions.delete_links(ctx.session, Purpose.INVITATION, user.id)
    return _created(ctx, Purpose.INVITATION, user.id, _INVITATION_LASTS)


def create_reset_link(ctx: Ctx, user: UserRow, *, requested_at: datetime) -> FreshLink:
    """A link with which a user who lost the password chooses another one.

    It lasts for an hour, and ends the links that were created before it was requested. Those of
    former attempts to send this request stay valid until one is used: each attempt has the
    Message-ID of the request, and of several mails with one Message-ID, mail servers may deliver
    the first alone. An invitation stays valid: anybody can request this link. For the worker,
    which sends it to the user's address alone.
    """
    sessions.delete_links(ctx.session, Purpose.RESET, user.id, before=requested_at)
    return _created(ctx, Purpose.RESET, user.id, _RESET_LASTS)


def invited_user(ctx: Ctx, secret: str) -> User:
    """The user of a link for choosing a password. Raises NotFoundError for an invalid link."""
    _, user = _of_user(ctx, secret, Purpose.INVITATION, Purpose.RESET)
    return user_record(user)


def accept_invitation(ctx: Ctx, secret: str, password: PasswordHash) -> VerifiedUser:
    """Set the password of the user of a link, and end the user's sessions and other links.

    Raises NotFoundError for an invalid link.
    """
    link, user = _of_user(ctx, secret, Purpose.INVITATION, Purpose.RESET)
    user.password_hash = password.text
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _link_spent()
    end_access(ctx, user)
    ctx.actor = Actor(ActorKind.USER, user.email, Role(user.role), user.public_id)
    audit.record(ctx, "user.accept", "user", user.public_id)
    security_events.record(ctx, user, SecurityEventKind.PASSWORD_CHANGED)
    return VerifiedUser.of(user)


def _of_user(ctx: Ctx, secret: str, *purposes: Purpose) -> tuple[OneTimeLinkRow, UserRow]:
    link = sessions.find_link(ctx.session, digest(secret))
    if link is None or link.user_id is None or not _is_valid(ctx, link, *purposes):
        raise _link_spent()
    user = ctx.session.get(UserRow, link.user_id)
    if user is None or user.disabled_at is not None:
        raise _link_spent()
    return link, user


def _created(ctx: Ctx, purpose: Purpose, user: int | None, lasts: timedelta) -> FreshLink:
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


def _is_valid(ctx: Ctx, link: OneTimeLinkRow, *purposes: Purpose) -> bool:
    return link.purpose in purposes and link.used_at is None and link.expires_at > ctx.now


def _first_admin(ctx: Ctx, secret: str) -> OneTimeLinkRow:
    link = sessions.find_link(ctx.session, digest(secret))
    if (
        link is None
        or not _is_valid(ctx, link, Purpose.FIRST_ADMIN)
        or users.has_users(ctx.session)
    ):
        raise _link_spent()
    return link


def _link_spent() -> NotFoundError:
    return NotFoundError(
        (
            "This link has been used or has expired. An admin can create a new one; while "
            "there is no user, `fyr serve` prints one."
        ),
        code="link_spent",
    )
