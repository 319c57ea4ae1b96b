"""How much one request may state. Source: monitors/README.md section 5, rule 12."""

from collections.abc import Sequence
from typing import TypeVar

from app.ports.monitor import MalformedPayloadError

__all__ = ["MAX_ALERTS", "limited"]

MAX_ALERTS = 1000

_T = TypeVar("_T")


def limited(items: Sequence[_T]) -> Sequence[_T]:
    """The same items. Raises MalformedPayloadError when there are more than MAX_ALERTS."""
    if len(items) > MAX_ALERTS:
        raise MalformedPayloadError(f"The request states more than {MAX_ALERTS} alerts.")
    return items
