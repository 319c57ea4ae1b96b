"""Untrusted JSON values: access without assumptions about their type."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from app.payloads.sanitize import clean, clean_url, is_unset
from app.payloads.strict_json import Json, looks_like_json, parse_json
from app.payloads.times import ReportTime, read_instant, read_report_time
from app.ports.monitor import MalformedPayloadError

__all__ = [
    "MAX_DESCRIPTION",
    "MAX_TEXT",
    "MISSING",
    "UntrustedValue",
    "as_labels",
    "pick",
    "quote_value",
    "read_tags",
]

MAX_TEXT = 300
MAX_DESCRIPTION = 10_000
_MAX_LABELS = 100
_MAX_QUOTED = 60
_TAG = re.compile(r"([^:=]+)[:=](.+)")
_MAX_LABEL_VALUE = 1000


@dataclass(frozen=True, slots=True)
class UntrustedValue:
    """JSON value of unknown type, or missing. A value of the wrong type counts as missing."""

    value: Json

    def __bool__(self) -> bool:
        return self.value is not None

    def at(self, *names: str) -> "UntrustedValue":
        """Value at a path of nested names."""
        value = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return UntrustedValue(value)

    def first(self, *names: str) -> "UntrustedValue":
        """Value of the first of these names whose text is not empty."""
        found = (self.at(name) for name in names)
        return next((value for value in found if value.text()), MISSING)

    def items(self) -> tuple["UntrustedValue", ...]:
        """Elements of an array; empty for anything else."""
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
        """Text, number or boolean as text, truncated to `limit`; empty for anything else.

        An unreplaced template variable, such as `*alertDuration*`, counts as empty.
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
        """Original text for `dedup_key`: neither truncated nor with replaced characters."""
        if isinstance(self.value, str):
            return "" if is_unset(self.value) else self.value.strip()
        return self.text()

    def url(self) -> str | None:
        """The value if it is an http or https URL, else None."""
        return clean_url(self.value) if isinstance(self.value, str) else None

    def instant(
        self, zone: tzinfo | None = UTC, received_at: datetime | None = None
    ) -> datetime | None:
        """Parse the value as a time; one without an offset is in `zone`.

        `received_at` is needed for a zone whose offset changes.
        """
        return read_instant(self.text(), zone, received_at)

    def report_time(self, zone: tzinfo | None, received_at: datetime) -> ReportTime:
        """Parse the value as the time of a report that arrived at `received_at`."""
        return read_report_time(self.text(), zone, received_at)

    def parsed(self) -> "UntrustedValue":
        """Parse JSON inside a text; return any other value unchanged."""
        if not (isinstance(self.value, str) and looks_like_json(self.value)):
            return self
        try:
            return UntrustedValue(parse_json(self.value))
        except MalformedPayloadError:
            return self

    def labels(self) -> dict[str, str]:
        """Non-empty texts, numbers and booleans of an object, by name."""
        if not isinstance(self.value, dict):
            return {}
        return as_labels((name, UntrustedValue(value)) for name, value in self.value.items())


def as_labels(pairs: Iterable[tuple[str, UntrustedValue]]) -> dict[str, str]:
    """Build labels from the non-empty single-line values, at most 100."""
    found: dict[str, str] = {}
    for name, value in pairs:
        text = value.text(_MAX_LABEL_VALUE)
        if text and "\n" not in text and name.strip() and len(found) < _MAX_LABELS:
            found[clean(name, MAX_TEXT)] = text
    return found


def quote_value(value: UntrustedValue) -> str:
    """Quote a short value. Parts of an object may be secret, and do not help."""
    match value.value:
        case None:
            return "missing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return repr(clean(value.value, _MAX_QUOTED))
    return clean(value.text(), _MAX_QUOTED)


def pick(value: UntrustedValue, names: Mapping[str, str]) -> dict[str, str]:
    """Build labels from fields; `names` maps label names to field names."""
    return as_labels((label, value.at(name)) for label, name in names.items())


def read_tags(tags: UntrustedValue) -> dict[str, str]:
    """Build labels from tags such as `service:web prod`, given as a text or an array of texts.

    Tags with `:` or `=` become labels; the label `tags` contains all tags.
    """
    texts = [tag.text(_MAX_LABEL_VALUE) for tag in tags.items()] or [tags.text(_MAX_LABEL_VALUE)]
    pairs = [_TAG.fullmatch(word) for text in texts for word in re.split(r"[,\s]+", text)]
    labels = as_labels((pair[1], UntrustedValue(pair[2])) for pair in pairs if pair)
    return {"tags": joined, **labels} if (joined := " ".join(filter(None, texts))) else labels


MISSING = UntrustedValue(None)
