"""Stored JSON of a target's state machine (app.domain.certificates.watch)."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from app.domain.certificates.watch import Watch, WatchedCause

__all__ = ["watch_from_json", "watch_to_json"]

_CAUSES = TypeAdapter(dict[str, WatchedCause], config=ConfigDict(ser_json_timedelta="float"))


def watch_to_json(watch: Watch) -> dict[str, Any]:
    """Encode the state for a JSON column: the causes by key, lengths of time in seconds."""
    encoded: dict[str, Any] = _CAUSES.dump_python(dict(watch.causes), mode="json")
    return encoded


def watch_from_json(stored: Mapping[str, Any]) -> Watch:
    """Decode the state from a JSON column."""
    return Watch(_CAUSES.validate_python(dict(stored)))
