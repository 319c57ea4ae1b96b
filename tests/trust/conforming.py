"""Certificates that conform to RFC 5280 and the Baseline Requirements but for given changes."""

import warnings
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.trust.authorities import HOST, NOON, key, name

Extension = tuple[x509.ExtensionType, bool]
Changes = dict[str, Extension | None]

AKI = x509.AuthorityKeyIdentifier
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def raw(oid: str, value: bytes, *, critical: bool = False) -> Extension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical


def usage(*bits: str) -> x509.KeyUsage:
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{bit: bit in bits for bit in (*every, *more)})


def issue(
    subject: str | x509.Name,
    issuer: str,
    changes: Changes,
    *,
    authority: bool = False,
    serial: int = 7,
    issuer_name: x509.Name | None = None,
    key_owner: str = "",
    starts: datetime = NOON - timedelta(days=10),
    ends: datetime = NOON + timedelta(days=50),
) -> bytes:
    """A certificate that conforms in all but the changes; a change to None leaves one out."""
    own = key(key_owner or (subject if isinstance(subject, str) else HOST)).public_key()
    signer = key(issuer)
    found: dict[str, Extension | None] = {
        "basicConstraints": (x509.BasicConstraints(ca=authority, path_length=None), True),
        "keyUsage": (usage("key_cert_sign" if authority else "digital_signature"), True),
        "subjectKeyIdentifier": (x509.SubjectKeyIdentifier.from_public_key(own), False),
        "authorityKeyIdentifier": (
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            False,
        ),
    }
    if not authority:
        found["subjectAltName"] = (x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
        found["extKeyUsage"] = (SERVER, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject) if isinstance(subject, str) else subject)
        .issuer_name(name(issuer) if issuer_name is None else issuer_name)
        .public_key(own)
        .serial_number(1)
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
    # Set directly, so that the library takes what it would refuse.
    builder._serial_number = serial
    every = [one for one in (found | changes).values() if one is not None]
    builder._extensions = [x509.Extension(value.oid, critical, value) for value, critical in every]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of serial numbers
        return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)
