"""Body of an HTML form: its fields and files, parsed in a thread within limits."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.domain.errors import InvalidError
from app.web.requests.request_body import parse_body, read_body

__all__ = ["FormBody", "Upload", "read_form"]

_MAX_FIELDS = 1000
_MAX_FILES = 4
# A boundary has at most 70 characters. The parameters of a header are parsed in quadratic time.
_MAX_TYPE_LENGTH = 300
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file. The browser sets `name` and `kind` (the media type); do not trust them."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FormBody:
    """The fields of a form in order, and its files by field."""

    fields: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, Upload] = field(default_factory=dict)


async def read_form(request: Request) -> FormBody:
    """Read and parse the form of a request; empty if the body is no form.

    Raises InvalidError for a form that cannot be read, RefusedError as `read_body` does.
    """
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    body = await read_body(request)
    if kind == _URLENCODED:
        return await parse_body(request.scope, partial(_parse_fields, body))
    if kind == _MULTIPART and len(content_type) <= _MAX_TYPE_LENGTH:
        return await parse_body(request.scope, partial(_parse_parts, content_type, body))
    if kind == _MULTIPART:
        raise _unreadable()
    return FormBody()


def _parse_fields(body: bytes) -> FormBody:
    try:
        # Browsers encode every other byte. The number of fields is counted before they are made.
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise _unreadable() from error
    return FormBody(tuple(pairs))


def _parse_parts(content_type: str, body: bytes) -> FormBody:
    """Parse `multipart/form-data` (RFC 7578)."""
    # Starlette's parser is a coroutine, which waits for nothing here but its own temporary files.
    return asyncio.run(_parts(Headers({"content-type": content_type}), body))


async def _parts(headers: Headers, body: bytes) -> FormBody:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    parser = MultiPartParser(
        headers, stream(), max_files=_MAX_FILES, max_fields=_MAX_FIELDS, max_part_size=len(body)
    )
    fields: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    try:
        form = await parser.parse()
    except (FormParserError, MultiPartException, UnicodeDecodeError, KeyError) as error:
        raise _unreadable() from error
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            files[name] = Upload(value.filename or "", value.content_type or "", content)
        else:
            fields.append((name, value))
    await form.close()
    return FormBody(tuple(fields), files)


def _unreadable() -> InvalidError:
    return InvalidError("This form cannot be read.", code="unreadable_form")
