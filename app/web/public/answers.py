"""Bytes become a response here, and only here: validators, caching, encoding, language."""

import gzip
import re
from collections.abc import Mapping
from hashlib import sha256

from fastapi import Request, Response

__all__ = ["PAGE_CACHING", "answer"]

PAGE_CACHING = "public, max-age=10, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"

_REFUSED = re.compile(r"q\s*=\s*0(\.0*)?\s*$")
# Smaller bodies do not gain from it.
_WORTH_COMPRESSING = 500


def answer(
    request: Request,
    body: bytes,
    headers: Mapping[str, str],
    *,
    status: int = 200,
    vary: str = "Accept-Encoding",
) -> Response:
    """The response with this body, or 304 when the visitor has it already.

    `headers` hold at least the content type and the caching.
    """
    zipped = len(body) >= _WORTH_COMPRESSING and _takes_gzip(request)
    etag = f'"{sha256(body).hexdigest()[:20]}{"-gzip" if zipped else ""}"'
    told = {**headers, "ETag": etag, "Vary": vary}
    if status == 200 and _has(request, etag):
        del told["Content-Type"]
        return Response(status_code=304, headers=told)
    if zipped:
        body = gzip.compress(body, 6, mtime=0)
        told["Content-Encoding"] = "gzip"
    told["Content-Length"] = str(len(body))
    return Response(b"" if request.method == "HEAD" else body, status, told)


def _has(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in (
        each.strip().removeprefix("W/") for each in known.split(",")
    )


def _takes_gzip(request: Request) -> bool:
    for item in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameter = item.partition(";")
        if coding.strip() == "gzip":
            return not _REFUSED.match(parameter.strip())
    return False
