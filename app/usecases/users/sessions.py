"""Sessions of the console: begin, extend, list and revoke."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.db.queries.users import sessions, users
from app.db.tables import StaffSessionRow
from app.domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.domain.security_events import SecurityEventKind
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id
from app.usecases.secret_tokens import digest, fresh_secret
from app.usecases.users import security_events
from app.usecases.users.access import VerifiedUser, lock_verified
from app.usecases.users.users import User, accessible_user, user_record

__all__ = [
    "RECENT_SIGN_IN",
    "BrowserInfo",
    "CurrentSession",
    "FreshSession",
    "SignInMethod",
    "StaffSession",
    "begin",
    "check_fresh",
    "check_owner_signed_in",
    "delete_expired",
    "end",
    "extend",
    "list_sessions",
    "only_address",
    "revoke",
    "revoke_all",
    "session_of",
]

# In `Ctx.checked`: the owner of a token must have signed in lately.
RECENT_SIGN_IN = "recent_sign_in"
# Even a session in daily use ends after this long.
_MAX_AGE = timedelta(days=90)
# `last_seen_at` is exact to a quarter of an hour, so that not every page view is a write.
_SEEN_EVERY = timedelta(minutes=15)
# Sign-in methods can be changed only this long after signing in: an unattended browser, or a
# stolen session, must not be enough to add one.
_FRESH = timedelta(minutes=30)
_ATTEMPTS_KEPT = timedelta(days=1)
_LONGEST_AGENT = 300
_TWO_FACTORS = frozenset({"password_and_code", "passkey", "single_sign_on"})
# A team in one office also comes from one address, so that two users say little.
_ENOUGH_USERS = 3
_ADDRESS_WINDOW = timedelta(days=30)


class SignInMethod(StrEnum):
    """How a user has signed in."""

    PASSWORD = "password"  # noqa: S105  # the name of a method
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105  # the name of a method
    PASSKEY = "passkey"
    SINGLE_SIGN_ON = "single_sign_on"


@dataclass(frozen=True, slots=True)
class BrowserInfo:
    """The user agent and the address of a browser.

    `known` states that the user has signed in with this browser before.
    """

    user_agent: str
    address: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class FreshSession:
    """A session just begun. `secret` is sent to the browser once and stored nowhere."""

    id: str
    user: User
    expires_at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """The session of a request. `stale` states that it should be extended, `is_fresh` that the
    user signed in within the last half hour. `has_second_factor` states that the sign-in proved two
    factors, or that a single sign-on provider is responsible for them. `verified` is the user with
    the present `access_version`: a session that a change of access has ended is not found.
    """

    user: User
    session_id: str
    stale: bool
    is_fresh: bool
    has_second_factor: bool
    verified: VerifiedUser

    @property
    def actor(self) -> Actor:
        """The user as an actor."""
        return Actor(ActorKind.USER, self.user.email, self.user.role, self.user.id)


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A session as its user sees it: the browser, and its times."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


def begin(
    ctx: Ctx,
    user: VerifiedUser | str,
    visit: BrowserInfo,
    *,
    days: int,
    former: str | None = None,
    method: SignInMethod = SignInMethod.PASSWORD,
) -> FreshSession:
    """Begin a session of an authenticated user; it expires after `days` without use.

    The session is always new: the browser's `former` session, of any user, ends. Raises
    UnauthenticatedError when the user does not exist or is disabled, and when the user's access
    has changed since the user was verified. A `user` given by id alone was verified just now.
    """
    row = lock_verified(ctx, user)
    replaced = sessions.session_by_hash(ctx.session, digest(former)) if former else None
    if replaced is not None:
        ctx.session.delete(replaced[0])
    secret = fresh_secret()
    session = StaffSessionRow(
        public_id=new_id(),
        user_id=row.id or 0,
        token_hash=digest(secret),
        created_at=ctx.now,
        last_seen_at=ctx.now,
        expires_at=ctx.now + timedelta(days=days),
        user_agent=visit.user_agent[:_LONGEST_AGENT],
        address=visit.address,
        method=method.value,
    )
    ctx.session.add(session)
    row.signed_in_at = ctx.now
    # The audit entries of this transaction name the user who has signed in.
    ctx.actor = Actor(ActorKind.USER, row.email, Role(row.role), row.public_id)
    audit.record(ctx, "session.begin", "user", row.public_id, after={"address": visit.address})
    if not visit.known:
        security_events.record(
            ctx,
            row,
            SecurityEventKind.NEW_DEVICE,
            user_agent=visit.user_agent,
            address=visit.address,
        )
    return FreshSession(session.public_id, user_record(row), session.expires_at, secret)


def session_of(ctx: Ctx, secret: str) -> CurrentSession | None:
    """The session with this secret; None when unknown, revoked, expired, or its user disabled."""
    found = sessions.session_by_hash(ctx.session, digest(secret))
    if found is None:
        return None
    row, user = found
    if row.expires_at <= ctx.now or user.disabled_at is not None:
        return None
    stale = ctx.now - row.last_seen_at >= _SEEN_EVERY
    is_fresh = ctx.now - row.created_at <= _FRESH
    proved = row.method in _TWO_FACTORS
    verified = VerifiedUser.of(user)
    return CurrentSession(user_record(user), row.public_id, stale, is_fresh, proved, verified)


def check_fresh(me: CurrentSession) -> None:
    """Raises UnauthenticatedError unless the user signed in within the last half hour."""
    if not me.is_fresh:
        raise UnauthenticatedError("Sign in again before you change this.", code="sign_in_again")


def check_owner_signed_in(ctx: Ctx) -> None:
    """Raise ForbiddenError (`sign_in_again`) for a token whose owner has not signed in lately.

    Use cases that give somebody access call it: a stolen token alone must not be enough to create
    another token or to take over an account. The session of the owner must have begun within the
    last half hour, and not have ended. Other actors pass: the console checks the session of the
    request (`check_fresh`), and a shell of the machine is trusted.
    """
    ctx.checked.add(RECENT_SIGN_IN)
    if ctx.actor.kind is not ActorKind.TOKEN:
        return
    mine = ctx.actor.user_id
    owner = None if mine is None else users.find_user_by_id(ctx.session, mine)
    if owner is None:
        raise ForbiddenError(
            "This needs a recent sign-in, and this token has no owner who could sign in. Use a "
            "token with an owner, or the console, or the `fyr` command on the server.",
            code="sign_in_again",
        )
    begun = ctx.now - _FRESH
    if not any(
        each.created_at >= begun and each.expires_at > ctx.now
        for each in sessions.list_sessions(ctx.session, owner.id)
    ):
        raise ForbiddenError(
            f"This needs a recent sign-in: {owner.email}, who owns this token, signs in to the "
            "console first. The token can do this for 30 minutes then.",
            code="sign_in_again",
        )


def extend(ctx: Ctx, session_id: str, *, days: int) -> None:
    """Extend a session in use to `days` from now, at most to 90 days after its beginning."""
    row = sessions.find_session(ctx.session, session_id)
    if row is not None:
        row.last_seen_at = ctx.now
        row.expires_at = min(ctx.now + timedelta(days=days), row.created_at + _MAX_AGE)


def end(ctx: Ctx, session_id: str) -> None:
    """End a session; ending it again changes nothing."""
    row = sessions.find_session(ctx.session, session_id)
    if row is not None:
        ctx.session.delete(row)
        audit.record(ctx, "session.end", "user", ctx.actor.user_id or "")


def list_sessions(ctx: Ctx, user_id: str) -> tuple[StaffSession, ...]:
    """A user's sessions, the last seen first. For the user, and for admins."""
    user = accessible_user(ctx, user_id)
    rows = sessions.list_sessions(ctx.session, user.id)
    return tuple(_record(row) for row in rows if row.expires_at > ctx.now)


