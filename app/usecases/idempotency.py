"""Idempotency keys: a write with an Idempotency-Key is executed once, however often it is sent.

The response is stored in the transaction of the write, so it exists exactly when the write does.
It is stored encrypted, since it may contain a token or secret that is stored nowhere else.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from app.db.queries.users import users
from app.db.tables import IdempotencyRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.users import sessions

__all__ = ["KEPT_FOR", "StoredResponse", "delete_expired", "once", "renew_response"]

KEPT_FOR = timedelta(days=2)

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The response to a write."""

    status: int
    body: bytes


def once(
    ctx: Ctx,
    secret_box: SecretBox,
    key: str | None,
    request: bytes,
    act: Callable[[], StoredResponse],
) -> StoredResponse:
    """The response of `act`, or the stored response when this actor has used the key before.

    `request` identifies the request: its method, path and body. Raises ConflictError when the key
    was used for another request, InvalidError when its format is wrong, UnavailableError when the
    stored response was encrypted with another FYR_SECRET_KEY; and ForbiddenError when the actor no
    longer meets what `act` required: a role, or a recent sign-in.
    """
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        raise InvalidError(
            "An Idempotency-Key has 1 to 200 visible ASCII characters.",
            code="invalid_idempotency_key",
        )
    wanted = hashlib.sha256(request).hexdigest()
    stored = users.find_stored_response(ctx.session, ctx.actor.name, key)
    if stored is not None:
        if stored.request_hash != wanted:
            raise ConflictError(
                "This Idempotency-Key was used for another request; choose a new one.",
                code="idempotency_key_reused",
            )
        _check_again(ctx, stored.checked or ())
        return StoredResponse(stored.status, _decrypted(secret_box, stored))
    row = IdempotencyRow(
        actor=ctx.actor.name,
        key=key,
        request_hash=wanted,
        status=0,
        body=b"",
        created_at=ctx.now,
    )
    ctx.session.add(row)
    # Of two concurrent requests the second waits here for the first, then fails with a conflict.
    ctx.session.flush()
    answer = act()
    row.checked = sorted(ctx.checked)
    row.status, row.body = answer.status, _encrypted(secret_box, row, answer.body)
    return answer


def _check_again(ctx: Ctx, checked: Iterable[str]) -> None:
    """Require what the first request required. A stored response can contain a new token."""
    for name in checked:
        if name == sessions.RECENT_SIGN_IN:
            sessions.check_owner_signed_in(ctx)
        else:
            ctx.require(Action(name))


def _encrypted(secret_box: SecretBox, row: IdempotencyRow, body: bytes) -> bytes:
    return secret_box.encrypt(body.decode(), _about(row)).encode() if body else b""


def _decrypted(secret_box: SecretBox, stored: IdempotencyRow) -> bytes:
    # Responses stored before encryption was introduced are JSON; base64 never begins with a brace.
    if not stored.body or stored.body.startswith(b"{"):
        return stored.body
    return secret_box.decrypt(stored.body.decode(), _about(stored)).encode()


def renew_response(row: IdempotencyRow, secret_box: SecretBox) -> bool:
    """Encrypt a stored response with the present key; False when it is so already."""
    if not row.body or row.body.startswith(b"{"):
        return False
    new = secret_box.renewed(row.body.decode(), _about(row))
    row.body = row.body if new is None else new.encode()
    return new is not None


def _about(row: IdempotencyRow) -> str:
    return f"answer:{row.actor}:{row.key}"


def delete_expired(ctx: Ctx) -> None:
    """Delete the stored responses that are older than two days."""
    users.delete_stored_responses(ctx.session, ctx.now - KEPT_FOR)
