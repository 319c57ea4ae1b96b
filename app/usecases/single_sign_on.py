"""Single sign-on: whoever an outside provider vouches for is a user here, with the mapped role."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.db import users
from app.domain.errors import ForbiddenError
from app.domain.permissions import Role
from app.usecases import audit, members
from app.usecases.context import Ctx
from app.usecases.users import create_user

__all__ = ["EVERYBODY", "admit", "mapped_role"]

# In the mapping: whoever can sign in at all.
EVERYBODY = "*"

_RANK = {role: rank for rank, role in enumerate(Role)}


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


def admit(ctx: Ctx, email: str, role: Role) -> str:
    """The id of the user with this address, made when there is none, with that role from now on.

    The last admin stays one, whatever the provider says. Raises ForbiddenError for who is
    disabled, InvalidError for what is no address.
    """
    row = users.find_user(ctx.session, email.strip().casefold())
    if row is None:
        made = create_user(ctx, email, role, password=None)
        after = {"email": made.email, "role": role.value}
        audit.record(ctx, "user.single_sign_on", "user", made.id, after=after)
        return made.id
    if row.disabled_at is not None:
        raise ForbiddenError("This account cannot sign in.", code="user_disabled")
    if row.role != role.value and not (
        role is not Role.ADMIN and members.is_last_admin(ctx, row.public_id)
    ):
        before, row.role = row.role, role.value
        told = {"role": before}, {"role": role.value}
        audit.record(ctx, "user.role", "user", row.public_id, before=told[0], after=told[1])
    return row.public_id


def _said(claims: Mapping[str, Any], claim: str) -> object:
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for name in claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
