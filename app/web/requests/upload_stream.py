"""Uploads that are too large for memory: a request body is written to a file as it arrives.

A chunk is parsed and written in a thread: the event loop serves visitors meanwhile.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BufferedWriter

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from app.domain.errors import InvalidError, UnavailableError
from app.usecases.imports.runs.run_files import NewUpload
from app.web.problems import RefusedError
from app.web.requests.form_body import FormBody

__all__ = ["UploadedForm", "receive_file", "receive_form_with_file"]

_CHUNK_BYTES = 2**20
_MAX_FIELDS = 100
_MAX_FIELD_BYTES = 10_000
_MAX_HEADER_BYTES = 4_000
_MAX_TYPE_LENGTH = 300

AddUpload = Callable[[str], NewUpload]


async def receive_file(request: Request, upload: NewUpload) -> int:
    """Write the body of a request to the file of an upload; its size.

    Raises RefusedError, InvalidError for an empty body, and UnavailableError when the disk is full.
    """
    writer = _FileWriter(upload)
    try:
        await _receive(request, writer.write)
        size = await run_in_threadpool(writer.close)
        if not size:
            raise _empty()
    except BaseException:
        await run_in_threadpool(writer.discard)
        raise
    return size


@dataclass(slots=True)
class UploadedForm:
    """A form whose file was written to the place of an upload; `upload` is None without a file."""

    body: FormBody
    upload: NewUpload | None


async def receive_form_with_file(request: Request, add_upload: AddUpload) -> UploadedForm:
    """Read `multipart/form-data` (RFC 7578) with one file, which is written as it arrives.

    Raises InvalidError for a form that cannot be read, RefusedError, and UnavailableError when the
    disk is full.
    """
    content_type = request.headers.get("content-type", "")
    boundary = parse_options_header(content_type[:_MAX_TYPE_LENGTH])[1].get(b"boundary")
    if not boundary or len(content_type) > _MAX_TYPE_LENGTH:
        raise _unreadable()
    form = _MultipartForm(add_upload)
    try:
        await _receive(request, form.reader(boundary))
        return await run_in_threadpool(form.end)
    except BaseException as error:
        await run_in_threadpool(form.discard)
        if isinstance(error, (FormParserError, UnicodeDecodeError)):
            raise _unreadable() from error
        raise


async def _receive(request: Request, take: Callable[[bytes], object]) -> None:
    """Pass the body on in large chunks, each in a thread."""
    chunk = bytearray()
    try:
        async for part in request.stream():
            chunk += part
            if len(chunk) >= _CHUNK_BYTES:
                await run_in_threadpool(take, bytes(chunk))
                chunk.clear()
        if chunk:
            await run_in_threadpool(take, bytes(chunk))
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None


class _FileWriter:
    """Writes the file of an upload, which only its owner can read."""

    def __init__(self, upload: NewUpload) -> None:
        self.upload = upload
        self._size = 0
        self._file: BufferedWriter | None = None

    def write(self, content: bytes) -> None:
        try:
            if self._file is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                self._file = os.fdopen(os.open(self.upload.path, flags, 0o600), "wb")
            self._file.write(content)
        except OSError as error:
            raise UnavailableError(f"The upload cannot be stored: {error.strerror}.") from None
        self._size += len(content)

    def close(self) -> int:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise UnavailableError(f"The upload cannot be stored: {error.strerror}.") from None
        return self._size

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self.upload.discard()


@dataclass
class _Part:
    """One part of a form: a field, or with `writer` a file."""

    header_name: bytearray = field(default_factory=bytearray)
    header_value: bytearray = field(default_factory=bytearray)
    name: str = ""
    value: bytearray = field(default_factory=bytearray)
    writer: _FileWriter | None = None
    is_file: bool = False


class _MultipartForm:
    """The parts of a form as they arrive."""

    def __init__(self, add_upload: AddUpload) -> None:
        self._add_upload = add_upload
        self._fields: list[tuple[str, str]] = []
        self._part = _Part()
        self._writer: _FileWriter | None = None
        self._is_complete = False

    def reader(self, boundary: bytes) -> Callable[[bytes], object]:
        """A function that takes the body in chunks."""
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
                "on_end": self._complete,
            },
        )
        return parser.write

    def end(self) -> UploadedForm:
        """The form. Raises InvalidError when its end is missing."""
        if not self._is_complete:
            raise _unreadable()
        upload = None
        if self._writer is not None:
            upload = self._writer.upload if self._writer.close() else None
            if upload is None:
                self._writer.discard()
        return UploadedForm(FormBody(tuple(self._fields)), upload)

    def discard(self) -> None:
        """Delete what was written."""
        if self._writer is not None:
            self._writer.discard()

    def _begin(self) -> None:
        self._part = _Part()
        if len(self._fields) >= _MAX_FIELDS:
            raise _unreadable()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._part.header_name, data[start:end], _MAX_HEADER_BYTES)

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._part.header_value, data[start:end], _MAX_HEADER_BYTES)

    def _header_end(self) -> None:
        part = self._part
        if bytes(part.header_name).lower() == b"content-disposition":
            options = parse_options_header(bytes(part.header_value))[1]
            part.name = options.get(b"name", b"").decode("utf-8")
            part.is_file = b"filename" in options
            name = options.get(b"filename", b"").decode("utf-8", "replace")
            # Without a chosen file, browsers send an empty name.
            if part.is_file and name:
                if self._writer is not None:
                    raise _unreadable()
                self._writer = part.writer = _FileWriter(self._add_upload(name))
        part.header_name.clear()
        part.header_value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.writer is not None:
            self._part.writer.write(data[start:end])
        else:
            self._grow(self._part.value, data[start:end], _MAX_FIELD_BYTES)

    def _end_part(self) -> None:
        if not self._part.is_file:
            self._fields.append((self._part.name, self._part.value.decode("utf-8")))

    def _complete(self) -> None:
        self._is_complete = True

    @staticmethod
    def _grow(value: bytearray, more: bytes, limit: int) -> None:
        value += more
        if len(value) > limit:
            raise _unreadable()


def _unreadable() -> InvalidError:
    return InvalidError("This form cannot be read.", code="unreadable_form")


def _empty() -> InvalidError:
    return InvalidError("The upload is empty.", code="empty_upload")
