"""Parts of what staff write as JSON and back, for as long as it waits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.db.text_json import text_from_json, text_to_json
from app.domain.localized_text import LocalizedText

__all__ = ["Json", "instant_of", "instant_to_json", "localized", "text_from_json", "text_to_json"]

Json = dict[str, Any]


def instant_to_json(at: datetime | None) -> str | None:
    """A time, or that there is none."""
    return None if at is None else at.isoformat()


def instant_of(kept: str | None) -> datetime | None:
    """The time that `instant_to_json` kept."""
    return None if kept is None else datetime.fromisoformat(kept)


def localized(kept: Mapping[str, Any]) -> LocalizedText:
    """A text of staff, kept by `text_to_json`."""
    text = text_from_json(kept)
    if not isinstance(text, LocalizedText):
        raise TypeError("staff write texts, not phrases")
    return text
