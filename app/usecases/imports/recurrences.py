"""Recurrence of a maintenance in a document: its rule, and the windows that were changed."""

from typing import Any

from app.domain.errors import InvalidError
from app.usecases.imports.reader import DocumentReader

__all__ = ["recurrence_of"]


def recurrence_of(reader: DocumentReader) -> dict[str, Any] | None:
    """The checked recurrence of a maintenance; None for a single window. Raises InvalidError."""
    section = reader.child("recurrence")
    if section is None:
        return None
    cancelled = section.texts("cancelled")
    return {
        "rrule": section.text("rrule"),
        "time_zone": section.optional_text("time_zone"),
        "until": section.optional_time("until"),
        "windows": [_window(each) for each in section.children("windows")],
        "cancelled": [
            DocumentReader({"at": each}, section.at("cancelled")).instant("at").isoformat()
            for each in cancelled
        ],
    }


def _window(reader: DocumentReader) -> dict[str, str | None]:
    """A window of a series that was moved, completed or cancelled by itself, or has updates."""
    if reader.instant("ends_at") <= reader.instant("starts_at"):
        place = reader.at("ends_at")
        raise InvalidError(f"{place} is not after starts_at.", field=place)
    return {
        "recurs_at": reader.instant("recurs_at").isoformat(),
        **{
            name: reader.optional_time(name)
            for name in ("starts_at", "ends_at", "verifying_at", "completed_at", "cancelled_at")
        },
    }
