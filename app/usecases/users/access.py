"""Access of a user: what ends when the password, role, second factor or activation changes.

A sign-in has several steps in several transactions. Each step returns the `access_version` that it
verified; the session begins only if the version is unchanged, with the user's row locked. So a
sign-in that began with a former password cannot end in a session after the password has changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db.queries.users import sessions, users
from app.db.tables import UserRow
from app.domain.errors import UnauthenticatedError
from app.usecases.context import Ctx

__all__ = [
    "StaffDevice",
    "VerifiedUser",
    "check_verified",
    "end_access",
    "lock_verified",
    "own_device",
]


@dataclass(frozen=True, slots=True)
class VerifiedUser:
    """A user who has been authenticated, with the `access_version` at that time."""

    id: str
    access_version: int

    @classmethod
    def of(cls, row: UserRow) -> "VerifiedUser":
        """The user of a row that was just verified."""
        return cls(row.public_id, row.access_version)


@dataclass(frozen=True, slots=True)
class StaffDevice:
    """A browser that a user has signed in with: its id, and the `access_version` at that time."""

    id: str
    access_version: int


def own_device(row: UserRow, devices: Mapping[str, StaffDevice]) -> str | None:
    """The id of the user's device among those of a browser, by user; None for a stranger.

    A device counts until the access of the user changes. Somebody who had the former password could
    have signed in with thousands of browsers, and would guess the new one, or the codes of a second
    factor, with a count for each.
    """
    device = devices.get(row.public_id)
    if device is None or device.access_version != row.access_version:
        return None
    return device.id


def end_access(ctx: Ctx, row: UserRow, *, but: str | None = None) -> None:
    """End the sessions of a user except `but`, and all half-way, invitation and reset links.

    Call it in the transaction that changes how the user signs in, or what the user may do. It
    increments `access_version` first, which locks the row until the commit: a
    concurrent sign-in is either ended here or refused by `sessions.begin`.
    """
    users.increment_access_version(ctx.session, row)
    row.totp_pending = None
    sessions.delete_links_of(ctx.session, row.id or 0)
    for session in sessions.list_sessions(ctx.session, row.id):
        if session.public_id != but:
            ctx.session.delete(session)


def lock_verified(ctx: Ctx, verified: VerifiedUser | str) -> UserRow:
    """The row of a verified user, locked, so that a change of access waits or has ended it.

    Raises UnauthenticatedError when the user does not exist or is disabled, or when the access has
    changed since. A user given by id alone was verified just now.
    """
    user_id = verified if isinstance(verified, str) else verified.id
    row = users.lock_user(ctx.session, user_id)
    changed = (
        isinstance(verified, VerifiedUser)
        and row is not None
        and row.access_version != verified.access_version
    )
    if row is None or row.disabled_at is not None or changed:
        raise UnauthenticatedError("This account cannot sign in.")
    return row


def check_verified(ctx: Ctx, verified: VerifiedUser) -> None:
    """Raises UnauthenticatedError when the access of a verified user has changed since.

    The user stays locked until the end of the transaction.
    """
    lock_verified(ctx, verified)
