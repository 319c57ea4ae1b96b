"""Sources: add, edit and delete the configured monitors, and rotate their credentials."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from app.db.queries.sources import sources
from app.db.tables import SourceRow
from app.domain.alerts.sources import AUTH_KINDS
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.domain.validation import check_range, is_public_id
from app.usecases import audit
from app.usecases.alerts.ingest import withdraw_alerts
from app.usecases.context import Ctx, new_id, required
from app.usecases.encryption import SecretBox
from app.usecases.pagination import CursorPage, page_of
from app.usecases.secret_tokens import digest
from app.usecases.sources.records import (
    CreatedSource,
    NewSource,
    SourceChanges,
    SourceCredentials,
    StaffSource,
    record_of,
)
from app.usecases.sources.routing import alert_source
from app.usecases.sources.validation import (
    Adapters,
    check_publish,
    checked_auth_options,
    checked_name,
    checked_options,
    checked_secret,
    generate_secret,
)

__all__ = [
    "add_source",
    "delete_source",
    "edit_source",
    "find_credentials",
    "get_source",
    "list_sources",
    "required_source",
    "rotate_secret",
    "rotate_token",
    "stored_secrets",
]

_MAX_OVERLAP_SECONDS = 30 * 86_400
_MAX_SECRETS = 2
_MAX_STALE_AFTER_SECONDS = 30 * 86_400


def add_source(
    ctx: Ctx, secret_box: SecretBox, new: NewSource, adapters: Adapters
) -> CreatedSource:
    """Add a source with a new token; its incidents are drafts unless `new.publish` is set.

    Raises InvalidError, ForbiddenError, and ConflictError if an untested source is to publish.
    """
    ctx.require(Action.CONFIGURE)
    if new.kind not in adapters:
        known = ", ".join(sorted(adapters))
        raise InvalidError(
            f"There is no kind of source {new.kind[:60]!r}; known are {known}.",
            code="unknown_kind",
            field="kind",
        )
    token = secrets.token_hex(16)
    stale_after = adapters[new.kind].stale_after
    row = SourceRow(
        public_id=new_id(),
        kind=new.kind,
        name="",
        token_hash=digest(token),
        auth="token",
        auth_options={},
        secrets=[],
        options={},
        publish="draft",
        stale_after_seconds=None if stale_after is None else int(stale_after.total_seconds()),
        rate_limit=0,
        is_enabled=True,
        created_at=ctx.now,
    )
    secret = None
    if AUTH_KINDS.get(new.auth, AUTH_KINDS["token"]).has_secret and not new.secrets:
        secret = generate_secret(new.auth)
        new = replace(new, secrets=(secret,))
    _apply(secret_box, row, _as_changes(new), adapters)
    ctx.session.add(row)
    ctx.session.flush()
    after = {"kind": row.kind, "name": row.name, "auth": row.auth, "publish": row.publish}
    audit.record(ctx, "source.add", "source", row.public_id, after=after)
    return CreatedSource(record_of(row), token, secret)


def edit_source(
    ctx: Ctx, secret_box: SecretBox, public_id: str, changes: SourceChanges, adapters: Adapters
) -> StaffSource:
    """Change a source. Raises the errors of `add_source`, and NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, public_id)
    before = {"name": row.name, "auth": row.auth, "publish": row.publish}
    _apply(secret_box, row, changes, adapters)
    after = {"name": row.name, "auth": row.auth, "publish": row.publish}
    audit.record(ctx, "source.edit", "source", row.public_id, before=before, after=after)
    return record_of(row)


