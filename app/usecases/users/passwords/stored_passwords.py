"""Stored passwords: read in a transaction, and compared with a typed one after it has ended.

A comparison takes as long as a hash; a transaction would keep a connection of the database for it,
and the write lock of SQLite.
"""

from dataclasses import dataclass, field

from app.db.queries.users import users
from app.db.tables import UserRow
from app.usecases.context import Ctx
from app.usecases.users.access import VerifiedUser
from app.usecases.users.passwords.passwords import matches
from app.usecases.users.users import accessible_user

__all__ = ["StoredPassword", "stored_password_for_sign_in", "stored_password_of"]


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """The hash of a user's password, and the user with the access at the time of reading.

    `hash` is None when there is no password to sign in with: then no password is the right one.
    """

    user: VerifiedUser
    hash: str | None = field(repr=False)

    def verify(self, password: str) -> VerifiedUser | None:
        """The user if this is the password; None, in equal time, otherwise. In no transaction."""
        return self.user if matches(self.hash, password) else None


# A comparison with it takes as long as one with the password of a user.
_NOBODY = StoredPassword(VerifiedUser("", 0), None)


def stored_password_for_sign_in(ctx: Ctx, email: str) -> StoredPassword:
    """The password of the user with this e-mail address, who may be unknown or disabled."""
    row = users.find_user(ctx.session, email.strip().casefold())
    if row is None or row.disabled_at is not None:
        return _NOBODY
    return _of(row)


def stored_password_of(ctx: Ctx, user_id: str) -> StoredPassword:
    """The password of a user. For the user, and for admins."""
    return _of(accessible_user(ctx, user_id))


def _of(row: UserRow) -> StoredPassword:
    return StoredPassword(VerifiedUser.of(row), row.password_hash)
