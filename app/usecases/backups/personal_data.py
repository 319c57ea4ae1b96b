"""Personal data in a backup: which tables, rows and columns hold it, for a backup without it."""

from collections.abc import Mapping
from typing import Any

from app.db.stored_rows import RowFilter

__all__ = ["LEFT_OUT", "PERSONAL_ROWS", "without_personal_data"]

# Tables about staff and subscribers, and texts that staff have not published.
LEFT_OUT = frozenset(
    {
        "delivery",
        "delivery_attempt",
        "draft",
        "idempotency",
        "identity",
        "import_run",
        "mail_picture",
        "message",
        "message_picture",
        "one_time_link",
        "passkey",
        "pending_text",
        "recovery_code",
        "requested_mail",
        "security_event",
        "sign_in_attempt",
        "staff_mail",
        "staff_session",
        "subscriber",
        "subscription",
        "subscription_request",
        "suppression",
        "user_account",
    }
)
_PERSONAL_SUBJECTS = frozenset(
    {"delivery", "pending_text", "room", "session", "subscriber", "suppression", "token", "user"}
)
# The rows that are left out of other tables.
PERSONAL_ROWS: Mapping[str, RowFilter] = {
    "audit_entry": RowFilter("subject", _PERSONAL_SUBJECTS),
    "import_ref": RowFilter("subject", _PERSONAL_SUBJECTS),
    "token": RowFilter("owner_id"),
}
# A changed entry does not fit its hash any more; the next change chains the entries anew.
_AUDIT_HASHES = frozenset({"position", "former_hash", "hash"})
_AUTHORS: Mapping[str, Mapping[str, Any]] = {
    "former_text": {"replaced_by": ""},
    "incident_note": {"actor_name": ""},
    "notice": {"actor_name": ""},
}


def without_personal_data(table: str, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The row without names and addresses of people; None when the whole row is about a person."""
    left_out = PERSONAL_ROWS.get(table)
    if table in LEFT_OUT or (left_out is not None and left_out.matches(row)):
        return None
    if table == "audit_entry":
        kept = {name: value for name, value in row.items() if name not in _AUDIT_HASHES}
        return {**kept, "actor_name": ""}
    stated = {name: _without_origins(value) for name, value in row.items()}
    return stated | {
        name: value for name, value in _AUTHORS.get(table, {}).items() if name in stated
    }


def _without_origins(value: Any) -> Any:  # noqa: ANN401  # a JSON value
    """A localized text without the names of who wrote its translations; else the value itself."""
    if not isinstance(value, dict) or not isinstance(value.get("texts"), dict):
        return value
    if not {"source", "version"} <= value.keys():
        return value
    return value | {"texts": {tag: each[:2] for tag, each in value["texts"].items()}}
