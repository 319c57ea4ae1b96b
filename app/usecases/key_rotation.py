"""Key rotation: encrypts every stored secret with the present key, in batches.

A batch is one transaction, and a secret that is encrypted with the present key is left alone: an
interrupted rotation continues where it ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.db.queries import encrypted
from app.db.tables import (
    ChannelRow,
    IdempotencyRow,
    InstallationSecretRow,
    SourceRow,
    SubscriberRow,
    SubscriptionRequestRow,
    TranslationProviderRow,
    UserRow,
)
from app.domain.errors import UnavailableError
from app.domain.permissions import Action
from app.usecases import idempotency
from app.usecases.context import Ctx
from app.usecases.encryption import BrowserBox, SecretBox
from app.usecases.page.translation_provider import KEY_OWNER
from app.usecases.subscribers.requests import webhook_requests
from app.usecases.users.second_factor import second_factor

__all__ = ["Batch", "Boxes", "renew_batch"]

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes that stored secrets are encrypted with."""

    secret_box: SecretBox
    browser_box: BrowserBox


@dataclass(frozen=True, slots=True)
class Batch:
    """The result of one batch.

    `table` and `after` are where the next one begins, None after the last one. `unreadable` counts
    secrets that none of the keys decrypts; they stay as they are.
    """

    renewed: int
    unreadable: int
    table: int | None
    after: object


def renew_batch(ctx: Ctx, boxes: Boxes, *, table: int = 0, after: object = None) -> Batch:
    """Encrypt the secrets of the next rows of a table with the present key. Raises ForbiddenError.

    The rows are locked until the commit, so that a concurrent change of a secret is not lost.
    """
    ctx.require(Action.CONFIGURE)
    rows = encrypted.next_rows(ctx.session, table, after, limit=_BATCH)
    renewed = unreadable = 0
    for row in rows:
        try:
            renewed += sum(_renewals(row, boxes))
        except (UnavailableError, ValueError):
            unreadable += 1
    if len(rows) == _BATCH:
        return Batch(renewed, unreadable, table, encrypted.position(rows[-1]))
    following = table + 1 if table + 1 < encrypted.TABLES else None
    return Batch(renewed, unreadable, following, None)


def _renewals(row: object, boxes: Boxes) -> Iterator[bool]:
    """Renew each secret of a row; whether each one was encrypted with a former key."""
    if isinstance(row, SourceRow):
        fresh = [boxes.secret_box.renewed(each, row.public_id) for each in row.secrets]
        # A new list: a change inside the present one is not noticed.
        row.secrets = [new or old for new, old in zip(fresh, row.secrets, strict=True)]
        yield from (each is not None for each in fresh)
    elif isinstance(row, UserRow):
        yield from second_factor.renew_secrets(row, boxes.browser_box)
    elif isinstance(row, IdempotencyRow):
        yield idempotency.renew_response(row, boxes.secret_box)
    elif isinstance(row, SubscriberRow | ChannelRow):
        yield _renew_channel_secrets(row, boxes.secret_box)
    elif isinstance(row, TranslationProviderRow):
        yield _renew_provider_key(row, boxes.secret_box)
    elif isinstance(row, SubscriptionRequestRow):
        yield webhook_requests.renew_request(row, boxes.secret_box)
    elif isinstance(row, InstallationSecretRow):
        new = boxes.browser_box.renewed(row.encrypted)
        row.encrypted = new or row.encrypted
        yield new is not None


def _renew_channel_secrets(row: SubscriberRow | ChannelRow, secret_box: SecretBox) -> bool:
    """Encrypt the secrets of a subscriber or of a channel; False when there is nothing to do."""
    about = row.public_id if isinstance(row, SubscriberRow) else f"channel:{row.kind}"
    new = None if row.secrets is None else secret_box.renewed(row.secrets, about)
    row.secrets = row.secrets if new is None else new
    return new is not None


def _renew_provider_key(row: TranslationProviderRow, secret_box: SecretBox) -> bool:
    """Encrypt the key of the translation provider; False when there is nothing to do."""
    new = None if row.key is None else secret_box.renewed(row.key, KEY_OWNER)
    row.key = new or row.key
    return new is not None
