"""Fingerprint of a record: a hash of the fields that its exported page shows."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from math import floor
from typing import TYPE_CHECKING, Any

from app.domain.records import ServiceRecord
from app.domain.uptime import Day

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["fingerprint"]

# Pages show hundredths of a percent, rounded down.
_UPTIME_STEPS = 10_000
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def fingerprint(record: Any) -> bytes:  # noqa: ANN401  # every record has its page
    """SHA-256 of the fields of a record, without the time and the revision of its page.

    How much of a day is known counts as the uptime that it gives: it grows with each second.
    """
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
        return [type(value).__name__, _shown_fields(value)]
    raise TypeError(f"{type(value).__name__} has no named fields.")


def _shown_fields(value: "DataclassInstance") -> dict[str, object]:
    shown = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Day):
        shown["known_seconds"] = value.known_seconds > 0
    if isinstance(value, ServiceRecord) and value.uptime is not None:
        shown["uptime"] = floor(value.uptime * _UPTIME_STEPS)
    return shown
