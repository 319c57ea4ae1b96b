"""Content codings of HTTP bodies (RFC 9110, 8.4.1) that are undone: gzip and deflate."""

import zlib

__all__ = ["is_packed", "unpack"]

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
# 32 more than the window size: zlib detects gzip or zlib format from the header.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def is_packed(coding: str) -> bool:
    """Whether a body with this `Content-Encoding` is one that `unpack` reads."""
    return coding.strip().lower() in _PACKED


def unpack(body: bytes, most: int) -> bytes:
    """At most the first `most` bytes of what was packed. Raises zlib.error on broken data.

    No more is unpacked: 632 bytes may stand for 800 MB.
    """
    return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, most)
