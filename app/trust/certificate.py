"""One certificate, parsed once: what path building and host matching need, and its facts.

Anything may come in. Bytes that are no certificate become a malformed one in their place.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from app.domain.certificates import CertificateFacts

__all__ = ["Certificate", "Extensions", "IssuerKey", "parse"]

# Larger ones are parsed each time: a cache of megabytes would be a gift to whoever serves them.
_CACHED_BYTES = 32_768
# A name longer than this says nothing more to a reader and would be stored with every probe.
_LONGEST_NAME = 300
_KNOWN_BY = (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME)
_warning_lock = Lock()


@dataclass(frozen=True, slots=True)
class Extensions:
    """The extensions that judgement reads. `readable` is False when they broke RFC 5280 so badly
    that none could be read; the defaults then stand for "nothing said".
    """

    readable: bool = True
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    key_id: bytes | None = None
    authority_key_id: bytes | None = None
    is_ca: bool = False
    denies_signing: bool = False


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A certificate's public key as one that signs others. Equal keys are equal here, whichever
    certificate they came in: a root and its cross-sign share one.
    """

    digest: bytes
    holder: x509.Certificate = field(compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A parsed certificate. Equal when its bytes are. `starts` and `ends` are notBefore and
    notAfter in seconds since the epoch; both ends are inside the validity (RFC 5280 4.1.2.5).
    `subject` and `issuer` are the DER names. A malformed one has neither names nor dates.
    """

    facts: CertificateFacts
    der: bytes = field(repr=False)
    subject: bytes = field(default=b"", repr=False)
    issuer: bytes = field(default=b"", repr=False)
    starts: int = 0
    ends: int = 0
    extensions: Extensions = field(default_factory=Extensions, repr=False)
    key: IssuerKey | None = field(default=None, repr=False)
    parsed: x509.Certificate | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        return self.facts.fingerprint

    @property
    def malformed(self) -> bool:
        return self.facts.malformed

    @property
    def self_issued(self) -> bool:
        """Whether it names itself as its issuer (it need not have signed itself)."""
        return bool(self.subject) and self.subject == self.issuer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.facts.fingerprint)


def parse(der: bytes) -> Certificate:
    """The certificate in `der`; never raises. Bytes after the certificate make it malformed."""
    return _parse_cached(der) if len(der) <= _CACHED_BYTES else _parse(der)


def _parse(der: bytes) -> Certificate:
    fingerprint = hashlib.sha256(der).hexdigest()
    # A hostile certificate can make the parser raise nearly anything, from ValueError to
    # TypeError and OverflowError; each of them means one thing here.
    try:
        with _lenient():
            return _read(der, fingerprint)
    except Exception:  # noqa: BLE001
        return Certificate(CertificateFacts(fingerprint, "", "", malformed=True), der)


@lru_cache(maxsize=4096)
def _parse_cached(der: bytes) -> Certificate:
    return _parse(der)


def _read(der: bytes, fingerprint: str) -> Certificate:
    parsed = x509.load_der_x509_certificate(der)
    extensions = _extensions(parsed)
    starts, ends = parsed.not_valid_before_utc, parsed.not_valid_after_utc
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
        subject=parsed.subject.public_bytes(),
        issuer=parsed.issuer.public_bytes(),
        starts=_seconds(starts),
        ends=_seconds(ends),
        extensions=extensions,
        key=_key(parsed),
        parsed=parsed,
    )


def _seconds(instant: datetime) -> int:
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def _text(name: x509.Name) -> str:
    return _short(name.rfc4514_string())


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _known_as(subject: x509.Name, extensions: Extensions) -> str:
    for oid in _KNOWN_BY:
        for attribute in subject.get_attributes_for_oid(oid):
            if isinstance(attribute.value, str) and attribute.value.strip():
                return _short(attribute.value)
    return _short(next(iter(extensions.dns_names), "") or subject.rfc4514_string())


def _key(parsed: x509.Certificate) -> IssuerKey | None:
    try:
        public = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001  # a key we cannot read signs nothing we can check
        return None
    return IssuerKey(hashlib.sha256(public).digest(), parsed)


def _extensions(parsed: x509.Certificate) -> Extensions:
    try:
        found = {extension.oid: extension.value for extension in parsed.extensions}
    except Exception:  # noqa: BLE001  # four real roots have extensions the parser refuses
        return Extensions(readable=False)
    names = found.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    own = found.get(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    authority = found.get(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    basic = found.get(ExtensionOID.BASIC_CONSTRAINTS)
    usage = found.get(ExtensionOID.KEY_USAGE)
    if not isinstance(names, x509.SubjectAlternativeName):
        names = x509.SubjectAlternativeName([])
    return Extensions(
        dns_names=tuple(names.get_values_for_type(x509.DNSName)),
        ip_addresses=_addresses(names),
        key_id=own.digest if isinstance(own, x509.SubjectKeyIdentifier) else None,
        authority_key_id=(
            authority.key_identifier if isinstance(authority, x509.AuthorityKeyIdentifier) else None
        ),
        is_ca=isinstance(basic, x509.BasicConstraints) and basic.ca,
        denies_signing=isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign,
    )


def _addresses(names: x509.SubjectAlternativeName) -> tuple[IPv4Address | IPv6Address, ...]:
    values = names.get_values_for_type(x509.IPAddress)
    return tuple(value for value in values if isinstance(value, IPv4Address | IPv6Address))


@contextmanager
def _lenient() -> Iterator[None]:
    # The parser warns of serial numbers below one and of over-long names; both are found in real
    # roots. The lock is there because catch_warnings swaps process-wide state.
    with _warning_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
