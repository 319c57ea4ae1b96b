"""API tokens: the secret is shown once at creation; only its hash is stored."""

from dataclasses import dataclass, field
from datetime import datetime

from app.db.queries import users
from app.db.tables import TokenRow
from app.domain.errors import InvalidError, UnauthenticatedError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
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
    created_at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffToken:
    """A token without its secret. `revoked_at` is None while the token is valid."""

    id: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None


def list_tokens(ctx: Ctx) -> tuple[StaffToken, ...]:
    """All tokens, revoked ones too, oldest first. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    return tuple(
        StaffToken(row.public_id, row.name, Role(row.role), row.created_at, row.revoked_at)
        for row in users.list_tokens(ctx.session)
    )


def add_token(ctx: Ctx, name: str, role: Role) -> CreatedToken:
    """Create a token. Raises InvalidError for an empty or long name, ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        raise InvalidError(
            "A token's name has 1 to 100 printable characters.", code="invalid_name", field="name"
        )
    secret = _PREFIX + fresh_secret()
    row = TokenRow(
        public_id=new_id(),
        name=name.strip(),
        role=role.value,
        token_hash=digest(secret),
        created_at=ctx.now,
    )
    ctx.session.add(row)
    audit.record(ctx, "token.add", "token", row.public_id, after={"name": name, "role": role.value})
    return CreatedToken(row.public_id, row.name, role, row.created_at, secret)


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
    """The actor of the token `secret`. Raises UnauthenticatedError when unknown or revoked."""
    row = users.token_by_hash(ctx.session, digest(secret))
    if row is None or row.revoked_at is not None:
        raise UnauthenticatedError("This token is not known or was revoked.")
    return Actor(ActorKind.TOKEN, f"{row.name} ({row.public_id})", Role(row.role))
