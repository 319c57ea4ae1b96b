"""Readable certificates: bytes that the library reads, of a certificate that it refuses as a whole.

The library demands DER and refuses what OpenSSL and other clients pass over. Its signature no
longer matches such bytes, so signatures are verified over the bytes as received.
"""

from dataclasses import dataclass

from app.trust.x509.der import (
    BIT_STRING,
    CONTEXT_0,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    DerElement,
    children,
    decode_oid,
    encode,
    first_part,
    read_one,
    to_der,
)
from app.trust.x509.raw_names import readable_name

__all__ = ["ReadableCertificate", "readable_certificate"]

_VERSION_3 = encode(CONTEXT_0, encode(INTEGER, b"\x02"))
_VERSION_1 = b"\x00"
_FIRST_YEAR, _NO_YEAR = b"0001", b"0000"
# Subject and issuer unique identifiers (RFC 5280 section 4.1.2.8), whole and in parts.
_UNIQUE_IDS = {0xA1: 0x81, 0xA2: 0x82}
_PSS = "1.2.840.113549.1.1.10"
# Algorithms whose parameters are absent: ECDSA (RFC 5758), EdDSA (RFC 8410) and ML-DSA (RFC 9881).
_WITHOUT_PARAMETERS = ("1.2.840.10045.4.", "1.3.101.112", "1.3.101.113", "2.16.840.1.101.3.4.3.")
# The defaults of RSASSA-PSS parameters (RFC 4055 section 3.1): SHA-1 with and without NULL, MGF1
# with it, 20 bytes of salt, and the trailer field.
_SHA1 = bytes.fromhex("06052b0e03021a")
_MGF1 = bytes.fromhex("06092a864886f70d010108")
_SHA1_FORMS = tuple(encode(SEQUENCE, _SHA1 + end) for end in (b"", b"\x05\x00"))
_PSS_DEFAULTS = frozenset(
    (
        *(encode(0xA0, form) for form in _SHA1_FORMS),
        *(encode(0xA1, encode(SEQUENCE, _MGF1 + form)) for form in _SHA1_FORMS),
        encode(0xA2, encode(INTEGER, b"\x14")),
        encode(0xA3, encode(INTEGER, b"\x01")),
    )
)


@dataclass(frozen=True, slots=True)
class ReadableCertificate:
    """A certificate in DER that the library reads, but for a written-out `critical FALSE`.

    `odd` says that the original breaks the rules in a way that all clients accept, `not_der` that
    clients which demand DER refuse it.
    """

    der: bytes
    odd: bool = False
    not_der: bool = False


def readable_certificate(received: bytes) -> ReadableCertificate:
    """Return the certificate with all that the library refuses and OpenSSL accepts changed.

    Raises ValueError if the bytes are no certificate.
    """
    der = to_der(received)
    whole = list(children(read_one(der, SEQUENCE).content))
    if len(whole) != 3 or (whole[0].tag, whole[2].tag) != (SEQUENCE, BIT_STRING):
        raise ValueError("a certificate has other parts than RFC 5280 section 4.1 names")
    fields = list(children(whole[0].content))
    # [version] serial ALGORITHM ISSUER VALIDITY SUBJECT (RFC 5280 section 4.1)
    first = 1 if fields and fields[0].tag == CONTEXT_0 else 0
    if len(fields) < first + 6:
        raise ValueError("a certificate has fewer parts than RFC 5280 section 4.1 names")
    version, (serial, algorithm, issuer, validity, subject) = (
        fields[:first],
        fields[first : first + 5],
    )
    names = readable_name(issuer.encoded), readable_name(subject.encoded)
    dates = _dates(validity)
    body = (
        *(_VERSION_3 for _ in version),
        *(serial.encoded, _algorithm(algorithm)),
        *(names[0].encoded, dates, names[1].encoded),
        *(_field(field) for field in fields[first + 5 :]),
    )
    algorithms = algorithm, whole[1]
    outer = _algorithm(whole[1])
    return ReadableCertificate(
        encode(SEQUENCE, encode(SEQUENCE, b"".join(body)) + outer + whole[2].encoded),
        odd=(
            der != received
            or any(name.odd for name in names)
            or dates != validity.encoded
            or any(_algorithm(one) != one.encoded for one in algorithms)
        ),
        not_der=(
            # Servers with OpenSSL encode all but the signed part anew before they send it.
            first_part(received) != whole[0].encoded
            or any(name.not_der for name in names)
            or any(_is_version_1(one) for one in version)
            or any(_has_odd_null(one) for one in algorithms)
            or any(field.tag in _UNIQUE_IDS for field in fields)
        ),
    )


def _is_version_1(version: DerElement) -> bool:
    # DER leaves the default out (X.690 section 11.5).
    return read_one(version.content, INTEGER).content == _VERSION_1


def _algorithm(algorithm: DerElement) -> bytes:
    """Return an AlgorithmIdentifier without parameters that are defaults, or that do not belong."""
    identifier, *parameters = children(algorithm.content)
    if identifier.tag != OBJECT_IDENTIFIER or len(parameters) != 1:
        return algorithm.encoded
    if _has_odd_null(algorithm):
        return encode(algorithm.tag, identifier.encoded)
    if decode_oid(identifier.content) == _PSS and parameters[0].tag == SEQUENCE:
        kept = [
            one.encoded
            for one in children(parameters[0].content)
            if one.encoded not in _PSS_DEFAULTS
        ]
        return encode(algorithm.tag, identifier.encoded + encode(SEQUENCE, b"".join(kept)))
    return algorithm.encoded


def _has_odd_null(algorithm: DerElement) -> bool:
    """Return whether NULL stands where no parameters belong, which only some clients accept."""
    identifier, *parameters = children(algorithm.content)
    return decode_oid(identifier.content).startswith(_WITHOUT_PARAMETERS) and [
        one.tag for one in parameters
    ] == [NULL]


def _dates(validity: DerElement) -> bytes:
    # Clients take a certificate of the year 0 for a very old one; the library has no such year.
    dates = [
        encode(one.tag, _FIRST_YEAR + one.content[4:])
        if one.tag == GENERALIZED_TIME and one.content[:4] == _NO_YEAR
        else one.encoded
        for one in children(validity.content)
    ]
    return encode(validity.tag, b"".join(dates))


def _field(field: DerElement) -> bytes:
    if field.tag not in _UNIQUE_IDS:
        return field.encoded
    parts = [part.content for part in children(field.content)]
    return encode(_UNIQUE_IDS[field.tag], b"\0" + b"".join(part[1:] for part in parts))
