"""Content codings (RFC 9110, 8.4): negotiation by Accept-Encoding, and compression."""

import gzip
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import brotli
import zstandard

__all__ = ["IDENTITY", "accepted_codings", "compress_smallest", "encode_all", "encode_best"]

IDENTITY = "identity"

# Smallest result first: the order among codings that a client accepts with equal weight.
_CODINGS = ("br", "zstd", "gzip", IDENTITY)
_ALIASES = {"x-gzip": "gzip"}
# Shorter bodies gain nothing by compression.
_MIN_LENGTH = 500
# PNG is compressed already: a further coding takes time and memory for one percent.
_PNG = b"\x89PNG\r\n\x1a\n"
_LEVEL, _BROTLI_SMALLEST = 5, 11
_GZIP_LEVEL = 6

# Limits against hostile headers: later items are ignored, and long headers are not memoised.
_MAX_ITEMS = 50
_MAX_MEMOISED_LENGTH = 200


def accepted_codings(header: bytes) -> tuple[str, ...]:
    """The codings that an Accept-Encoding header allows, best first.

    IDENTITY is always among them: a 406 for a client that refuses it too would help nobody.
    """
    if len(header) > _MAX_MEMOISED_LENGTH:
        return _rank(header)
    return _rank_memoised(header)


def _rank(header: bytes) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    for item in header.decode("latin-1").lower().split(",")[:_MAX_ITEMS]:
        name, _, parameter = item.partition(";")
        weights.setdefault(_ALIASES.get(name.strip(), name.strip()), _weight(parameter.strip()))
    rest = weights.get("*", 0.0)
    weighted = {coding: weights.get(coding, rest) for coding in _CODINGS}
    if IDENTITY not in weights:
        # Acceptable without being listed, but only after everything that is.
        weighted[IDENTITY] = 0.0
    accepted = [coding for coding in _CODINGS if weighted[coding] > 0]
    accepted.sort(key=lambda coding: -weighted[coding])
    return tuple(accepted) if IDENTITY in accepted else (*accepted, IDENTITY)


_rank_memoised = lru_cache(maxsize=512)(_rank)


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    digits = value.strip()
    if name.strip() != "q" or not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        return 0.0
    return min(float(digits), 1.0)


def encode_all(body: bytes, codings: Iterable[str] = _CODINGS) -> Mapping[str, bytes]:
    """The body by coding: as it is, and in each of `codings` that makes it shorter."""
    if len(body) < _MIN_LENGTH or body.startswith(_PNG):
        return {IDENTITY: body}
    wanted = frozenset(codings)
    encoded = {coding: compress(body) for coding, compress in _COMPRESS.items() if coding in wanted}
    shorter = {coding: each for coding, each in encoded.items() if len(each) < len(body)}
    return {IDENTITY: body, **shorter}


def encode_best(body: bytes, accept_encoding: bytes) -> tuple[str, bytes]:
    """The best coding that the client accepts and the body in it; IDENTITY where that is as short.

    `accept_encoding` is the request's header.
    """
    coding = accepted_codings(accept_encoding)[0]
    if coding == IDENTITY or len(body) < _MIN_LENGTH:
        return IDENTITY, body
    encoded = _COMPRESS[coding](body)
    return (coding, encoded) if len(encoded) < len(body) else (IDENTITY, body)


def compress_smallest(body: bytes) -> bytes:
    """The body in brotli at its highest quality, which takes 100 times as long as `encode_all`."""
    return bytes(brotli.compress(body, quality=_BROTLI_SMALLEST))


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=_LEVEL))


def _zstd(body: bytes) -> bytes:
    # The library's buffer has room for an incompressible body; the copy has no slack.
    return bytes(memoryview(zstandard.ZstdCompressor(level=_LEVEL).compress(body)))


def _gzip(body: bytes) -> bytes:
    # Without a time stamp, so that equal bodies have equal ETags in every process.
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}
