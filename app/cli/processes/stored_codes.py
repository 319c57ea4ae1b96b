"""Stored recovery codes: those of earlier releases are keyed at the start."""

import logging

from app.secret_keys import former_secret_keys, secret_key
from app.settings import Settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import BrowserBox
from app.usecases.users.second_factor import recovery_codes

__all__ = ["key_stored_codes"]

_log = logging.getLogger("fyr.serve")


def key_stored_codes(database: Database, settings: Settings) -> None:
    """Key the recovery codes that an earlier release stored as plain SHA-256."""
    with database.writing(SHELL) as ctx:
        count = recovery_codes.key_stored_codes(ctx, lambda: _box(settings))
    if count:
        _log.info("serve.recovery_codes_keyed count=%d", count)


def _box(settings: Settings) -> BrowserBox:
    return BrowserBox.for_purpose(secret_key(settings), "console", former_secret_keys(settings))
