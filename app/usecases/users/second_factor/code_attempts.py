"""Wrong codes of a second factor: ten a day for each account, then a delay that grows.

Only somebody who knows the password can submit a code. Successes do not reset the count: otherwise
each sign-in of the user would give somebody who has the password ten more attempts. A device that
the user has signed in with before has its own count. TOTP codes and recovery codes are counted
apart, so that a recovery code works while TOTP codes have to wait.
"""

import hashlib
from datetime import timedelta

from app.db.queries.users import sessions
from app.db.tables import SignInAttemptRow, UserRow
from app.domain.errors import TooManyError
from app.usecases.context import Ctx

__all__ = ["check_allowed", "count_wrong"]

_WINDOW = timedelta(days=1)
_MOST_A_DAY = 10
# After the tenth wrong code the next attempt has to wait for an hour, then two, four, and so on.
_FIRST_DELAY = timedelta(hours=1)


def check_allowed(ctx: Ctx, user: UserRow, kind: str, device: str | None) -> None:
    """Raise TooManyError when a code has to wait after earlier wrong ones.

    `user` is locked until the commit, so that parallel attempts are counted one after the other.
    """
    account = _account(user, kind, device)
    count = sessions.attempts_since(ctx.session, ctx.now - _WINDOW, account=account)[0]
    latest = sessions.latest_attempt(ctx.session, account)
    if count < _MOST_A_DAY or latest is None:
        return
    delay = min(_FIRST_DELAY * 2 ** (count - _MOST_A_DAY), _WINDOW)
    seconds = int((latest + delay - ctx.now).total_seconds())
    if seconds > 0:
        minutes = -(-seconds // 60)
        raise TooManyError(
            f"There were too many wrong codes. Try again in {minutes} minutes.",
            data={"seconds": seconds, "minutes": minutes},
        )


def count_wrong(ctx: Ctx, user: UserRow, kind: str, device: str | None) -> None:
    """Count a wrong code."""
    account = _account(user, kind, device)
    ctx.session.add(SignInAttemptRow(at=ctx.now, account=account, address=""))


def _account(user: UserRow, kind: str, device: str | None) -> str:
    return hashlib.sha256(f"{kind} code\0{user.public_id}\0{device or ''}".encode()).hexdigest()
