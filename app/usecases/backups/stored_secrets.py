"""Encrypted secrets in a backup, for restoring it without the key that encrypted them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.domain.notifications.states import StopReason, SubscriberState

__all__ = ["SecretRemover"]

# Rows that are useless without the key: secrets of the installation, and what is hashed with them.
_LEFT_OUT = {
    "idempotency": None,
    "installation_secret": None,
    "recovery_code": "recovery codes of staff",
    "suppression": "suppressed addresses",
}
_EMPTIED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "source": ({"secrets": []}, "source"),
    "user_account": (
        {"totp_secret": None, "totp_pending": None, "totp_last_step": None},
        "authenticator app",
    ),
    "subscriber": ({"secrets": None}, "webhook or chat channel"),
    "channel": ({"secrets": None}, "channel"),
    "translation_provider": ({"key": None}, "translation provider"),
}


class SecretRemover:
    """Removes encrypted secrets from rows, and remembers what has to be entered again."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.counted: Counter[str] = Counter()

    def removed(self, table: str, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The row without secrets; None when it is useless without them."""
        if table in _LEFT_OUT:
            what = _LEFT_OUT[table]
            if what is not None:
                self.counted[what] += 1
            return None
        if table not in _EMPTIED:
            return row
        empty, what = _EMPTIED[table]
        if not any(row.get(name) for name in empty):
            return row
        shown = row.get("name") or row.get("email") or row.get("kind") or row.get("address")
        self.named.append(f"{what} {shown}")
        changed = {name: value for name, value in {**row, **empty}.items() if value is not None}
        if table == "subscriber":
            # Nothing can be sent without the URL, which is a secret.
            changed |= {
                "state": SubscriberState.STOPPED.value,
                "stop_reason": StopReason.STAFF.value,
            }
        return changed