def revoke(ctx: Ctx, user_id: str, session_id: str) -> None:
    """End one session of a user. Raises NotFoundError; ForbiddenError for another user's."""
    user = accessible_user(ctx, user_id)
    row = sessions.find_session(ctx.session, session_id)
    if row is None or row.user_id != user.id:
        raise NotFoundError("There is no such session.", code="session_not_found")
    ctx.session.delete(row)
    audit.record(ctx, "session.revoke", "user", user.public_id, before={"address": row.address})


def revoke_all(ctx: Ctx, user_id: str, *, but: str | None = None) -> int:
    """End every session of a user except `but`; returns their number."""
    user = accessible_user(ctx, user_id)
    ended = [each for each in sessions.list_sessions(ctx.session, user.id) if each.public_id != but]
    for row in ended:
        ctx.session.delete(row)
    if ended:
        audit.record(
            ctx, "session.revoke_all", "user", user.public_id, before={"sessions": len(ended)}
        )
    return len(ended)


def only_address(ctx: Ctx) -> str | None:
    """The address that all sessions of the last 30 days began from, if several users have some.

    None when there are several addresses, or too few users with sessions.
    """
    ctx.require(Action.CONFIGURE)
    seen = sessions.addresses_since(ctx.session, ctx.now - _ADDRESS_WINDOW)
    users_seen = {user_id for user_id, _ in seen}
    addresses = {address for _, address in seen}
    if len(users_seen) < _ENOUGH_USERS or len(addresses) != 1:
        return None
    return addresses.pop()


def delete_expired(ctx: Ctx) -> None:
    """Delete expired sessions and links, old events, and attempts that are no longer counted."""
    security_events.delete_old(ctx)
    sessions.delete_expired(ctx.session, ctx.now, ctx.now - _ATTEMPTS_KEPT)


def _record(row: StaffSessionRow) -> StaffSession:
    return StaffSession(
        row.public_id,
        row.created_at,
        row.last_seen_at,
        row.expires_at,
        row.user_agent,
        row.address,
    )
