"""Password sign-in: throttled before the password is checked, without revealing who exists."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from app.db.queries import sessions, users
from app.db.tables import SignInAttemptRow
from app.domain.errors import TooManyError
from app.usecases.context import Ctx
from app.usecases.users.passwords import matches

__all__ = ["authenticate", "count_attempt", "forget_attempts"]

_WINDOW = timedelta(minutes=15)
# By account and address: people mistype. By address: one machine that goes through names. By
# account: many machines on one; so high that nobody can easily lock the person on duty out.
_MOST_ON_ACCOUNT_FROM_ADDRESS = 8
_MOST_FROM_ADDRESS = 40
_MOST_ON_ACCOUNT = 100


def count_attempt(ctx: Ctx, email: str, address: str) -> None:
    """Count an attempt to sign in. Raises TooManyError instead when there were too many.

    Attempts on users that do not exist are counted as well.
    """
    account, network = _account(email), _network(address)
    since = ctx.now - _WINDOW
    for most, wanted in (
        (_MOST_ON_ACCOUNT_FROM_ADDRESS, {"account": account, "address": network}),
        (_MOST_FROM_ADDRESS, {"address": network}),
        (_MOST_ON_ACCOUNT, {"account": account}),
    ):
        count, first = sessions.attempts_since(ctx.session, since, **wanted)
        if count >= most and first is not None:
            raise _too_many(first + _WINDOW, ctx.now)
    ctx.session.add(SignInAttemptRow(at=ctx.now, account=account, address=network))


def authenticate(ctx: Ctx, email: str, password: str) -> str | None:
    """The id of the user with this password; None, in equal time, when there is none."""
    user = users.find_user(ctx.session, email.strip().casefold())
    right = matches(None if user is None else user.password_hash, password)
    return user.public_id if right and user is not None and user.disabled_at is None else None


def forget_attempts(ctx: Ctx, email: str, address: str) -> None:
    """Delete the counted attempts of a sign-in that has succeeded."""
    sessions.delete_attempts(ctx.session, _account(email), _network(address))


def _too_many(again_at: datetime, now: datetime) -> TooManyError:
    seconds = max(1, int((again_at - now).total_seconds()))
    minutes = -(-seconds // 60)
    return TooManyError(
        f"There were too many attempts to sign in. Try again in {minutes} minutes.",
        data={"seconds": seconds, "minutes": minutes},
    )


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()


def _network(address: str) -> str:
    """The network that attempts are counted for: an IPv6 /64 belongs to one customer."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
