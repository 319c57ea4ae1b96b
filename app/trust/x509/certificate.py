"""Certificates: parsed once, with their facts and what path building needs.

Any bytes are accepted. Those that are no certificate become a malformed one.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from app.domain.certificates.displayed_names import display_name, without_controls
from app.domain.certificates.findings import CertificateFacts
from app.trust.x509.der import first_part
from app.trust.x509.extensions import (
    Extensions,
    read_extensions,
    read_extensions_one_by_one,
)
from app.trust.x509.normal_names import normalised_name
from app.trust.x509.public_keys import KeyFacts, key_facts
from app.trust.x509.raw_extensions import without_explicit_false
from app.trust.x509.readable import ReadableCertificate, readable_certificate

__all__ = ["Certificate", "Extensions", "IssuerKey", "parse"]

# Larger certificates are not cached, so that a hostile server cannot fill the memory.
_CACHED_BYTES = 32_768
# Names are stored with every probe, and a certificate may hold one of any length.
_LONGEST_NAME = 300
_KNOWN_BY = (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME)
_warning_lock = Lock()


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The public key of a certificate that signs others.

    Equal keys are equal in whichever certificate they are: a root and its cross-sign have one key.
    Two that restrict their signatures differently are not.
    """

    digest: bytes
    holder: x509.Certificate = field(compare=False)
    facts: KeyFacts = field(default_factory=KeyFacts)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A parsed certificate; two are equal when their bytes are.

    `starts` and `ends` are notBefore and notAfter in seconds since the epoch, inclusive (RFC
    5280 section 4.1.2.5). `subject` and `issuer` are normalised names, `encoded_subject` and
    `encoded_issuer` the names as the library writes them. `digest` is the hash
    algorithm of the signature (`sha256`), empty where it is unknown or there is none. `signed` are
    the bytes that were signed. `odd` says that the structure or a name breaks the rules in a way
    that all clients accept, `not_der` that clients which demand DER refuse it. A malformed
    certificate has neither names nor dates.
    """

    facts: CertificateFacts
    der: bytes = field(repr=False)
    subject: bytes = field(default=b"", repr=False)
    issuer: bytes = field(default=b"", repr=False)
    encoded_subject: bytes = field(default=b"", repr=False)
    encoded_issuer: bytes = field(default=b"", repr=False)
    starts: int = 0
    ends: int = 0
    extensions: Extensions = field(default_factory=Extensions, repr=False)
    key: IssuerKey | None = field(default=None, repr=False)
    key_facts: KeyFacts = field(default_factory=KeyFacts, repr=False)
    digest: str = ""
    signed: bytes = field(default=b"", repr=False)
    odd: bool = False
    not_der: bool = False
    parsed: x509.Certificate | None = field(default=None, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Graphs and caches use certificates as keys, so the hash is computed once.
        object.__setattr__(self, "_hash", hash(self.facts.fingerprint))

    @property
    def fingerprint(self) -> str:
        return self.facts.fingerprint

    @property
    def malformed(self) -> bool:
        return self.facts.malformed

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are equal; the certificate need not be signed with its own
        key.
        """
        return bool(self.subject) and self.subject == self.issuer

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Certificate) and self.facts.fingerprint == other.facts.fingerprint

    def __hash__(self) -> int:
        return self._hash


def parse(der: bytes) -> Certificate:
    """Parse a certificate; never raises. Bytes after the certificate make it malformed."""
    return _parse_cached(der) if len(der) <= _CACHED_BYTES else _parse(der)


def _parse(der: bytes) -> Certificate:
    fingerprint = hashlib.sha256(der).hexdigest()
    # A hostile certificate can make the parser raise nearly any exception, such as ValueError,
    # TypeError or OverflowError; each means that the certificate is malformed.
    try:
        with _lenient():
            return _read(der, fingerprint)
    except Exception:  # noqa: BLE001
        return Certificate(CertificateFacts(fingerprint, "", "", malformed=True), der)


@lru_cache(maxsize=4096)
def _parse_cached(der: bytes) -> Certificate:
    return _parse(der)


def _read(der: bytes, fingerprint: str) -> Certificate:
    parsed, extensions, readable = _load(der)
    starts, ends = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    key = key_facts(parsed, readable.der)
    subject, issuer = parsed.subject.public_bytes(), parsed.issuer.public_bytes()
    facts = CertificateFacts(
        fingerprint=fingerprint,
        subject=_text(parsed.subject),
        issuer=_text(parsed.issuer),
        serial=f"{parsed.serial_number:x}",
        not_before=starts,
        not_after=ends,
        name=_known_as(parsed.subject, extensions),
    )
    return Certificate(
        facts=facts,
        der=der,
        subject=normalised_name(subject),
        issuer=normalised_name(issuer),
        encoded_subject=subject,
        encoded_issuer=issuer,
        starts=_seconds(starts),
        ends=_seconds(ends),
        extensions=extensions,
        key=_key(parsed, key),
        key_facts=key,
        digest=_digest(parsed),
        signed=first_part(der),
        odd=readable.odd,
        not_der=readable.not_der,
        parsed=parsed,
    )


def _load(der: bytes) -> tuple[x509.Certificate, Extensions, ReadableCertificate]:
    """Return a certificate, its extensions, and the form in which the library reads it.

    Raises nearly anything.
    """
    try:
        parsed = _load_whole(der)
    except (ValueError, x509.InvalidVersion):
        readable = readable_certificate(der)
        parsed = _load_whole(without_explicit_false(readable.der))
        return parsed, read_extensions_one_by_one(readable.der), readable
    return parsed, read_extensions(parsed, der), ReadableCertificate(der)


def _load_whole(der: bytes) -> x509.Certificate:
    """Return a certificate of which the library can read version, names and dates.

    Raises ValueError or InvalidVersion.
    """
    parsed = x509.load_der_x509_certificate(der)
    _ = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    for name in (parsed.issuer, parsed.subject):  # parsed on first use
        name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return parsed


def _seconds(instant: datetime) -> int:
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def _text(name: x509.Name) -> str:
    return _short(without_controls(name.rfc4514_string()))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _known_as(subject: x509.Name, extensions: Extensions) -> str:
    for oid in _KNOWN_BY:
        for attribute in subject.get_attributes_for_oid(oid):
            if isinstance(attribute.value, str) and (name := display_name(attribute.value)):
                return name
    return display_name(next(iter(extensions.dns_names), "") or subject.rfc4514_string())


def _key(parsed: x509.Certificate, facts: KeyFacts) -> IssuerKey | None:
    try:
        public = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001  # a key we cannot read signs nothing we can check
        return None
    return IssuerKey(hashlib.sha256(public).digest(), parsed, facts)


def _digest(parsed: x509.Certificate) -> str:
    try:
        algorithm = parsed.signature_hash_algorithm
    except Exception:  # noqa: BLE001  # an unknown algorithm, or badly encoded
        return ""
    return algorithm.name if algorithm is not None else ""


@contextmanager
def _lenient() -> Iterator[None]:
    # The parser warns of serial numbers below one and of over-long names, which real roots
    # have. The lock is there because catch_warnings swaps process-wide state.
    with _warning_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
