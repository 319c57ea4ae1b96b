"""A delivery's body, whatever its Content-Type claims.

Senders label JSON as plain text (SNS), as a form (Uptime Kuma) or not at all (Gatus), so the bytes
decide: JSON, else a form, else the query string. Source: monitors/README.md section 1, finding 4.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from app.payloads.strict_json import Json, looks_like_json, parse_json
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import InboundEvent, MalformedPayloadError

__all__ = ["as_document", "body_text", "read_body", "read_query"]

_MAX_FIELDS = 1000
_GZIP = b"\x1f\x8b"
_FORM = re.compile(r"[^\s=&]{1,400}=", re.ASCII)
_BOUNDARY = re.compile(r"--([^\r\n]{1,70})\r?\n")
_FIELD_NAME = re.compile(r';\s*name="?([^";\r\n]*)"?', re.IGNORECASE)
_CHARSET = re.compile(
    r'charset="?(latin-?1|iso-8859-1|windows-1252|cp1252|utf-16)"?', re.IGNORECASE
)


def read_body(event: InboundEvent) -> UntrustedValue:
    """The document that a delivery carries: from its body, or from its query where that is empty.

    A form becomes an object of its fields; fields that hold JSON are read, and a form of one such
    field is that JSON. Raises MalformedPayloadError.
    """
    text = body_text(event)
    if not text.strip():
        return _or_refuse(read_query(event), "The request carries neither a body nor a query.")
    if looks_like_json(text):
        return UntrustedValue(parse_json(text))
    if boundary := _BOUNDARY.match(text):
        return _unwrapped(_multipart(text, boundary[1]))
    if text.lstrip().startswith('"'):
        return UntrustedValue(parse_json(text)).parsed()
    if _FORM.match(text):
        return _unwrapped(_urlencoded(text.strip()))
    raise MalformedPayloadError("The body is neither JSON nor a form.")


def read_query(event: InboundEvent) -> UntrustedValue:
    """The query as an object of its fields; empty without a query."""
    return as_document(event.query)


def body_text(event: InboundEvent) -> str:
    """The body as text. Bytes that are no UTF-8 are replaced: an alert matters more than a letter.

    Raises MalformedPayloadError for a compressed body.
    """
    if event.body.startswith(_GZIP):
        raise MalformedPayloadError("The body is compressed with gzip, which is not read.")
    try:
        return event.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = _CHARSET.search(event.headers.get("content-type", ""))
        return event.body.decode(named[1] if named else "utf-8", errors="replace")


def as_document(pairs: Iterable[tuple[str, str]]) -> UntrustedValue:
    """An object of form or query fields; a field given several times is an array."""
    fields: dict[str, Json] = {}
    for name, text in pairs:
        value = UntrustedValue(text).parsed().value
        before = fields.get(name)
        if name not in fields or before == value:
            fields[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            fields[name] = [before, value]
    return UntrustedValue(fields)


def _or_refuse(reading: UntrustedValue, why: str) -> UntrustedValue:
    if not reading.value:
        raise MalformedPayloadError(why)
    return reading


def _unwrapped(pairs: Sequence[tuple[str, str]]) -> UntrustedValue:
    """The JSON of a form that is nothing but an envelope around it, else its fields."""
    if len(pairs) == 1:
        name, text = pairs[0]
        envelope = name if not text and looks_like_json(name) else text
        if looks_like_json(envelope):
            return UntrustedValue(parse_json(envelope))
    return _or_refuse(as_document(pairs), "The body is a form without fields.")


def _urlencoded(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise MalformedPayloadError("The form has too many fields.") from error


def _multipart(text: str, boundary: str) -> list[tuple[str, str]]:
    """The named fields of a multipart body. RFC 7578; files are fields too."""
    fields = []
    for part in text.split(f"--{boundary}")[1 : _MAX_FIELDS + 1]:
        head, separator, content = part.replace("\r\n", "\n").partition("\n\n")
        name = _FIELD_NAME.search(head)
        if separator and name:
            fields.append((name[1], content.removesuffix("\n")))
    return fields
