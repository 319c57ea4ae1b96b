"""Spans: what a worker did, from when until when, for a collector of traces."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.ports.clock import system_clock

__all__ = ["Span", "Trace", "untraced"]


@dataclass(slots=True)
class Span:
    """Something that begins now, and ends when it is passed to a `Trace`.

    `error` is the code of a failure. The attributes have no secrets and no addresses: they are sent
    to another system.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    began_at: datetime = field(default_factory=system_clock)
    error: str = ""


Trace = Callable[[Span], None]


def untraced(_span: Span) -> None:
    """Trace where there is no collector."""
