"""A write that names an Idempotency-Key happens once, however often it is sent.

The answer is kept in the transaction of the write itself: it is there exactly when the write is.
It is kept sealed, since an answer may tell a fresh token or secret, of which no clear copy remains.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.db.queries import users
from app.db.tables import IdempotencyRow
from app.domain.errors import ConflictError, InvalidError
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox

__all__ = ["KEPT_FOR", "StoredResponse", "delete_expired", "once"]

KEPT_FOR = timedelta(days=2)

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What a write was answered with."""

    status: int
    body: bytes


def once(
    ctx: Ctx,
    secret_box: SecretBox,
    key: str | None,
    request: bytes,
    act: Callable[[], StoredResponse],
) -> StoredResponse:
    """What `act` answers, or what it answered when this actor sent the same key before.

    `request` is everything that makes two requests the same. Raises ConflictError when the key
    was used for another request, InvalidError when it is none, UnavailableError when the answer
    was sealed with another FYR_SECRET_KEY.
    """
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        raise InvalidError(
            "An Idempotency-Key has 1 to 200 visible ASCII characters.",
            code="invalid_idempotency_key",
        )
    wanted = hashlib.sha256(request).hexdigest()
    kept = users.find_answer(ctx.session, ctx.actor.name, key)
    if kept is not None:
        if kept.request_hash != wanted:
            raise ConflictError(
                "This Idempotency-Key was used for another request; choose a new one.",
                code="idempotency_key_reused",
            )
        return StoredResponse(kept.status, _opened(secret_box, kept))
    row = IdempotencyRow(
        actor=ctx.actor.name,
        key=key,
        request_hash=wanted,
        status=0,
        body=b"",
        created_at=ctx.now,
    )
    ctx.session.add(row)
    # Two at the same time: the second waits here for the first, and is then told to look again.
    ctx.session.flush()
    answer = act()
    row.status, row.body = answer.status, _sealed(secret_box, row, answer.body)
    return answer


def _sealed(secret_box: SecretBox, row: IdempotencyRow, body: bytes) -> bytes:
    return secret_box.encrypt(body.decode(), _about(row)).encode() if body else b""


def _opened(secret_box: SecretBox, kept: IdempotencyRow) -> bytes:
    # An answer from before answers were sealed is JSON, which no sealed one begins like.
    if not kept.body or kept.body.startswith(b"{"):
        return kept.body
    return secret_box.decrypt(kept.body.decode(), _about(kept)).encode()


def _about(row: IdempotencyRow) -> str:
    return f"answer:{row.actor}:{row.key}"


def delete_expired(ctx: Ctx) -> None:
    """Drop the answers that nobody will ask for again."""
    users.forget_answers(ctx.session, ctx.now - KEPT_FOR)
