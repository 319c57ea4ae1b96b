"""Security events: what happened to the access of a user."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["SecurityEvent", "SecurityEventKind"]


class SecurityEventKind(StrEnum):
    """What happened to the access of a user."""

    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of an event
    ROLE_CHANGED = "role_changed"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    LINK_CREATED = "link_created"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_REMOVED = "identity_removed"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event. `by` is the other person or program that caused it, None when the user did."""

    kind: SecurityEventKind
    at: datetime
    by: str | None
    data: Mapping[str, str]
