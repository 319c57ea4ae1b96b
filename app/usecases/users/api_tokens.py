"""API tokens: the secret is shown once at creation; only its hash is stored.

The owner of a token is the person who answers for it. What the token sends counts as the owner's:
the owner cannot approve it as a second person, and the token cannot approve what the owner wrote.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.db.queries.users import users
from app.db.tables import TokenRow, UserRow
from app.domain.errors import InvalidError, UnauthenticatedError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role, lower_role
from app.domain.validation import check_range
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id, required
from app.usecases.secret_tokens import digest, fresh_secret
from app.usecases.users import sessions

__all__ = [
    "DEFAULT_DAYS",
    "CreatedToken",
    "StaffToken",
    "actor_of",
    "add_token",
    "find_by_secret",
    "is_use_due",
    "list_tokens",
    "record_use",
    "revoke_token",
]

DEFAULT_DAYS = 365

_PREFIX = "fyr_"
_MAX_DAYS = 3650
_WARNING = timedelta(days=30)
# `last_used_at` is exact to a quarter of an hour, so that not every request is a write.
_USED_EVERY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """A token just created. `secret` is shown this once and stored nowhere."""

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    expires_at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffToken:
    """A token without its secret.

    `owner` is the e-mail address of the user who answers for it, None for a token without an owner.
    `revoked_at` is None until the token is revoked, `expires_at` is None for tokens of releases
    in which tokens did not expire. `last_used_at` is exact to a quarter of an hour.
    """

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_expired(self, now: datetime) -> bool:
        """Whether the token has expired."""
        return self.expires_at is not None and self.expires_at <= now

    def expires_soon(self, now: datetime) -> bool:
        """Whether the token expires within 30 days."""
        return self.expires_at is not None and now < self.expires_at <= now + _WARNING


def list_tokens(ctx: Ctx) -> tuple[StaffToken, ...]:
    """All tokens, revoked ones too, oldest first. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    return tuple(_record(row, owner) for row, owner in users.list_tokens(ctx.session))


def find_by_secret(ctx: Ctx, secret: str) -> StaffToken | None:
    """The token with this secret, also a revoked one: a secret that was found somewhere is to be
    revoked. Raises ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    found = users.token_by_hash(ctx.session, digest(secret))
    return found and _record(*found)


def _record(row: TokenRow, owner: UserRow | None) -> StaffToken:
    return StaffToken(
        row.public_id,
        row.name,
        Role(row.role),
        None if owner is None else owner.email,
        row.created_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
    )


def add_token(
    ctx: Ctx, name: str, role: Role, *, owner: str | None = None, days: int = DEFAULT_DAYS
) -> CreatedToken:
    """Create a token of the user with the e-mail address `owner`; by default, of the actor.

    It expires after `days`. Raises InvalidError for another number than 1 to 3650, for an empty or
    long name, for an unknown or disabled owner, and for a role
    above that of the owner; ForbiddenError, also when the actor is a token whose owner has not
    signed in lately.
    """
    ctx.require(Action.CONFIGURE)
    sessions.check_owner_signed_in(ctx)
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        raise InvalidError(
            "A token's name has 1 to 100 printable characters.", code="invalid_name", field="name"
        )
    check_range(days, 1, _MAX_DAYS, field="days")
    user = _owner(ctx, owner)
    if user is not None and lower_role(role, Role(user.role)) is not role:
        raise InvalidError(
            f"The owner has the role {user.role}. Choose that role or a lower one.",
            code="role_above_owner",
            field="role",
            data={"role": user.role},
        )
    secret = _PREFIX + fresh_secret()
    row = TokenRow(
        public_id=new_id(),
        name=name.strip(),
        role=role.value,
        token_hash=digest(secret),
        created_at=ctx.now,
        owner_id=None if user is None else user.id,
        expires_at=ctx.now + timedelta(days=days),
    )
    ctx.session.add(row)
    email = None if user is None else user.email
    after = {"name": name, "role": role.value, "owner": email}
    audit.record(ctx, "token.add", "token", row.public_id, after=after)
    expires_at = ctx.now + timedelta(days=days)
    return CreatedToken(row.public_id, row.name, role, email, ctx.now, expires_at, secret)


def revoke_token(ctx: Ctx, public_id: str) -> None:
    """Revoke a token; revoking it again changes nothing.

    Raises NotFoundError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    row = required(
        users.find_token(ctx.session, public_id), "There is no such token.", code="token_not_found"
    )
    if row.revoked_at is None:
        row.revoked_at = ctx.now
        audit.record(ctx, "token.revoke", "token", row.public_id, before={"name": row.name})


def actor_of(ctx: Ctx, secret: str) -> Actor:
    """The actor of the token `secret`, with the lower of the roles of the token and its owner.

    Raises UnauthenticatedError when the token is unknown, revoked or expired, or its
    owner is disabled.
    """
    found = users.token_by_hash(ctx.session, digest(secret))
    if found is None or not _is_valid(ctx, *found):
        raise UnauthenticatedError("This token is not known, has expired or was revoked.")
    row, owner = found
    name, role = f"{row.name} ({row.public_id})", Role(row.role)
    if owner is None:
        return Actor(ActorKind.TOKEN, name, role)
    return Actor(ActorKind.TOKEN, name, lower_role(role, Role(owner.role)), owner.public_id)


def is_use_due(ctx: Ctx, secret: str) -> bool:
    """Whether a use of the token has to be recorded now."""
    found = users.token_by_hash(ctx.session, digest(secret))
    latest = None if found is None else found[0].last_used_at
    return found is not None and (latest is None or ctx.now - latest >= _USED_EVERY)


def record_use(ctx: Ctx, secret: str) -> None:
    """Record that the token was used now."""
    found = users.token_by_hash(ctx.session, digest(secret))
    if found is not None:
        found[0].last_used_at = ctx.now


def _is_valid(ctx: Ctx, row: TokenRow, owner: UserRow | None) -> bool:
    if row.expires_at is not None and row.expires_at <= ctx.now:
        return False
    return row.revoked_at is None and (owner is None or owner.disabled_at is None)


def _owner(ctx: Ctx, email: str | None) -> UserRow | None:
    """The user with this address, or the person behind the actor. Raises InvalidError."""
    if email is None:
        mine = ctx.actor.user_id
        return None if mine is None else users.find_user_by_id(ctx.session, mine)
    user = users.find_user(ctx.session, email.strip().casefold())
    if user is None or user.disabled_at is not None:
        raise InvalidError(
            "The owner of a token is a user who may sign in. Give the user's e-mail address.",
            code="unknown_owner",
            field="owner",
        )
    return user
