"""Recovery codes: 80 random bits each, stored as an HMAC with a random key of the installation.

The key is stored encrypted, so a copy of the database alone does not show whether a guessed code is
right, and the rotation of FYR_SECRET_KEY leaves the codes valid. Codes of earlier releases, stored
as SHA-256, are keyed by `key_stored_codes` at the start.
"""

import base64
import hmac
import secrets
from collections.abc import Callable

from app.db.queries.users import second_factors
from app.db.tables import InstallationSecretRow, RecoveryCodeRow, UserRow
from app.usecases.context import Ctx
from app.usecases.encryption import BrowserBox
from app.usecases.secret_tokens import digest

__all__ = ["create_codes", "key_stored_codes", "use_code"]

_NAME = "recovery codes"
_CODES = 10
_CODE_BYTES = 10
_GROUP = 4
_PREFIX = "hmac:"


def create_codes(ctx: Ctx, user: UserRow, browser_box: BrowserBox) -> tuple[str, ...]:
    """Replace the recovery codes of a user by new ones, which are shown once."""
    key = _key(ctx, browser_box) or _new_key(ctx, browser_box)
    second_factors.delete_recovery_codes(ctx.session, user)
    codes = [secrets.token_bytes(_CODE_BYTES) for _ in range(_CODES)]
    texts = [base64.b32encode(each).decode().lower() for each in codes]
    for each in texts:
        ctx.session.add(RecoveryCodeRow(user_id=user.id or 0, code_hash=_keyed(key, digest(each))))
    return tuple(
        "-".join(each[at : at + _GROUP] for at in range(0, len(each), _GROUP)) for each in texts
    )


def use_code(ctx: Ctx, user: UserRow, plain: str, browser_box: BrowserBox) -> bool:
    """Mark a code as used; False when the user has no such unused code.

    `plain` has no separators and is in lower case.
    """
    key = _key(ctx, browser_box)
    hashes = [digest(plain)] if key is None else [_keyed(key, digest(plain)), digest(plain)]
    return any(
        second_factors.use_recovery_code(ctx.session, user, each, ctx.now) for each in hashes
    )


def key_stored_codes(ctx: Ctx, browser_box: Callable[[], BrowserBox]) -> int:
    """Key the codes that an earlier release stored as SHA-256; returns their number.

    `browser_box` is called only when there are some.
    """
    rows = second_factors.recovery_codes_without(ctx.session, _PREFIX)
    if not rows:
        return 0
    box = browser_box()
    key = _key(ctx, box) or _new_key(ctx, box)
    for row in rows:
        row.code_hash = _keyed(key, row.code_hash)
    return len(rows)


def _keyed(key: bytes, code_hash: str) -> str:
    return _PREFIX + hmac.digest(key, code_hash.encode(), "sha256").hex()


def _key(ctx: Ctx, browser_box: BrowserBox) -> bytes | None:
    """The key of the codes; None when there is none, or FYR_SECRET_KEY is another one."""
    row = ctx.session.get(InstallationSecretRow, _NAME)
    text = None if row is None else browser_box.decrypt(row.encrypted)
    return None if text is None else bytes.fromhex(text)


def _new_key(ctx: Ctx, browser_box: BrowserBox) -> bytes:
    """A new key. The codes of a former one, which cannot be decrypted any more, are lost."""
    key = secrets.token_bytes(32)
    encrypted = browser_box.encrypt(key.hex())
    ctx.session.merge(InstallationSecretRow(name=_NAME, encrypted=encrypted))
    ctx.session.flush()
    return key
