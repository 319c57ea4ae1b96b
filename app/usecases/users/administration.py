"""Administration of users: invite, change the role, disable and enable.

What gives somebody access needs a recent sign-in: of the user in the console, of the owner of a
token. Taking access away does not.
"""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries.users import oidc_identities, users
from app.db.tables import UserRow
from app.domain.errors import ConflictError, ForbiddenError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.domain.security_events import SecurityEventKind
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.pagination import CursorPage, page_of
from app.usecases.users import one_time_links, security_events, sessions
from app.usecases.users.access import end_access
from app.usecases.users.one_time_links import FreshLink
from app.usecases.users.passwords.passwords import PasswordHash
from app.usecases.users.second_factor import second_factor
from app.usecases.users.users import create_user

__all__ = [
    "Invited",
    "UserDetails",
    "end_sessions",
    "find_by_email",
    "forget_identity",
    "get_user",
    "invite",
    "is_last_admin",
    "list_user_details",
    "list_users",
    "new_link",
    "reset_second_factor",
    "set_password",
    "update_user",
]


@dataclass(frozen=True, slots=True)
class UserDetails:
    """A user with the details that admins see.

    `signed_in_at` is None before the first sign-in, `disabled_at` while the user may sign in.
    `single_sign_on` states that a provider's identity is linked, which a change of the e-mail
    address at the provider does not undo.
    """

    id: str
    email: str
    role: Role
    created_at: datetime
    signed_in_at: datetime | None
    second_factor: bool
    single_sign_on: bool
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invited:
    """A user, and the link for choosing a password; the link is shown only once."""

    user: UserDetails
    link: FreshLink


def list_user_details(ctx: Ctx) -> tuple[UserDetails, ...]:
    """All users, disabled ones too, oldest first. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    linked = oidc_identities.linked_users(ctx.session)
    return tuple(_record(row, linked) for row in users.all_users(ctx.session))


def list_users(
    ctx: Ctx, *, part: str | None = None, cursor: str | None, limit: int
) -> CursorPage[UserDetails]:
    """Users whose e-mail address contains `part`, disabled ones too, newest first.

    Raises ForbiddenError, and InvalidError for an invalid cursor.
    """
    ctx.require(Action.CONFIGURE)
    linked = oidc_identities.linked_users(ctx.session)
    # Addresses are stored casefolded.
    folded = None if part is None else part.strip().casefold()
    return page_of(
        lambda before, size: users.list_users(ctx.session, part=folded, before=before, limit=size),
        lambda row: _record(row, linked),
        cursor=cursor,
        limit=limit,
    )


def get_user(ctx: Ctx, user_id: str) -> UserDetails:
    """One user. Raises NotFoundError, ForbiddenError."""
    return _details(ctx, _found(ctx, user_id))


def find_by_email(ctx: Ctx, email: str) -> UserDetails:
    """The user with this e-mail address. Raises NotFoundError, ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    row = users.find_user(ctx.session, email.strip().casefold())
    return _details(ctx, required(row, "There is no such user.", code="user_not_found"))


