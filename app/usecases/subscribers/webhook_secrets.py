"""Secrets of webhooks: the keys that sign requests, and the mail address to write to in trouble."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta

from app.db.tables import SubscriberRow
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox

__all__ = ["CONTACT", "FORMER_KEY_UNTIL", "ROTATION", "decrypted", "new_key", "rotate_key"]

# How long the former secret of a webhook signs after a rotation.
ROTATION = timedelta(days=1)
FORMER_KEY_UNTIL = "former_key_until"
CONTACT = "contact"
_KEY_BYTES = 32


def new_key() -> str:
    """A new secret to sign requests with, in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def decrypted(secret_box: SecretBox, row: SubscriberRow) -> Mapping[str, str]:
    """The secrets of a subscriber. Raises UnavailableError when they cannot be decrypted."""
    if row.secrets is None:
        return {}
    stored: Mapping[str, str] = json.loads(secret_box.decrypt(row.secrets, row.public_id))
    return stored


def rotate_key(ctx: Ctx, secret_box: SecretBox, row: SubscriberRow) -> str:
    """Replace the key of a webhook, and return the new one; the former one signs for a day too.

    Raises UnavailableError.
    """
    stored, key = dict(decrypted(secret_box, row)), new_key()
    stored["former_key"], stored["key"] = stored["key"], key
    row.secrets = secret_box.encrypt(json.dumps(stored), row.public_id)
    row.options = {**row.options, FORMER_KEY_UNTIL: (ctx.now + ROTATION).isoformat()}
    ctx.session.add(row)
    return key
