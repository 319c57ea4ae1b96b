"""A small object store that speaks S3: what an export needs of it, and nothing else.

It refuses what is not signed, and lists few objects at a time, so that pages of a list count.
"""

import base64
import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from tests.network import started

__all__ = ["Store", "Stored", "storing"]

_MOST_LISTED = 50
_TOLD = ("Content-Type", "Cache-Control", "Content-Language", "Content-Encoding")
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=tester/\d{8}/eu-north-1/s3/aws4_request, .+")


@dataclass(frozen=True)
class Stored:
    body: bytes
    headers: dict[str, str]

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


@dataclass
class Store:
    """Objects by bucket and key, and what was asked; `away` makes it answer 503.

    `changing` is called before anything is put or deleted.
    """

    url: str = ""
    objects: dict[str, Stored] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False
    changing: Callable[[], None] = lambda: None

    def puts(self) -> list[str]:
        """The keys that were put since this was asked last, but for the list of them."""
        found = [key for method, key in self.asked if method == "PUT" and ".fyr-" not in key]
        self.asked.clear()
        return found


@contextmanager
def storing() -> Iterator[Store]:
    """A store on loopback."""
    store = Store()

    class Handler(_Handler):
        cache = store

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with started(server):
        store.url = f"http://127.0.0.1:{server.server_port}"
        yield store


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        # Who is killed does not say good-bye.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cache: Store

    def log_message(self, *_: object) -> None: ...

    def handle_one_request(self) -> None:
        super().handle_one_request()
        if self.cache.away:
            self.close_connection = True

    def _begin(self) -> tuple[str, dict[str, list[str]], bytes] | None:
        parts = urlsplit(self.path)
        key = unquote(parts.path).lstrip("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.cache.asked.append((self.command, key))
        if self.cache.away:
            self._answer(503)
        elif not _SIGNED.fullmatch(self.headers.get("Authorization", "")):
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        else:
            return key, parse_qs(parts.query, keep_blank_values=True), body
        return None

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:  # as the library calls it
        if begun := self._begin():
            key, _, body = begun
            self.cache.changing()
            fields = {name: self.headers[name] for name in _TOLD if self.headers[name]}
            self.cache.objects[key] = Stored(body, fields)
            self._answer(200, ETag=self.cache.objects[key].etag)

    def do_GET(self) -> None:
        if begun := self._begin():
            key, query, _ = begun
            if "list-type" in query:
                self._list(key.rstrip("/"), query)
                return
            found = self.cache.objects.get(key)
            if found is None:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            modified = "Mon, 02 Mar 2026 12:00:00 GMT"
            self._answer(200, found.body, ETag=found.etag, Last_Modified=modified)

    def _list(self, bucket: str, query: dict[str, list[str]]) -> None:
        begin = f"{bucket}/{query.get('prefix', [''])[0]}"
        after = query.get("continuation-token", [""])[0]
        keys = sorted(key for key in self.cache.objects if key.startswith(begin) and key > after)
        listed, more = keys[:_MOST_LISTED], keys[_MOST_LISTED:]
        objects = "".join(
            f"<Contents><Key>{escape(key.removeprefix(bucket + '/'))}</Key>"
            "<LastModified>2026-03-02T12:00:00.000Z</LastModified>"
            f"<ETag>{escape(self.cache.objects[key].etag)}</ETag>"
            f"<Size>{len(self.cache.objects[key].body)}</Size></Contents>"
            for key in listed
        )
        token = (
            f"<NextContinuationToken>{escape(listed[-1])}</NextContinuationToken>" if more else ""
        )
        text = f"<ListBucketResult>{objects}{token}</ListBucketResult>"
        self._answer(200, text.encode(), Content_Type="application/xml")

    def do_POST(self) -> None:
        if begun := self._begin():
            bucket, query, body = begun
            self.cache.changing()
            assert "delete" in query
            sent = self.headers.get("x-amz-checksum-sha256") or ""
            md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
            assert sha == sent or md5 == self.headers.get("Content-MD5"), "S3 asks for one of these"
            root = etree.fromstring(body)
            keys = [each.text or "" for each in root.iter("{*}Key")]
            for key in keys:
                self.cache.objects.pop(f"{bucket.rstrip('/')}/{key}", None)
            done = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
            self._answer(200, f"<DeleteResult>{done}</DeleteResult>".encode())
