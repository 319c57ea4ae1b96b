"""Password sign-in: throttled before the password is checked, without revealing who exists.

A browser that the user has signed in with since the password or the second factor last changed has
its own count: strangers cannot lock it out.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from app.db.queries.users import sessions, users
from app.db.tables import SignInAttemptRow
from app.domain.errors import TooManyError
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.network_addresses import network_of
from app.usecases.users.access import StaffDevice, own_device

__all__ = [
    "count_attempt",
    "count_own_attempt",
    "forget_attempts",
    "record_failure",
]

_WINDOW = timedelta(minutes=15)
# By device and account, for a device that has signed in before: nothing else counts for it.
# By account and address: people mistype. By address: one machine that goes through names. By
# account: many machines on one; so high that nobody can easily lock the person on duty out.
_MOST_FROM_DEVICE = 8
_MOST_ON_ACCOUNT_FROM_ADDRESS = 8
_MOST_FROM_ADDRESS = 40
_MOST_ON_ACCOUNT = 100
_NO_DEVICES: Mapping[str, StaffDevice] = MappingProxyType({})


def count_attempt(
    ctx: Ctx, email: str, address: str, devices: Mapping[str, StaffDevice] = _NO_DEVICES
) -> None:
    """Count an attempt to sign in. Raises TooManyError instead when there were too many.

    Attempts on users that do not exist are counted as well. `devices` are those of the browser, by
    the users who have signed in with it.
    """
    own = _own_account(ctx, email, devices)
    if own is not None:
        _count(ctx, own, "", ((_MOST_FROM_DEVICE, {"account": own}),))
        return
    account, network = _account(email), network_of(address)
    limits = (
        (_MOST_ON_ACCOUNT_FROM_ADDRESS, {"account": account, "address": network}),
        (_MOST_FROM_ADDRESS, {"address": network}),
        (_MOST_ON_ACCOUNT, {"account": account}),
    )
    _count(ctx, account, network, limits)


def count_own_attempt(ctx: Ctx, session_id: str) -> None:
    """Count an attempt of a signed-in user at the user's own secret, by the session.

    Raises TooManyError instead when there were too many.
    """
    account = _account(f"session {session_id}")
    _count(ctx, account, "", ((_MOST_FROM_DEVICE, {"account": account}),))


def _count(
    ctx: Ctx, account: str, network: str, limits: Iterable[tuple[int, Mapping[str, str]]]
) -> None:
    sessions.lock_attempts(ctx.session, {account, network} - {""})
    since = ctx.now - _WINDOW
    for most, wanted in limits:
        count, first = sessions.attempts_since(ctx.session, since, **wanted)
        if count >= most and first is not None:
            raise _too_many(first + _WINDOW, ctx.now)
    ctx.session.add(SignInAttemptRow(at=ctx.now, account=account, address=network))


def record_failure(ctx: Ctx, email: str, address: str) -> None:
    """Record a failed sign-in to an account in the audit log.

    Only for accounts that exist: strangers must not fill the log with names, and a name that does
    not exist can be a password that was typed into the wrong field. The throttle of accounts limits
    the number of entries.
    """
    user = users.find_user(ctx.session, email.strip().casefold())
    if user is not None:
        audit.record(ctx, "session.refuse", "user", user.public_id, after={"address": address})


def forget_attempts(
    ctx: Ctx, email: str, address: str, devices: Mapping[str, StaffDevice] = _NO_DEVICES
) -> None:
    """Delete the counted attempts of a sign-in that has succeeded."""
    own = _own_account(ctx, email, devices)
    if own is not None:
        sessions.delete_attempts(ctx.session, own, "")
        return
    sessions.delete_attempts(ctx.session, _account(email), network_of(address))


def _own_account(ctx: Ctx, email: str, devices: Mapping[str, StaffDevice]) -> str | None:
    """What the attempts of a known device on a user are counted for; None for other browsers."""
    user = users.find_user(ctx.session, email.strip().casefold())
    device = None if user is None else own_device(user, devices)
    return None if device is None else _account(f"device {device}")


def _too_many(again_at: datetime, now: datetime) -> TooManyError:
    seconds = max(1, int((again_at - now).total_seconds()))
    minutes = -(-seconds // 60)
    return TooManyError(
        f"There were too many attempts to sign in. Try again in {minutes} minutes.",
        data={"seconds": seconds, "minutes": minutes},
    )


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()
