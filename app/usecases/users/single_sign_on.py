"""Single sign-on: whoever an outside provider vouches for is a user here, with the mapped role."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.db.queries import oidc_identities, pending, users
from app.db.tables import IdentityRow, UserRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.usecases import audit
from app.usecases.context import Actor, Ctx
from app.usecases.users import administration
from app.usecases.users.users import create_user, normalized_email

__all__ = ["EVERYBODY", "VerifiedIdentity", "mapped_role", "sign_in"]

# In the mapping: whoever can sign in at all.
EVERYBODY = "*"

_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """Whom a provider vouches for: its name for itself, its name for them, which never changes,
    and their e-mail address, None where it does not vouch for that.

    Source: OpenID Connect Core 1.0, section 5.7: only issuer and subject together name somebody.
    """

    issuer: str
    subject: str
    email: str | None


def mapped_role(
    claims: Mapping[str, Any], claim: str, roles: Iterable[tuple[str, Role]]
) -> Role | None:
    """The highest role that a claim's values are mapped to, None for none.

    The claim is a text or a list of texts; `realm_access.roles` names one inside another.
    """
    said = _said(claims, claim)
    values = {said} if isinstance(said, str) else set()
    if isinstance(said, list):
        values = {each for each in said if isinstance(each, str)}
    found = [role for value, role in roles if value in values or value == EVERYBODY]
    return max(found, key=_RANK.__getitem__, default=None)


def sign_in(ctx: Ctx, vouched: VerifiedIdentity, role: Role) -> str:
    """The id of the user whom the provider means, with that role from now on.

    Who comes for the first time is the user with their address, made when there is none; from
    then on the account is theirs, whatever becomes of the address. The last admin stays one,
    whatever the provider says. Raises ForbiddenError (`user_disabled`) for who is kept out,
    InvalidError (`invalid_email`) for a first time without an address that is vouched for, and
    ConflictError (`other_identity`) when the account with this address is somebody else's.
    """
    row = oidc_identities.user_known_as(ctx.session, vouched.issuer, vouched.subject)
    known = row is not None
    if row is None:
        row = _first_time(ctx, vouched, role)
    if row.disabled_at is not None:
        raise ForbiddenError("This account cannot sign in.", code="user_disabled")
    ctx.actor = Actor(ActorKind.USER, row.email, Role(row.role))
    if known and vouched.email is not None:
        _follow(ctx, row, vouched.email)
    if row.role != role.value and not (
        role is not Role.ADMIN and administration.is_last_admin(ctx, row.public_id)
    ):
        before, row.role = row.role, role.value
        told = {"role": before}, {"role": role.value}
        audit.record(ctx, "user.role", "user", row.public_id, before=told[0], after=told[1])
    return row.public_id


def _first_time(ctx: Ctx, vouched: VerifiedIdentity, role: Role) -> UserRow:
    """The user with this address, who is the provider's subject from now on."""
    if vouched.email is None:
        raise InvalidError("Nobody vouches for an e-mail address.", code="invalid_email")
    address = normalized_email(vouched.email)
    ctx.actor = Actor(ActorKind.USER, address)
    row = users.find_user(ctx.session, address)
    if row is None:
        made = create_user(ctx, address, role, password=None)
        row = users.find_user(ctx.session, made.email)
    if row is None or oidc_identities.identity_at(ctx.session, row, vouched.issuer) is not None:
        raise ConflictError("This account is somebody else's there.", code="other_identity")
    ctx.session.add(
        IdentityRow(
            user_id=row.id or 0,
            issuer=vouched.issuer,
            subject=vouched.subject,
            linked_at=ctx.now,
        )
    )
    after = {"email": row.email, "role": row.role, "issuer": vouched.issuer}
    audit.record(ctx, "user.single_sign_on", "user", row.public_id, after=after)
    return row


def _follow(ctx: Ctx, row: UserRow, email: str) -> None:
    """Take over an address that has changed there, unless another user here has it."""
    try:
        address = normalized_email(email)
    except InvalidError:
        return
    if address == row.email or users.find_user(ctx.session, address) is not None:
        return
    before, row.email = row.email, address
    # What waits for a second person must not become somebody else's by that.
    pending.rename_author(ctx.session, before, address)
    ctx.actor = Actor(ActorKind.USER, address, Role(row.role))
    told = {"email": before}, {"email": address}
    audit.record(ctx, "user.email", "user", row.public_id, before=told[0], after=told[1])


def _said(claims: Mapping[str, Any], claim: str) -> object:
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for name in claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
