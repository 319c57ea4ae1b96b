"""Sets of roots that kinds of clients trust, today's and dated ones."""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypedDict

import certifi

from app.trust.certificate import Certificate, parse
from app.trust.chain import pem_blocks
from app.trust.errors import StoreError

__all__ = ["MOZILLA", "Store", "shipped_store", "shipped_stores", "store_from_pem"]

MOZILLA = "mozilla"


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """Roots by name and by subject, in the order they were installed.

    An anchor is a subject with a key and dates (RFC 5280 section 6.1.1 d); whatever else its
    certificate says may be unreadable. `published` is the second since the epoch at which this
    list came out, 0 when nobody knows.
    """

    name: str
    anchors: tuple[Certificate, ...]
    published: int = 0
    by_subject: Mapping[bytes, tuple[Certificate, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        groups: dict[bytes, tuple[Certificate, ...]] = {}
        for anchor in self.anchors:
            groups[anchor.subject] = (*groups.get(anchor.subject, ()), anchor)
        object.__setattr__(self, "by_subject", MappingProxyType(groups))

    def named(self, subject: bytes) -> tuple[Certificate, ...]:
        """The anchors of this subject, in store order."""
        return self.by_subject.get(subject, ())

    def __contains__(self, certificate: object) -> bool:
        return isinstance(certificate, Certificate) and certificate in self.named(
            certificate.subject
        )


class _Entry(TypedDict):
    roots: Sequence[str]


def store_from_pem(name: str, data: bytes) -> Store:
    """The store of the roots in a PEM file.

    Raises StoreError when it has none or one cannot be read: an operator wants to know.
    """
    anchors = [parse(der) for der in pem_blocks(data)]
    if not anchors:
        raise StoreError(f"{name} holds no certificate; give the roots in PEM form.")
    for position, anchor in enumerate(anchors, start=1):
        if anchor.malformed:
            raise StoreError(f"{name}: certificate {position} of {len(anchors)} cannot be read.")
    return Store(name, _distinct(anchors))


def shipped_stores() -> tuple[str, ...]:
    """The names that `shipped_store` knows."""
    return (MOZILLA, *sorted(_index()))


@lru_cache(maxsize=32)
def shipped_store(name: str) -> Store:
    """A store that ships with Fyr: `mozilla` is today's, from certifi; the dated ones were packed
    by scripts/build_trust_stores.py. Read on first use. Raises StoreError for another name.
    """
    if name == MOZILLA:
        return Store(name, _distinct(parse(der) for der in pem_blocks(certifi.contents().encode())))
    entry = _index().get(name)
    if entry is None:
        known = ", ".join(shipped_stores())
        raise StoreError(f"No store {name!r} ships with Fyr; there are {known}.")
    roots = _roots()
    return Store(name, tuple(roots[fingerprint] for fingerprint in entry["roots"]))


def _distinct(anchors: Iterable[Certificate]) -> tuple[Certificate, ...]:
    return tuple(dict.fromkeys(anchors))


@lru_cache(maxsize=1)
def _index() -> Mapping[str, _Entry]:
    text = files("app.trust").joinpath("data/stores.json").read_text(encoding="utf-8")
    stores: Mapping[str, _Entry] = json.loads(text)["stores"]
    return stores


@lru_cache(maxsize=1)
def _roots() -> Mapping[str, Certificate]:
    packed = files("app.trust").joinpath("data/roots.pem.gz").read_bytes()
    anchors = (parse(der) for der in pem_blocks(gzip.decompress(packed)))
    return {anchor.fingerprint: anchor for anchor in anchors}
