"""Reader for JSON of somebody else: as strict as the API, with errors that name line and column."""

import json
from typing import Any

from app.importing.errors import UnreadableSourceError
from app.importing.files.file_formats import advice_on
from app.payloads.strict_json import JsonFault, JsonFormatError, JsonLimits, read_json

__all__ = ["parse_json"]

_LIMITS = JsonLimits(max_depth=32, max_digits=40)
_REASONS = {
    JsonFault.CONSTANT: "has {detail}, which JSON does not know",
    JsonFault.DEPTH: "is nested more than 32 levels deep",
    JsonFault.VALUES: "has too many values",
    JsonFault.DIGITS: "has a number of more than 40 digits",
    JsonFault.RANGE: "has a number that is too large",
    JsonFault.DUPLICATE_NAME: "has the name {detail!r} twice in one object",
    JsonFault.SURROGATE: "has half of a character, an unpaired surrogate",
}


def parse_json(text: bytes | str, name: str, *, line: int | None = None) -> Any:  # noqa: ANN401  # JSON
    """The value of a JSON text. `name` is its file or address; `line` its line in JSON Lines.

    Raises InvalidError.
    """
    place = name if line is None else f"{name}: line {line}"
    try:
        shown = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeError:
        advice = advice_on(text) if isinstance(text, bytes) else ""
        message = f"{place} is not JSON: it is not UTF-8.{advice}"
        raise UnreadableSourceError(place, message) from None
    if not shown.strip():
        raise UnreadableSourceError(place, f"{place} is not JSON: it is empty.")
    try:
        return read_json(shown, _LIMITS)
    except JsonFormatError as error:
        if error.fault is not JsonFault.SYNTAX:
            reason = _REASONS[error.fault].format(detail=error.detail[:60])
            raise UnreadableSourceError(
                place, f"{place} is not JSON that Fyr reads: it {reason}."
            ) from None
        cause = error.__cause__
        if not isinstance(cause, json.JSONDecodeError):
            raise UnreadableSourceError(place, f"{place} is not JSON.") from None
        at = f"line {line or cause.lineno}, column {cause.colno}"
        message = f"{name} is not JSON: {at}: {cause.msg}.{advice_on(shown[:1_000].encode())}"
        raise UnreadableSourceError(f"{name}: {at}", message) from None
