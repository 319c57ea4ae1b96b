"""Single sign-on: links identities of an OpenID Connect provider to users, with a mapped role."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.db.queries.publication import pending
from app.db.queries.users import oidc_identities, users
from app.db.tables import IdentityRow, UserRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.security_events import SecurityEventKind
from app.usecases import audit
from app.usecases.context import Actor, Ctx
from app.usecases.users import administration, security_events
from app.usecases.users.access import VerifiedUser, end_access
from app.usecases.users.users import create_user, normalized_email

__all__ = ["EVERYBODY", "VerifiedIdentity", "mapped_role", "sign_in"]

# In the mapping of roles: every identity that the provider signs in.
EVERYBODY = "*"

_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """An identity that a provider has verified: issuer, subject, which never changes, and e-mail
    address, None where the provider has not verified it.

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
    claim_value = _claim_value(claims, claim)
    values = {claim_value} if isinstance(claim_value, str) else set()
    if isinstance(claim_value, list):
        values = {each for each in claim_value if isinstance(each, str)}
    found = [role for value, role in roles if value in values or value == EVERYBODY]
    return max(found, key=_RANK.__getitem__, default=None)


def sign_in(ctx: Ctx, identity: VerifiedIdentity, role: Role) -> VerifiedUser:
    """The user with this identity, who has `role` from now on; another role ends the sessions.

    A new identity is linked to the user with its e-mail address, who is created when there is none;
    later the identity alone decides, whatever becomes of the address. The last admin keeps the
    role. Raises ForbiddenError (`user_disabled`) for a disabled user, InvalidError
    (`invalid_email`) for a new identity without a verified address, and ConflictError
    (`other_identity`) when the user with the address is linked to another identity.
    """
    row = oidc_identities.find_user_by_subject(ctx.session, identity.issuer, identity.subject)
    known = row is not None
    if row is None:
        row = _link(ctx, identity, role)
    if row.disabled_at is not None:
        raise ForbiddenError("This account cannot sign in.", code="user_disabled")
    ctx.actor = Actor(ActorKind.USER, row.email, Role(row.role), row.public_id)
    if known and identity.email is not None:
        _update_email(ctx, row, identity.email)
    if row.role != role.value and not (
        role is not Role.ADMIN and administration.is_last_admin(ctx, row.public_id)
    ):
        before, row.role = row.role, role.value
        end_access(ctx, row)
        change = {"role": before}, {"role": role.value}
        security_events.record(
            ctx, row, SecurityEventKind.ROLE_CHANGED, former=before, role=role.value
        )
        audit.record(ctx, "user.role", "user", row.public_id, before=change[0], after=change[1])
    return VerifiedUser.of(row)


def _link(ctx: Ctx, identity: VerifiedIdentity, role: Role) -> UserRow:
    """The user with this address, linked to the identity from now on."""
    if identity.email is None:
        raise InvalidError(
            "The identity provider has not verified the e-mail address.", code="invalid_email"
        )
    address = normalized_email(identity.email)
    ctx.actor = Actor(ActorKind.USER, address)
    row = users.find_user(ctx.session, address)
    if row is None:
        made = create_user(ctx, address, role, password=None)
        row = users.find_user(ctx.session, made.email)
    if row is None or oidc_identities.find_identity(ctx.session, row, identity.issuer) is not None:
        raise ConflictError(
            "The account at the identity provider belongs to another user.", code="other_identity"
        )
    ctx.session.add(
        IdentityRow(
            user_id=row.id or 0,
            issuer=identity.issuer,
            subject=identity.subject,
            linked_at=ctx.now,
        )
    )
    after = {"email": row.email, "role": row.role, "issuer": identity.issuer}
    audit.record(ctx, "user.single_sign_on", "user", row.public_id, after=after)
    security_events.record(ctx, row, SecurityEventKind.IDENTITY_LINKED)
    return row


def _update_email(ctx: Ctx, row: UserRow, email: str) -> None:
    """Take over an e-mail address that has changed at the provider, unless another user has it."""
    try:
        address = normalized_email(email)
    except InvalidError:
        return
    if address == row.email or users.find_user(ctx.session, address) is not None:
        return
    before, row.email = row.email, address
    # Pending texts keep their author, who must not approve them as a second person.
    pending.rename_author(ctx.session, before, address)
    ctx.actor = Actor(ActorKind.USER, address, Role(row.role), row.public_id)
    change = {"email": before}, {"email": address}
    audit.record(ctx, "user.email", "user", row.public_id, before=change[0], after=change[1])


def _claim_value(claims: Mapping[str, Any], claim: str) -> object:
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for name in claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
