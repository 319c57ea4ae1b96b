"""Parsing of request bodies, independent of Content-Type.

Senders label JSON as plain text (SNS), as a form (Uptime Kuma) or not at all (Gatus), so the format
is detected from the bytes: JSON, else a form, else the query string. Source: monitors/README.md
section 1, finding 4.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import parse_qsl

from app.payloads.strict_json import Json, looks_like_json, parse_json
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import InboundEvent, MalformedPayloadError

__all__ = [
    "as_document",
    "body_text",
    "read_body",
    "read_mapped_body",
    "read_query",
    "require_whole_query",
]

_CUT_OFF = (
    "has no equals sign, as if an ampersand in the value before it were not escaped. Send "
    "ampersands as %26."
)
_MAX_FIELDS = 1000
_GZIP = b"\x1f\x8b"
_FORM = re.compile(r"[^\s=&]{1,400}=", re.ASCII)
_BOUNDARY = re.compile(r"--([^\r\n]{1,70})\r?\n")
_FIELD_NAME = re.compile(r';\s*name="?([^";\r\n]*)"?', re.IGNORECASE)
_CHARSET = re.compile(
    r'charset="?(latin-?1|iso-8859-1|windows-1252|cp1252|utf-16)"?', re.IGNORECASE
)


def read_body(event: InboundEvent, *, fields_are_texts: bool = False) -> UntrustedValue:
    """Parse the body of an event, or its query if the body is empty.

    A form becomes an object of its fields. JSON in a field is parsed unless `fields_are_texts`: a
    name may look like JSON. A form with a single field that holds JSON becomes that JSON. Raises
    MalformedPayloadError.
    """
    text = body_text(event)
    if not text.strip():
        return _require(
            read_query(event, fields_are_texts=fields_are_texts),
            "The request carries neither a body nor a query.",
        )
    if looks_like_json(text):
        return UntrustedValue(parse_json(text))
    if boundary := _BOUNDARY.match(text):
        return _unwrapped(_multipart(text, boundary[1]), fields_are_texts=fields_are_texts)
    if text.lstrip().startswith('"'):
        return UntrustedValue(parse_json(text)).parsed()
    if _FORM.match(text):
        return _unwrapped(_urlencoded(text.strip()), fields_are_texts=fields_are_texts)
    raise MalformedPayloadError("The body is neither JSON nor a form.")


def read_mapped_body(event: InboundEvent) -> UntrustedValue:
    """Parse the body for a mapping, which can also read a text that is neither JSON nor a form.

    A text that starts like JSON must be JSON, and each field of a form or a query has an equals
    sign: one that has none is the rest of a value with an ampersand. Raises MalformedPayloadError.
    """
    try:
        found = read_body(event)
    except MalformedPayloadError:
        text = body_text(event)
        if not text.strip() or looks_like_json(text):
            raise
        return UntrustedValue(text)
    text = body_text(event)
    if _has_cut_off_value(text):
        raise MalformedPayloadError(f"A field of the form {_CUT_OFF}")
    if not text.strip():
        require_whole_query(event)
    return found


def require_whole_query(event: InboundEvent) -> None:
    """Raise MalformedPayloadError if a field of the query has no equals sign."""
    if event.bare_fields:
        raise MalformedPayloadError(f"A field of the query {_CUT_OFF}")


def _has_cut_off_value(text: str) -> bool:
    if looks_like_json(text) or not _FORM.match(text):
        return False
    return any(piece and "=" not in piece for piece in text.strip().split("&"))


def read_query(event: InboundEvent, *, fields_are_texts: bool = False) -> UntrustedValue:
    """Parse the query into an object of its fields; empty without a query."""
    return as_document(event.query, fields_are_texts=fields_are_texts)


def body_text(event: InboundEvent) -> str:
    """Decode the body. Invalid bytes become lone surrogates (PEP 383): losing an alert is worse.

    Replacing them would make two names equal that differ in these bytes. Raises
    MalformedPayloadError for a compressed body.
    """
    if event.body.startswith(_GZIP):
        raise MalformedPayloadError("The body is compressed with gzip, which is not read.")
    try:
        return event.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_as_labelled(event)


def _decode_as_labelled(event: InboundEvent) -> str:
    named = _CHARSET.search(event.headers.get("content-type", ""))
    if named:
        # Half a code unit of UTF-16 cannot become a surrogate, so the label is wrong.
        with suppress(UnicodeDecodeError):
            return event.body.decode(named[1], errors="surrogateescape")
    return event.body.decode("utf-8", errors="surrogateescape")


def as_document(
    pairs: Iterable[tuple[str, str]], *, fields_are_texts: bool = False
) -> UntrustedValue:
    """Convert form or query fields to an object; a repeated field becomes an array.

    JSON in a field is parsed unless `fields_are_texts`.
    """
    fields: dict[str, Json] = {}
    for name, text in pairs:
        value: Json = text if fields_are_texts else UntrustedValue(text).parsed().value
        before = fields.get(name)
        if name not in fields or before == value:
            fields[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            fields[name] = [before, value]
    return UntrustedValue(fields)


def _require(value: UntrustedValue, reason: str) -> UntrustedValue:
    if not value.value:
        raise MalformedPayloadError(reason)
    return value


def _unwrapped(pairs: Sequence[tuple[str, str]], *, fields_are_texts: bool) -> UntrustedValue:
    """Return the JSON that is the only content of a form, else an object of its fields."""
    if len(pairs) == 1:
        name, text = pairs[0]
        envelope = name if not text and looks_like_json(name) else text
        if looks_like_json(envelope):
            return UntrustedValue(parse_json(envelope))
    return _require(
        as_document(pairs, fields_are_texts=fields_are_texts), "The body is a form without fields."
    )


def _urlencoded(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise MalformedPayloadError("The form has too many fields.") from error


def _multipart(text: str, boundary: str) -> list[tuple[str, str]]:
    """Parse the named fields of a multipart body, including files (RFC 7578)."""
    fields = []
    for part in text.split(f"--{boundary}")[1 : _MAX_FIELDS + 1]:
        head, separator, content = part.replace("\r\n", "\n").partition("\n\n")
        name = _FIELD_NAME.search(head)
        if separator and name:
            fields.append((name[1], content.removesuffix("\n")))
    return fields
