"""Content codings: which a visitor takes, and a body in each of them."""

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard

__all__ = ["IDENTITY", "at_best", "encode_best", "in_every_coding", "preferences"]

IDENTITY = "identity"

# Smallest first: who takes several equally gets the first of these.
_OURS = ("br", "zstd", "gzip", IDENTITY)
_ALIASES = {"x-gzip": "gzip"}
_WORTH_COMPRESSING = 500
_AT_ONCE, _AT_LEISURE = 5, 11

# Beyond these nobody means what he sends; a long header is read, but not remembered.
_MOST_ITEMS = 50
_LONGEST_KEPT = 200


def preferences(header: bytes) -> tuple[str, ...]:
    """The codings to choose from for this Accept-Encoding, best first.

    The plain body always stands somewhere: to refuse it too would help nobody.
    """
    if len(header) > _LONGEST_KEPT:
        return _weigh(header)
    return _weigh_once(header)


def _weigh(header: bytes) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    for item in header.decode("latin-1").lower().split(",")[:_MOST_ITEMS]:
        name, _, parameter = item.partition(";")
        weights.setdefault(_ALIASES.get(name.strip(), name.strip()), _weight(parameter.strip()))
    rest = weights.get("*", 0.0)
    weighed = {coding: weights.get(coding, rest) for coding in _OURS}
    if IDENTITY not in weights:
        # What is not named is taken all the same, after all that is.
        weighed[IDENTITY] = 0.0
    taken = [coding for coding in _OURS if weighed[coding] > 0]
    taken.sort(key=lambda coding: -weighed[coding])
    return tuple(taken) if IDENTITY in taken else (*taken, IDENTITY)


_weigh_once = lru_cache(maxsize=512)(_weigh)


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    digits = value.strip()
    if name.strip() != "q" or not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        return 0.0
    return min(float(digits), 1.0)


def in_every_coding(body: bytes) -> Mapping[str, bytes]:
    """The body in each coding that makes it shorter, and as it is, by the name of the coding."""
    if len(body) < _WORTH_COMPRESSING:
        return {IDENTITY: body}
    encoded = {coding: compress(body) for coding, compress in _COMPRESS.items()}
    shorter = {coding: each for coding, each in encoded.items() if len(each) < len(body)}
    return {IDENTITY: body, **shorter}


def encode_best(body: bytes, accept_encoding: bytes) -> tuple[str, bytes]:
    """The coding this client likes best, and the body in it; IDENTITY where it gains nothing."""
    coding = preferences(accept_encoding)[0]
    if coding == IDENTITY or len(body) < _WORTH_COMPRESSING:
        return IDENTITY, body
    encoded = _COMPRESS[coding](body)
    return (coding, encoded) if len(encoded) < len(body) else (IDENTITY, body)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=_AT_ONCE))


def _zstd(body: bytes) -> bytes:
    # The library's buffer has room for an incompressible body; the copy has no slack.
    return bytes(memoryview(zstandard.ZstdCompressor(level=_AT_ONCE).compress(body)))


def _gzip(body: bytes) -> bytes:
    # Without a time stamp, so that equal bodies have equal ETags in every process.
    return gzip.compress(body, 6, mtime=0)


_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}


def at_best(body: bytes) -> bytes:
    """The body in brotli at its smallest, which takes a hundred times as long."""
    return bytes(brotli.compress(body, quality=_AT_LEISURE))
