"""Second factor: time-based one-time passwords (TOTP, RFC 6238) and recovery codes."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyotp

from app.db.queries.users import second_factors, sessions, users
from app.db.tables import UserRow
from app.domain.errors import ConflictError, InvalidError, UnavailableError
from app.domain.security_events import SecurityEventKind
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.encryption import BrowserBox
from app.usecases.users import security_events
from app.usecases.users.access import end_access
from app.usecases.users.second_factor import recovery_codes
from app.usecases.users.users import accessible_user

__all__ = [
    "SecondFactorStatus",
    "TotpEnrolment",
    "confirm",
    "is_totp_code",
    "pending_enrolment",
    "remove",
    "renew_secrets",
    "start",
    "status_of",
    "verify",
]

_STEP_SECONDS = 30
# Clocks differ and typing takes time: the previous and the next step are accepted too.
_TOLERATED_STEPS = 1
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class SecondFactorStatus:
    """Whether a second factor is asked for, and how many recovery codes are left."""

    is_on: bool
    codes_left: int


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """A TOTP secret before its first code: as base32 letters, and as an otpauth:// link."""

    letters: str = field(repr=False)
    link: str = field(repr=False)


def status_of(ctx: Ctx, user_id: str) -> SecondFactorStatus:
    """The status of a user's second factor. For the user, and for admins."""
    row = accessible_user(ctx, user_id)
    return SecondFactorStatus(
        row.totp_secret is not None, second_factors.unused_recovery_codes(ctx.session, row)
    )


def start(ctx: Ctx, user_id: str, browser_box: BrowserBox) -> None:
    """Create a TOTP secret to be confirmed. Raises ConflictError when a factor is on."""
    row = accessible_user(ctx, user_id)
    if row.totp_secret is not None:
        raise ConflictError("The second factor is on already.", code="second_factor_on")
    row.totp_pending = browser_box.encrypt(pyotp.random_base32(32))


def pending_enrolment(
    ctx: Ctx, user_id: str, browser_box: BrowserBox, *, issuer: str
) -> TotpEnrolment:
    """The secret to be confirmed. Raises NotFoundError when there is none."""
    row = accessible_user(ctx, user_id)
    letters = required(
        None if row.totp_pending is None else browser_box.decrypt(row.totp_pending),
        "No second factor is being set up.",
        code="second_factor_off",
    )
    link = pyotp.TOTP(letters).provisioning_uri(name=row.email, issuer_name=issuer)
    return TotpEnrolment(letters, link)


def confirm(
    ctx: Ctx, user_id: str, code: str, browser_box: BrowserBox, *, session_id: str | None = None
) -> tuple[str, ...]:
    """Switch the factor on with its first code; returns the recovery codes, which are shown once.

    Ends the user's links, and the sessions except `session_id`. Raises InvalidError for a wrong
    code, NotFoundError when no secret is to be confirmed.
    """
    row = accessible_user(ctx, user_id)
    letters = required(
        None if row.totp_pending is None else browser_box.decrypt(row.totp_pending),
        "No second factor is being set up.",
        code="second_factor_off",
    )
    step = _step_of(letters, code, ctx)
    if step is None:
        raise InvalidError("This code is not right.", code="wrong_code", field="code")
    row.totp_secret, row.totp_pending, row.totp_last_step = row.totp_pending, None, step
    codes = recovery_codes.create_codes(ctx, row, browser_box)
    end_access(ctx, row, but=session_id)
    session = sessions.find_session(ctx.session, session_id) if session_id else None
    if session is not None:
        # The first code proved the factor in this session.
        session.method = "password_and_code"
    audit.record(ctx, "user.second_factor_on", "user", row.public_id)
    security_events.record(ctx, row, SecurityEventKind.SECOND_FACTOR_ON)
    return codes


def remove(ctx: Ctx, user_id: str, *, session_id: str | None = None) -> None:
    """Switch the factor off, and end the user's links and the sessions except `session_id`.

    For the user, and for admins.
    """
    row = accessible_user(ctx, user_id)
    if row.totp_secret is None and row.totp_pending is None:
        return
    row.totp_secret = row.totp_pending = row.totp_last_step = None
    second_factors.delete_recovery_codes(ctx.session, row)
    end_access(ctx, row, but=session_id)
    audit.record(ctx, "user.second_factor_off", "user", row.public_id)
    security_events.record(ctx, row, SecurityEventKind.SECOND_FACTOR_OFF)


def verify(ctx: Ctx, user_id: str, code: str, browser_box: BrowserBox) -> bool:
    """Whether this TOTP code or recovery code is valid. Each works once.

    Raises UnavailableError when the secret of the app cannot be decrypted: FYR_SECRET_KEY is lost.
    """
    row = users.find_user_by_id(ctx.session, user_id)
    if row is None or row.totp_secret is None:
        return False
    plain = _plain(code)
    if not is_totp_code(code):
        used = recovery_codes.use_code(ctx, row, plain, browser_box)
        if used:
            audit.record(ctx, "user.recovery_code", "user", row.public_id)
            security_events.record(ctx, row, SecurityEventKind.RECOVERY_CODE_USED)
        return used
    return _is_next(ctx, row, plain, browser_box)


def renew_secrets(row: UserRow, browser_box: BrowserBox) -> Iterator[bool]:
    """Encrypt the secrets of a user with the present key; whether each had a former one."""
    if row.totp_secret is not None:
        new = browser_box.renewed(row.totp_secret)
        row.totp_secret = new or row.totp_secret
        yield new is not None
    if row.totp_pending is not None:
        new = browser_box.renewed(row.totp_pending)
        row.totp_pending = new or row.totp_pending
        yield new is not None


def is_totp_code(code: str) -> bool:
    """Whether a code has the form of a TOTP code; any other is taken for a recovery code."""
    return _CODE.fullmatch(_plain(code)) is not None


def _is_next(ctx: Ctx, row: UserRow, code: str, browser_box: BrowserBox) -> bool:
    letters = browser_box.decrypt(row.totp_secret or "")
    if letters is None:
        raise UnavailableError(
            "The second factor cannot be checked: FYR_SECRET_KEY is not the key that encrypted it.",
            code="key_lost",
        )
    step = _step_of(letters, code, ctx)
    return step is not None and second_factors.claim_totp_step(ctx.session, row, step)


def _step_of(letters: str, code: str, ctx: Ctx) -> int | None:
    """The time step of a code, None for a wrong code."""
    now = int(ctx.now.timestamp()) // _STEP_SECONDS
    app = pyotp.TOTP(letters)
    found = None
    for step in range(now - _TOLERATED_STEPS, now + _TOLERATED_STEPS + 1):
        if secrets.compare_digest(app.generate_otp(step), _plain(code)[:6]):
            found = step
    return found if len(_plain(code)) == 6 else None


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower().encode("ascii", "replace").decode()