def rotate_token(ctx: Ctx, public_id: str, *, overlap_seconds: int) -> CreatedSource:
    """Replace the token; the former one stays valid for `overlap_seconds`. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, public_id)
    token = secrets.token_hex(16)
    row.former_valid_until = ctx.now + _overlap(overlap_seconds)
    row.former_token_hash, row.token_hash = row.token_hash, digest(token)
    audit.record(ctx, "source.rotate_token", "source", row.public_id)
    return CreatedSource(record_of(row), token, None)


def rotate_secret(
    ctx: Ctx, secret_box: SecretBox, public_id: str, *, secret: str | None, overlap_seconds: int
) -> CreatedSource:
    """Replace the secret, by a generated one unless given; the former one stays valid for
    `overlap_seconds`.

    Raises InvalidError, NotFoundError, and ConflictError if the authentication has no secret.
    """
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, public_id)
    if not AUTH_KINDS[row.auth].has_secret:
        raise ConflictError("This source has no secret besides its token.", code="no_secret")
    new = generate_secret(row.auth) if secret is None else checked_secret(row.auth, secret)
    row.former_valid_until = ctx.now + _overlap(overlap_seconds)
    row.secrets = [secret_box.encrypt(new, row.public_id), *row.secrets][:_MAX_SECRETS]
    audit.record(ctx, "source.rotate_secret", "source", row.public_id)
    return CreatedSource(record_of(row), None, new if secret is None else None)


def delete_source(ctx: Ctx, public_id: str) -> None:
    """Delete a source. Incidents that only its alerts kept open are handed to staff.

    Raises NotFoundError.
    """
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, public_id)
    row.deleted_at, row.secrets = ctx.now, []
    withdraw_alerts(ctx, alert_source(row), "")
    audit.record(ctx, "source.delete", "source", row.public_id)


def get_source(ctx: Ctx, public_id: str) -> StaffSource:
    """Get a source by its public id. Raises NotFoundError."""
    ctx.require(Action.READ)
    return record_of(required_source(ctx, public_id))


def list_sources(
    ctx: Ctx, *, cursor: str | None, limit: int, words: Collection[str] = ()
) -> CursorPage[StaffSource]:
    """List sources, newest first: those whose name or kind contains all folded words."""
    ctx.require(Action.READ)
    return page_of(
        lambda before, size: sources.list_sources(
            ctx.session, before=before, limit=size, words=words
        ),
        record_of,
        cursor=cursor,
        limit=limit,
    )


def find_credentials(ctx: Ctx, secret_box: SecretBox, token: str) -> SourceCredentials | None:
    """Find the enabled source of a token, with its credentials; None if there is none."""
    row = sources.source_by_token(ctx.session, digest(token), ctx.now)
    if row is None:
        return None
    is_former_valid = row.former_valid_until is None or row.former_valid_until > ctx.now
    valid = row.secrets if is_former_valid else row.secrets[:1]
    opened = tuple(secret_box.decrypt(each, row.public_id) for each in valid)
    return SourceCredentials(
        row.id or 0,
        row.kind,
        row.auth,
        dict(row.auth_options),
        row.rate_limit,
        opened,
        dict(row.options),
    )


def stored_secrets(ctx: Ctx, secret_box: SecretBox, public_id: str) -> tuple[str, ...]:
    """The secrets of a source, newest first, to compare with. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, public_id)
    return tuple(secret_box.decrypt(each, row.public_id) for each in row.secrets)


def required_source(ctx: Ctx, public_id: str) -> SourceRow:
    """Load the row of a source. Raises NotFoundError."""
    return required(
        sources.find_source(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such source.",
        code="source_not_found",
    )


def _apply(
    secret_box: SecretBox, row: SourceRow, changes: SourceChanges, adapters: Adapters
) -> None:
    if changes.name is not None:
        row.name = checked_name(changes.name)
    if changes.options is not None:
        row.options = checked_options(adapters, row.kind, changes.options)
    if changes.publish is not None:
        # A form sends the mode that is set already, which was accepted then.
        is_unchanged = changes.publish == row.publish
        row.publish = check_publish(
            changes.publish,
            tested=is_unchanged or row.understood_at is not None,
            accept_untested=changes.accept_untested,
        )
    if changes.stale_after_seconds is not None:
        seconds = check_range(
            changes.stale_after_seconds, 0, _MAX_STALE_AFTER_SECONDS, field="stale_after_seconds"
        )
        row.stale_after_seconds = seconds or None
    if changes.rate_limit is not None:
        row.rate_limit = check_range(changes.rate_limit, 0, 1_000_000, field="rate_limit")
    if changes.enabled is not None:
        row.is_enabled = changes.enabled
    _apply_auth(secret_box, row, changes)


def _sealed(secret_box: SecretBox, row: SourceRow, secrets: tuple[str, ...]) -> list[str]:
    if len(secrets) > _MAX_SECRETS or (secrets and not AUTH_KINDS[row.auth].has_secret):
        raise InvalidError(
            "Give at most two secrets, where there are any.",
            code="too_many_secrets",
            field="secrets",
        )
    return [secret_box.encrypt(checked_secret(row.auth, each), row.public_id) for each in secrets]


def _apply_auth(secret_box: SecretBox, row: SourceRow, changes: SourceChanges) -> None:
    auth = row.auth if changes.auth is None else changes.auth
    kind = AUTH_KINDS.get(auth)
    if kind is None:
        known = ", ".join(AUTH_KINDS)
        raise InvalidError(
            f"The authentication is one of {known}.", code="unknown_auth", field="auth"
        )
    if auth != row.auth:
        row.secrets, row.former_valid_until = [], None
    row.auth = auth
    auth_options = row.auth_options if changes.auth_options is None else changes.auth_options
    row.auth_options = checked_auth_options(auth, auth_options)
    if changes.secrets is not None:
        row.secrets = _sealed(secret_box, row, changes.secrets)
        row.former_valid_until = None
    if kind.has_secret and not row.secrets:
        raise InvalidError(
            "This authentication needs a secret.", code="secret_needed", field="secrets"
        )


def _overlap(seconds: int) -> timedelta:
    return timedelta(seconds=check_range(seconds, 0, _MAX_OVERLAP_SECONDS, field="overlap_seconds"))


def _as_changes(new: NewSource) -> SourceChanges:
    return SourceChanges(
        name=new.name,
        auth=new.auth,
        auth_options=new.auth_options,
        secrets=new.secrets,
        options=new.options,
        publish=new.publish,
        stale_after_seconds=new.stale_after_seconds,
        rate_limit=new.rate_limit,
        accept_untested=new.accept_untested,
    )
