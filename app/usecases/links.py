"""Links that do one thing once: short-lived, kept as hashes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.db import sessions, users
from app.db.tables import OneTimeLinkRow
from app.domain.errors import NotFoundError
from app.domain.permissions import Action, Role
from app.usecases import audit
from app.usecases.context import Ctx, new_id
from app.usecases.secrets_kept import digest, fresh_secret
from app.usecases.users import Member, create_user

__all__ = ["FIRST_ADMIN_LASTS", "FreshLink", "Purpose", "first_admin", "opens", "welcome"]

FIRST_ADMIN_LASTS = timedelta(hours=1)


class Purpose(StrEnum):
    """What a link is for."""

    FIRST_ADMIN = "first_admin"


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link just made. `secret` is the end of its address; it is kept nowhere."""

    expires_at: datetime
    secret: str = field(repr=False)


def first_admin(ctx: Ctx) -> FreshLink | None:
    """A link that makes the first admin, the only one that does; None when there is a user.

    For the shell: whoever reads what it prints may do everything already.
    """
    ctx.require(Action.CONFIGURE)
    if users.some_user(ctx.session):
        return None
    sessions.drop_links(ctx.session, Purpose.FIRST_ADMIN)
    secret = fresh_secret()
    row = OneTimeLinkRow(
        public_id=new_id(),
        purpose=Purpose.FIRST_ADMIN.value,
        token_hash=digest(secret),
        created_at=ctx.now,
        expires_at=ctx.now + FIRST_ADMIN_LASTS,
    )
    ctx.session.add(row)
    return FreshLink(row.expires_at, secret)


def opens(ctx: Ctx, secret: str) -> None:
    """Raises NotFoundError unless this link makes the first admin now."""
    _first_admin(ctx, secret)


def welcome(ctx: Ctx, secret: str, email: str, password: str) -> Member:
    """Make the first admin. Raises NotFoundError when the link is no longer good, InvalidError."""
    link = _first_admin(ctx, secret)
    if not sessions.use_link(ctx.session, link, ctx.now):
        raise _spent()
    member = create_user(ctx, email, Role.ADMIN, password=password)
    audit.record(ctx, "user.first_admin", "user", member.id, after={"email": member.email})
    return member


def _first_admin(ctx: Ctx, secret: str) -> OneTimeLinkRow:
    link = sessions.find_link(ctx.session, digest(secret))
    usable = (
        link is not None
        and link.purpose == Purpose.FIRST_ADMIN
        and link.used_at is None
        and link.expires_at > ctx.now
    )
    if link is None or not usable or users.some_user(ctx.session):
        raise _spent()
    return link


def _spent() -> NotFoundError:
    return NotFoundError(
        "This link has been used, or is too old. `fyr serve` prints a new one while there is "
        "no user.",
        code="link_spent",
    )
