"""Second factor: time-based one-time passwords (TOTP, RFC 6238) and recovery codes."""

import base64
import re
import secrets
from dataclasses import dataclass, field

import pyotp

from app.db.queries import second_factors, users
from app.db.tables import RecoveryCodeRow, UserRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.security_events import SecurityEventKind
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.encryption import BrowserBox
from app.usecases.secret_tokens import digest
from app.usecases.users import security_events
from app.usecases.users.access import end_access
from app.usecases.users.users import accessible_user

__all__ = [
    "SecondFactorStatus",
    "TotpEnrolment",
    "confirm",
    "is_totp_code",
    "pending_enrolment",
    "remove",
    "start",
    "status_of",
    "verify",
]

_RECOVERY_CODES = 10
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
    second_factors.delete_recovery_codes(ctx.session, row)
    codes = tuple(_recovery_code() for _ in range(_RECOVERY_CODES))
    for each in codes:
        ctx.session.add(RecoveryCodeRow(user_id=row.id or 0, code_hash=digest(_plain(each))))
    end_access(ctx, row, but=session_id)
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
    """Whether this TOTP code or recovery code is valid. Each works once."""
    row = users.find_user_by_id(ctx.session, user_id)
    if row is None or row.totp_secret is None:
        return False
    plain = _plain(code)
    if not is_totp_code(code):
        used = second_factors.use_recovery_code(ctx.session, row, digest(plain), ctx.now)
        if used:
            audit.record(ctx, "user.recovery_code", "user", row.public_id)
            security_events.record(ctx, row, SecurityEventKind.RECOVERY_CODE_USED)
        return used
    return _is_next(ctx, row, plain, browser_box)


def is_totp_code(code: str) -> bool:
    """Whether a code has the form of a TOTP code; any other is taken for a recovery code."""
    return _CODE.fullmatch(_plain(code)) is not None


def _is_next(ctx: Ctx, row: UserRow, code: str, browser_box: BrowserBox) -> bool:
    letters = browser_box.decrypt(row.totp_secret or "")
    step = None if letters is None else _step_of(letters, code, ctx)
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


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    return f"{letters[:5]}-{letters[5:]}"


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower().encode("ascii", "replace").decode()
