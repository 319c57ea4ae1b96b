"""Second step of a sign-in: a TOTP code or recovery code, after the password was correct."""

from collections.abc import Mapping

from app.db.queries.users import users
from app.domain.errors import UnauthenticatedError
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.encryption import BrowserBox
from app.usecases.users import one_time_links
from app.usecases.users.access import StaffDevice, VerifiedUser, own_device
from app.usecases.users.second_factor import code_attempts, second_factor

__all__ = ["verify_code"]


def verify_code(
    ctx: Ctx, step: str, code: str, browser_box: BrowserBox, *, devices: Mapping[str, StaffDevice]
) -> VerifiedUser | None:
    """The user of the half-way link `step`, which is used up; None for a wrong code.

    A wrong code is counted in this transaction, which the caller commits. `devices` are those
    of the browser, by user. Raises NotFoundError for an invalid link, and TooManyError when codes
    have to wait, whether or not this one is correct.
    """
    user = one_time_links.second_factor_user(ctx, step)
    row = users.lock_user(ctx.session, user.id)
    if row is None:
        raise UnauthenticatedError("This account cannot sign in.")
    kind = "totp" if second_factor.is_totp_code(code) else "recovery"
    device = own_device(row, devices)
    code_attempts.check_allowed(ctx, row, kind, device)
    if not second_factor.verify(ctx, user.id, code, browser_box):
        code_attempts.count_wrong(ctx, row, kind, device)
        audit.record(ctx, "session.refuse", "user", row.public_id, after={"factor": kind})
        return None
    return one_time_links.use_second_factor_link(ctx, step)
