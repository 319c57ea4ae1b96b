"""Fingerprint of a record: a hash of the fields that its exported page shows."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

__all__ = ["fingerprint"]

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def fingerprint(record: Any) -> bytes:  # noqa: ANN401  # every record has its page
    """SHA-256 of the fields of a record, without the time and the revision of its page."""
    without_time = replace(record.page, now=_ANY_TIME, updated_at=_ANY_TIME, revision=0)
    encoded = json.dumps(replace(record, page=without_time), default=_fields_of)
    return sha256(encoded.encode()).digest()


def _fields_of(value: object) -> object:
    """A value of a record as JSON: its type and its fields, pairs, or text.

    Raises TypeError for a value without named fields, whose hash would not follow its content.
    """
    match value:
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():  # a logo
            return value.hex()
        case Mapping():
            return [[key, each] for key, each in value.items()]
        case frozenset():
            return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [
            type(value).__name__,
            {each.name: getattr(value, each.name) for each in fields(value)},
        ]
    raise TypeError(f"{type(value).__name__} has no named fields.")
