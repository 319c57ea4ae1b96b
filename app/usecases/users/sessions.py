"""Sessions of the console: begin, extend, list and revoke."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.db.queries import sessions, users
from app.db.tables import StaffSessionRow
from app.domain.errors import ConflictError, NotFoundError, UnauthenticatedError
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id
from app.usecases.secret_tokens import digest, fresh_secret
from app.usecases.users.account import accessible_user
from app.usecases.users.users import User, user_record

__all__ = [
    "BrowserInfo",
    "CurrentSession",
    "FreshSession",
    "StaffSession",
    "begin",
    "check_fresh",
    "delete_expired",
    "end",
    "extend",
    "list_sessions",
    "revoke",
    "revoke_all",
    "session_of",
]

# Even a session in daily use ends after this long.
_MAX_AGE = timedelta(days=90)
# `last_seen_at` is exact to a quarter of an hour, so that not every page view is a write.
_SEEN_EVERY = timedelta(minutes=15)
# Sign-in methods can be changed only this long after signing in: an unattended browser, or a
# stolen session, must not be enough to add one.
_FRESH = timedelta(minutes=30)
_ATTEMPTS_KEPT = timedelta(days=1)
_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class BrowserInfo:
    """The user agent and the address of a browser."""

    user_agent: str
    address: str


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
    user signed in within the last half hour.
    """

    user: User
    session_id: str
    stale: bool
    is_fresh: bool

    @property
    def actor(self) -> Actor:
        """The user as an actor."""
        return Actor(ActorKind.USER, self.user.email, self.user.role)


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
    ctx: Ctx, user_id: str, visit: BrowserInfo, *, days: int, former: str | None = None
) -> FreshSession:
    """Begin a session of an authenticated user; it expires after `days` without use.

    The session is always new: the browser's `former` session, of any user, ends. Raises
    UnauthenticatedError when the user does not exist or is disabled.
    """
    user = users.find_user_by_id(ctx.session, user_id)
    if user is None or user.id is None or user.disabled_at is not None:
        raise UnauthenticatedError("This account cannot sign in.")
    replaced = sessions.session_by_hash(ctx.session, digest(former)) if former else None
    if replaced is not None:
        ctx.session.delete(replaced[0])
    secret = fresh_secret()
    row = StaffSessionRow(
        public_id=new_id(),
        user_id=user.id,
        token_hash=digest(secret),
        created_at=ctx.now,
        last_seen_at=ctx.now,
        expires_at=ctx.now + timedelta(days=days),
        user_agent=visit.user_agent[:_LONGEST_AGENT],
        address=visit.address,
    )
    ctx.session.add(row)
    user.signed_in_at = ctx.now
    # The audit entries of this transaction name the user who has signed in.
    ctx.actor = Actor(ActorKind.USER, user.email, Role(user.role))
    audit.record(ctx, "session.begin", "user", user.public_id, after={"address": visit.address})
    return FreshSession(row.public_id, user_record(user), row.expires_at, secret)


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
    return CurrentSession(user_record(user), row.public_id, stale, is_fresh)


def check_fresh(me: CurrentSession) -> None:
    """Raises ConflictError unless the user signed in within the last half hour."""
    if not me.is_fresh:
        raise ConflictError("Sign in again before you change this.", code="sign_in_again")


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


def delete_expired(ctx: Ctx) -> None:
    """Delete expired sessions and links, and attempts that are no longer counted."""
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
