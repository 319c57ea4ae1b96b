"""Chains: the certificates in the order served."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from app.domain.certificates.findings import CertificateFacts
from app.trust.errors import ChainError
from app.trust.x509.certificate import Certificate, parse

__all__ = ["MAX_CERTIFICATES", "Chain", "pem_blocks", "read_chain", "read_pem"]

# OpenSSL ends a path at a depth of 100; a longer chain is not served on purpose.
MAX_CERTIFICATES = 100

# The three labels that OpenSSL reads as a certificate. Text around a block is ignored.
_BLOCK = re.compile(
    rb"-----BEGIN (?P<label>(?:TRUSTED |X509 )?CERTIFICATE)-----"
    rb"(?P<body>[^-]*)"
    rb"-----END (?P=label)-----"
)
_DER_SEQUENCE = 0x30


@dataclass(frozen=True, slots=True)
class Chain:
    """Parsed certificates in the order served, the leaf first.

    At most MAX_CERTIFICATES are kept; `left_out` counts those beyond. `known` are certificates that
    were not served but that the client has or fetches.
    """

    certificates: tuple[Certificate, ...] = ()
    left_out: int = 0
    known: tuple[Certificate, ...] = ()

    @property
    def leaf(self) -> Certificate | None:
        """The first certificate, which must be the server's own (RFC 8446 section 4.4.2)."""
        return self.certificates[0] if self.certificates else None

    @property
    def facts(self) -> tuple[CertificateFacts, ...]:
        return tuple(certificate.facts for certificate in self.certificates)


def read_chain(ders: Iterable[bytes]) -> Chain:
    """Parse the chain of these DER certificates. Never raises: see `parse`."""
    served = tuple(ders)
    certificates = tuple(parse(der) for der in islice(served, MAX_CERTIFICATES))
    return Chain(certificates, max(0, len(served) - MAX_CERTIFICATES))


def read_pem(data: bytes) -> Chain:
    """Parse the chain in a PEM file (RFC 7468), or in a file that is one DER certificate.

    A block that holds no certificate becomes a malformed one. Raises ChainError when there is no
    block, with what was found instead.
    """
    blocks = pem_blocks(data)
    if blocks:
        return read_chain(blocks)
    if data[:1] == bytes([_DER_SEQUENCE]) and not parse(data).malformed:
        return read_chain([data])
    raise ChainError(_advice(data))


def pem_blocks(data: bytes) -> tuple[bytes, ...]:
    """Return the DER bytes of each certificate block; the text itself if its base64 is invalid."""
    return tuple(_decode(match["body"]) for match in _BLOCK.finditer(data))


def _decode(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return body


def _advice(data: bytes) -> str:
    if not data.strip():
        return "The file is empty; give the server's certificates in PEM form, its own first."
    if b"-----BEGIN CERTIFICATE" in data:
        return "A certificate block begins but does not end; was the file cut short?"
    if b"PRIVATE KEY-----" in data:
        return "The file holds a private key and no certificate; give the chain file instead."
    if b"-----BEGIN PKCS7" in data:
        return "The file is PKCS #7; convert it with `openssl pkcs7 -print_certs` first."
    return "There is no certificate in the file; expected blocks of -----BEGIN CERTIFICATE-----."
