"""Access of a user: what ends when the password, role, second factor or activation changes.

A sign-in has several steps in several transactions. Each step returns the `access_version` that it
verified; the session begins only if the version is unchanged, with the user's row locked. So a
sign-in that began with a former password cannot end in a session after the password has changed.
"""

from dataclasses import dataclass

from app.db.queries import sessions, users
from app.db.tables import UserRow
from app.usecases.context import Ctx

__all__ = ["VerifiedUser", "end_access"]


@dataclass(frozen=True, slots=True)
class VerifiedUser:
    """A user who has been authenticated, with the `access_version` at that time."""

    id: str
    access_version: int

    @classmethod
    def of(cls, row: UserRow) -> "VerifiedUser":
        """The user of a row that was just verified."""
        return cls(row.public_id, row.access_version)


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
