"""One value of a payload, read without trusting what it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from app.payloads.sanitize import clean, clean_url, is_unset
from app.payloads.strict_json import Json, looks_like_json, parse_json
from app.payloads.times import read_instant
from app.ports.monitor import MalformedPayloadError

__all__ = [
    "MAX_DESCRIPTION",
    "MAX_TEXT",
    "MISSING",
    "UntrustedValue",
    "as_labels",
    "pick",
    "read_tags",
]

MAX_TEXT = 300
MAX_DESCRIPTION = 10_000
_MAX_LABELS = 100
_TAG = re.compile(r"([^:=]+)[:=](.+)")
_WHOLE = 2**21  # more than a body may have
_MAX_LABEL_VALUE = 1000


@dataclass(frozen=True, slots=True)
class UntrustedValue:
    """A JSON value, or nothing. Every question has an answer; a wrong type reads as nothing."""

    value: Json

    def __bool__(self) -> bool:
        return self.value is not None

    def at(self, *names: str) -> "UntrustedValue":
        """What stands under these names, one inside the other."""
        value = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return UntrustedValue(value)

    def first(self, *names: str) -> "UntrustedValue":
        """What stands under the first of these names that says something."""
        found = (self.at(name) for name in names)
        return next((reading for reading in found if reading.text()), MISSING)

    def items(self) -> tuple["UntrustedValue", ...]:
        """The elements of an array."""
        if not isinstance(self.value, list):
            return ()
        return tuple(UntrustedValue(element) for element in self.value)

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_array(self) -> bool:
        return isinstance(self.value, list)

    def text(self, limit: int = MAX_TEXT) -> str:
        """A text, number or truth value as text; empty for anything else.

        A variable that the sender left unreplaced, such as `*alertDuration*`, reads as nothing.
        """
        match self.value:
            case bool():
                return "true" if self.value else "false"
            case int() | float():
                return str(self.value)
            case str():
                return "" if is_unset(self.value) else clean(self.value, limit)
        return ""

    def key(self) -> str:
        """The same, whole: what tells alerts apart must not be shortened."""
        return self.text(_WHOLE)

    def url(self) -> str | None:
        """An http or https address."""
        return clean_url(self.value) if isinstance(self.value, str) else None

    def instant(self, zone: tzinfo | None = UTC) -> datetime | None:
        """The instant stated; a time without an offset is in `zone`."""
        return read_instant(self.text(), zone)

    def parsed(self) -> "UntrustedValue":
        """The value that a text states in JSON; anything else reads as itself."""
        if not (isinstance(self.value, str) and looks_like_json(self.value)):
            return self
        try:
            return UntrustedValue(parse_json(self.value))
        except MalformedPayloadError:
            return self

    def labels(self) -> dict[str, str]:
        """The texts, numbers and truth values of an object, by name, without empty ones."""
        if not isinstance(self.value, dict):
            return {}
        return as_labels((name, UntrustedValue(value)) for name, value in self.value.items())


def as_labels(pairs: Iterable[tuple[str, UntrustedValue]]) -> dict[str, str]:
    """Labels of what says something in one line, at most a hundred."""
    found: dict[str, str] = {}
    for name, reading in pairs:
        text = reading.text(_MAX_LABEL_VALUE)
        if text and "\n" not in text and name.strip() and len(found) < _MAX_LABELS:
            found[clean(name, MAX_TEXT)] = text
    return found


def pick(reading: UntrustedValue, names: Mapping[str, str]) -> dict[str, str]:
    """Labels from fields: the label's name, and the field's."""
    return as_labels((label, reading.at(name)) for label, name in names.items())


def read_tags(tags: UntrustedValue) -> dict[str, str]:
    """Labels from tags such as `service:web prod`: as one text, or as an array of texts.

    A tag without a colon or equals sign is no label; all of them stand in `tags`.
    """
    texts = [tag.text(_MAX_LABEL_VALUE) for tag in tags.items()] or [tags.text(_MAX_LABEL_VALUE)]
    pairs = [_TAG.fullmatch(word) for text in texts for word in re.split(r"[,\s]+", text)]
    labels = as_labels((pair[1], UntrustedValue(pair[2])) for pair in pairs if pair)
    return {"tags": joined, **labels} if (joined := " ".join(filter(None, texts))) else labels


MISSING = UntrustedValue(None)
