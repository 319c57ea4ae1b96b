"""Trust stores: the roots of a kind of client, current and dated ones."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256

import certifi

from app.trust.clients.store_pack import shipped_lists, subject_of
from app.trust.errors import ChainError, StoreError
from app.trust.x509.certificate import Certificate, parse
from app.trust.x509.chain import pem_blocks, read_certificates
from app.trust.x509.normal_names import normalised_name

__all__ = ["MOZILLA", "Store", "shipped_store", "shipped_stores", "store_from_pem"]

MOZILLA = "mozilla"


class Store:
    """Roots by name and by subject, in their order of installation. Two stores are never equal.

    An anchor is a subject with a key and dates (RFC 5280 section 6.1.1 d); other parts of its
    certificate may be unreadable. `published` is the second since the epoch at which the list was
    published, 0 when that is unknown.
    """

    def __init__(self, name: str, anchors: Iterable[Certificate], published: int = 0) -> None:
        self.name = name
        self.published = published
        self._given = tuple(anchors)

    def __repr__(self) -> str:
        return f"<Store {self.name}>"

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        return self._given

    @cached_property
    def digest(self) -> bytes:
        """The SHA-256 of all roots in their order."""
        return _digest(anchor.der for anchor in self._given)

    @cached_property
    def _by_subject(self) -> Mapping[bytes, tuple[Certificate, ...]]:
        groups: dict[bytes, tuple[Certificate, ...]] = {}
        for anchor in self._given:
            groups[anchor.subject] = (*groups.get(anchor.subject, ()), anchor)
        return groups

    def named(self, subject: bytes) -> tuple[Certificate, ...]:
        """Return the anchors with this normalised subject, in the store's order."""
        return self._by_subject.get(subject, ())

    def restricted(self, only: Collection[str], without: Collection[str]) -> "Store":
        """Return this store with only the roots in `only`, if any are named, and without those in
        `without`.
        """
        wanted_roots = (one for one in self._candidates(only) if not only or one.facts.name in only)
        anchors = [one for one in wanted_roots if one.facts.name not in without]
        return Store(self.name, anchors, self.published)

    def _candidates(self, only: Collection[str]) -> Iterable[Certificate]:  # noqa: ARG002
        return self.anchors

    def __contains__(self, certificate: object) -> bool:
        return isinstance(certificate, Certificate) and certificate in self.named(
            certificate.subject
        )


class _PackedStore(Store):
    """A store whose roots are parsed when their subject is first looked up."""

    def __init__(self, name: str, ders: Iterable[bytes], published: int) -> None:
        super().__init__(name, (), published)
        self._ders = tuple(ders)
        self._parsed: dict[bytes, tuple[Certificate, ...]] = {}

    @cached_property
    def anchors(self) -> tuple[Certificate, ...]:
        return tuple(parse(der) for der in self._ders)

    @cached_property
    def digest(self) -> bytes:
        return _digest(self._ders)

    def _candidates(self, only: Collection[str]) -> Iterable[Certificate]:
        # In nearly every encoding a subject is found literally in its certificate, so only
        # certificates with these bytes need to be parsed.
        wanted = [name.encode() for name in only]
        near = [der for der in self._ders if any(name in der for name in wanted)]
        found = [parse(der) for der in near]
        return found if set(only) <= {one.facts.name for one in found} and only else self.anchors

    @cached_property
    def _packed(self) -> Mapping[bytes, tuple[bytes, ...]]:
        groups: dict[bytes, tuple[bytes, ...]] = {}
        for der in self._ders:
            subject = normalised_name(subject_of(der))
            groups[subject] = (*groups.get(subject, ()), der)
        return groups

    def named(self, subject: bytes) -> tuple[Certificate, ...]:
        known = self._parsed.get(subject)
        if known is None:
            found = self._packed.get(subject)
            if found is None:
                return ()
            known = self._parsed[subject] = tuple(parse(der) for der in found)
        return known


def store_from_pem(name: str, data: bytes) -> Store:
    """Return the store of the roots in a PEM file, or in a file that is one in DER.

    Raises StoreError when there is none or one cannot be read, since the operator has to know.
    """
    try:
        anchors = [parse(der) for der in read_certificates(data)]
    except ChainError as error:
        raise StoreError(f"{name} holds no root certificate: {error.message}") from error
    for position, anchor in enumerate(anchors, start=1):
        if anchor.malformed:
            raise StoreError(f"{name}: certificate {position} of {len(anchors)} cannot be read.")
    return Store(name, tuple(dict.fromkeys(anchors)))


def shipped_stores() -> tuple[str, ...]:
    """Return the names that `shipped_store` accepts."""
    return (MOZILLA, *sorted(shipped_lists().lists))


@lru_cache(maxsize=64)
def shipped_store(name: str) -> Store:
    """Return a store that ships with Fyr: `mozilla` is the current one, from certifi.

    The others are dated. Raises StoreError for another name.
    """
    if name == MOZILLA:
        ders = dict.fromkeys(pem_blocks(certifi.contents().encode()))
        return _PackedStore(name, ders, _published(certifi.__version__))
    found = shipped_lists().list_of(name)
    if found is None:
        known = ", ".join(shipped_stores())
        raise StoreError(f"No store {name!r} ships with Fyr; there are {known}.")
    return _PackedStore(name, found.ders, found.published)


def _digest(ders: Iterable[bytes]) -> bytes:
    digest = sha256()
    for der in ders:
        digest.update(len(der).to_bytes(4, "big"))
        digest.update(der)
    return digest.digest()


def _published(version: str) -> int:
    # Versions of certifi are dates: 2026.10.18.
    try:
        year, month, day = (int(part) for part in version.split(".")[:3])
        return int(datetime(year, month, day, tzinfo=UTC).timestamp())
    except ValueError:
        return 0