def invite(ctx: Ctx, email: str, role: Role) -> Invited:
    """Add a user, and create the link for choosing a password.

    Raises InvalidError, ConflictError when the address is taken, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    sessions.check_owner_signed_in(ctx)
    made = create_user(ctx, email, role, password=None)
    row = _found(ctx, made.id)
    after = {"email": made.email, "role": role.value}
    audit.record(ctx, "user.invite", "user", made.id, after=after)
    return Invited(_details(ctx, row), one_time_links.create_invitation(ctx, row))


def new_link(ctx: Ctx, user_id: str) -> Invited:
    """A new link for choosing a password, after the link or the password was lost.

    Earlier links become invalid. Raises NotFoundError, ForbiddenError, and
    ConflictError for a disabled user.
    """
    row = _found(ctx, user_id)
    sessions.check_owner_signed_in(ctx)
    if row.disabled_at is not None:
        raise ConflictError("Enable the user first.", code="user_disabled")
    audit.record(ctx, "user.link", "user", row.public_id)
    security_events.record(ctx, row, SecurityEventKind.LINK_CREATED)
    return Invited(_details(ctx, row), one_time_links.create_invitation(ctx, row))


def update_user(
    ctx: Ctx, user_id: str, *, role: Role | None = None, disabled: bool | None = None
) -> UserDetails:
    """Change the role; disable the user, or enable the user again.

    Another role and a deactivation end the user's sessions and links. Raises NotFoundError,
    ForbiddenError, and ConflictError when no admin would be left.
    """
    row = _found(ctx, user_id)
    if role is not None or disabled is False:
        sessions.check_owner_signed_in(ctx)
    if disabled or (role is not None and role is not Role.ADMIN):
        _check_not_last(ctx, row)
    if role is not None and role.value != row.role:
        before, row.role = row.role, role.value
        end_access(ctx, row)
        security_events.record(
            ctx, row, SecurityEventKind.ROLE_CHANGED, former=before, role=role.value
        )
        audit.record(
            ctx,
            "user.role",
            "user",
            row.public_id,
            before={"role": before},
            after={"role": role.value},
        )
    if disabled is not None and disabled is not (row.disabled_at is not None):
        row.disabled_at = ctx.now if disabled else None
        audit.record(ctx, "user.disable" if disabled else "user.enable", "user", row.public_id)
        if disabled:
            end_access(ctx, row)
    return _details(ctx, row)


def set_password(ctx: Ctx, user_id: str, new: PasswordHash) -> UserDetails:
    """Set the password of a user, for the shell. Ends the user's sessions and links.

    Raises NotFoundError, ForbiddenError, and ConflictError for a disabled user.
    """
    if ctx.actor.kind is not ActorKind.SHELL:
        raise ForbiddenError("Only a command on the server sets the password of another user.")
    row = _found(ctx, user_id)
    if row.disabled_at is not None:
        raise ConflictError("Enable the user first.", code="user_disabled")
    row.password_hash = new.text
    end_access(ctx, row)
    audit.record(ctx, "user.password", "user", row.public_id)
    security_events.record(ctx, row, SecurityEventKind.PASSWORD_CHANGED)
    return _details(ctx, row)


def reset_second_factor(ctx: Ctx, user_id: str) -> UserDetails:
    """Remove the second factor of a user who has lost it: the password is then enough.

    Ends the user's sessions and links. Raises NotFoundError, ForbiddenError.
    """
    row = _found(ctx, user_id)
    sessions.check_owner_signed_in(ctx)
    second_factor.remove(ctx, row.public_id)
    return _details(ctx, row)


def forget_identity(ctx: Ctx, user_id: str) -> UserDetails:
    """Remove the link to the identity at the provider, and end all sessions of the user.

    The next identity with the user's e-mail address is linked: for a new account at the provider.
    Raises NotFoundError, ForbiddenError.
    """
    row = _found(ctx, user_id)
    sessions.check_owner_signed_in(ctx)
    if row.id in oidc_identities.linked_users(ctx.session):
        oidc_identities.delete_identities(ctx.session, row)
        audit.record(ctx, "user.forget_identity", "user", row.public_id)
        end_access(ctx, row)
        security_events.record(ctx, row, SecurityEventKind.IDENTITY_REMOVED)
    return _details(ctx, row)


def end_sessions(ctx: Ctx, user_id: str) -> UserDetails:
    """End all sessions of a user. Raises NotFoundError, ForbiddenError."""
    row = _found(ctx, user_id)
    sessions.revoke_all(ctx, row.public_id)
    return _details(ctx, row)


def _found(ctx: Ctx, user_id: str) -> UserRow:
    ctx.require(Action.CONFIGURE)
    return required(
        users.find_user_by_id(ctx.session, user_id), "There is no such user.", code="user_not_found"
    )


def is_last_admin(ctx: Ctx, user_id: str) -> bool:
    """Whether no other admin can sign in. The rows stay locked, so that two concurrent demotions
    cannot remove the last two admins.
    """
    able = [each for each in users.lock_admins(ctx.session) if _can_sign_in(each)]
    return [each.public_id for each in able] == [user_id]


def _check_not_last(ctx: Ctx, row: UserRow) -> None:
    if is_last_admin(ctx, row.public_id):
        raise ConflictError(
            "This is the last admin who can sign in. Make somebody else an admin first.",
            code="last_admin",
            field="role",
        )


def _can_sign_in(row: UserRow) -> bool:
    """Whether the user can sign in: an invitation that was never accepted does not count."""
    return row.password_hash is not None or row.signed_in_at is not None


def _details(ctx: Ctx, row: UserRow) -> UserDetails:
    return _record(row, oidc_identities.linked_users(ctx.session))


def _record(row: UserRow, linked: frozenset[int]) -> UserDetails:
    return UserDetails(
        row.public_id,
        row.email,
        Role(row.role),
        row.created_at,
        row.signed_in_at,
        row.totp_secret is not None,
        row.id in linked,
        row.disabled_at,
    )
