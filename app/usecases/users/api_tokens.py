"""API tokens: the secret is shown once at creation; only its hash is stored.

The owner of a token is the person who answers for it. What the token sends counts as the owner's:
the owner cannot approve it as a second person, and the token cannot approve what the owner wrote.
"""

from dataclasses import dataclass, field
from datetime import datetime

from app.db.queries import users
from app.db.tables import TokenRow, UserRow
from app.domain.errors import InvalidError, UnauthenticatedError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role, lower_role
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id, required
from app.usecases.secret_tokens import digest, fresh_secret

__all__ = ["CreatedToken", "StaffToken", "actor_of", "add_token", "list_tokens", "revoke_token"]

_PREFIX = "fyr_"


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """A token just created. `secret` is shown this once and stored nowhere."""

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffToken:
    """A token without its secret.

    `owner` is the e-mail address of the user who answers for it, None for a token without an owner.
    `revoked_at` is None while the token is valid.
    """

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    revoked_at: datetime | None


def list_tokens(ctx: Ctx) -> tuple[StaffToken, ...]:
    """All tokens, revoked ones too, oldest first. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    return tuple(
        StaffToken(
            row.public_id,
            row.name,
            Role(row.role),
            None if owner is None else owner.email,
            row.created_at,
            row.revoked_at,
        )
        for row, owner in users.list_tokens(ctx.session)
    )


def add_token(ctx: Ctx, name: str, role: Role, *, owner: str | None = None) -> CreatedToken:
    """Create a token of the user with the e-mail address `owner`; by default, of the actor.

    Raises InvalidError for an empty or long name, for an unknown or disabled owner, and for a role
    above that of the owner; ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        raise InvalidError(
            "A token's name has 1 to 100 printable characters.", code="invalid_name", field="name"
        )
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
    )
    ctx.session.add(row)
    email = None if user is None else user.email
    after = {"name": name, "role": role.value, "owner": email}
    audit.record(ctx, "token.add", "token", row.public_id, after=after)
    return CreatedToken(row.public_id, row.name, role, email, row.created_at, secret)


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

    Raises UnauthenticatedError when the token is unknown or revoked, or its owner is disabled.
    """
    found = users.token_by_hash(ctx.session, digest(secret))
    if found is None or not _is_valid(*found):
        raise UnauthenticatedError("This token is not known or was revoked.")
    row, owner = found
    name, role = f"{row.name} ({row.public_id})", Role(row.role)
    if owner is None:
        return Actor(ActorKind.TOKEN, name, role)
    return Actor(ActorKind.TOKEN, name, lower_role(role, Role(owner.role)), owner.public_id)


def _is_valid(row: TokenRow, owner: UserRow | None) -> bool:
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
