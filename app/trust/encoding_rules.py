"""Encoding rules: tests of the bytes of a certificate for what single clients refuse.

The library reads past these, or reads nothing at all. Each test takes the parts of a certificate or
the value of an extension, in DER; it may raise ValueError where the value is of another structure,
which other rules cover.
"""

from dataclasses import dataclass

from app.trust.x509.der import (
    CONTEXT_0,
    INTEGER,
    NULL,
    PRINTABLE_STRING,
    SEQUENCE,
    UTF8_STRING,
    DerElement,
    children,
    decode_oid,
    read_one,
)
from app.trust.x509.name_constraints import IP_ADDRESS, MAILBOX, TEXT_NAMES, URI, constraint_values
from app.trust.x509.raw_names import attributes

__all__ = [
    "EncodedParts",
    "encoded_parts",
    "has_bad_access",
    "has_bad_mappings",
    "has_compressed_point",
    "has_distance",
    "has_empty_list_of_subtrees",
    "has_empty_qualifiers",
    "has_hybrid_point",
    "has_large_path_length",
    "has_name_of_odd_type",
    "has_name_that_openssl_cannot_read",
    "has_no_names",
    "has_odd_qualifier_of_any_policy",
    "has_odd_rsa_parameters",
    "has_odd_scheme",
    "has_odd_subtree",
    "has_odd_version",
    "has_path_length",
    "has_subtree_that_java_cannot_read",
    "has_text_beyond_ascii",
]

_ANY_POLICY = "2.5.29.32.0"
_QUALIFIERS = frozenset({"1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"})
_EXTENSIONS = 0xA3
# A SEQUENCE without content is no longer than this, in BER too.
_LONGEST_EMPTY = 6
_VERSION_3 = 2
_NUMERIC, _T61, _IA5, _UNIVERSAL, _BMP, _BITS = 0x12, 0x14, 0x16, 0x1C, 0x1E, 0x03
_TEXT_TAGS = frozenset({UTF8_STRING, PRINTABLE_STRING, _T61, _IA5, _UNIVERSAL, _BMP})
# Country, common name, locality, state, organisation and unit, which Chromium shows as text.
_SHOWN = frozenset(f"2.5.4.{number}" for number in (3, 6, 7, 8, 10, 11))
_RSA, _EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
_NETWORK_LENGTHS = frozenset({8, 32})
_ADDRESS_LENGTHS = frozenset({4, 16}) | _NETWORK_LENGTHS
_COMPRESSED, _HYBRID = b"\x02\x03", b"\x06\x07"
_LONGEST_PATH = 255
_MINIMUM_0 = bytes.fromhex("800100")
_PSS = "1.2.840.113549.1.1.10"
# Hashes that no browser verifies certificates with: SHA-224, SHA-512/224, SHA-512/256 and SHA-3.
_OTHER_SCHEMES = (
    *("1.2.840.113549.1.1.14", "1.2.840.113549.1.1.15", "1.2.840.113549.1.1.16"),
    *("1.2.840.10045.4.3.1", "2.16.840.1.101.3.4.3."),
)
# The whole AlgorithmIdentifier of RSASSA-PSS with SHA-256, SHA-384 and SHA-512 (Baseline
# Requirements 7.1.3.2.1).
_PSS_FORMS = frozenset(
    bytes.fromhex(
        "304106092a864886f70d01010a3034a00f300d0609608648016503040201"
        "0500a11c301a06092a864886f70d010108300d0609608648016503040201"
        "0500a203020120".replace("03040201", f"0304020{digit}").replace("020120", f"0201{salt}")
    )
    for digit, salt in ((1, "20"), (2, "30"), (3, "40"))
)


@dataclass(frozen=True, slots=True)
class EncodedParts:
    """The parts of a certificate as encoded that the rules look at, taken apart once.

    `version` is None where it is left out. `attributes` are type and value of each attribute of
    issuer and subject. `key_parameters` are the parameters of the algorithm of the public key, and
    `key` its bits. `signature` is the outer signature algorithm with its identifier `scheme`,
    `inner_signature` the one that was signed.
    """

    version: int | None
    extended: bool
    attributes: tuple[tuple[DerElement, DerElement], ...]
    key_algorithm: str
    key_parameters: tuple[DerElement, ...]
    key: bytes
    signature: bytes
    inner_signature: bytes
    scheme: str


def encoded_parts(der: bytes) -> EncodedParts:
    """Return the parts of a certificate in DER. Raises ValueError if it has others."""
    tbs, outer, _ = children(read_one(der, SEQUENCE).content)
    fields = list(children(tbs.content))
    # [version] serial algorithm ISSUER validity SUBJECT KEY (RFC 5280 section 4.1)
    first = 1 if fields and fields[0].tag == CONTEXT_0 else 0
    if len(fields) < first + 6:
        raise ValueError("a certificate has fewer parts than RFC 5280 section 4.1 names")
    version = int.from_bytes(read_one(fields[0].content, INTEGER).content, "big") if first else None
    issuer, subject, public = (fields[first + place] for place in (2, 4, 5))
    algorithm, key = children(public.content)
    identifier, *parameters = children(algorithm.content)
    return EncodedParts(
        version,
        any(field.tag == _EXTENSIONS for field in fields[first + 6 :]),
        (*attributes(issuer.encoded), *attributes(subject.encoded)),
        decode_oid(identifier.content),
        tuple(parameters),
        key.content[1:],
        outer.encoded,
        fields[first + 1].encoded,
        decode_oid(next(children(outer.content)).content),
    )


def has_odd_version(parts: EncodedParts) -> bool:
    """Return whether the version is unknown, written out though it is 1, or below 3 with
    extensions (RFC 5280 section 4.1.2.1).
    """
    if parts.version is None:
        return parts.extended
    return not 0 < parts.version <= _VERSION_3 or (parts.extended and parts.version != _VERSION_3)


def has_name_of_odd_type(parts: EncodedParts) -> bool:
    """Return whether an attribute that Chromium shows is no DirectoryString or IA5String, or one
    with half a character (CertPrincipal::ParseDistinguishedName).
    """
    return any(
        decode_oid(kind.content) in _SHOWN
        and (value.tag not in _TEXT_TAGS or _has_half_a_character(value))
        for kind, value in parts.attributes
    )


def has_name_that_openssl_cannot_read(parts: EncodedParts) -> bool:
    """Return whether an attribute has a type of string that X509_NAME of OpenSSL does not take."""
    known = {*_TEXT_TAGS, _NUMERIC, _BITS, SEQUENCE}
    return any(
        value.tag not in known or _has_half_a_character(value) for _, value in parts.attributes
    )


def has_odd_rsa_parameters(parts: EncodedParts) -> bool:
    """Return whether an RSA key has other parameters than NULL (RFC 3279 section 2.3.1)."""
    return parts.key_algorithm == _RSA and [one.tag for one in parts.key_parameters] != [NULL]


def has_hybrid_point(parts: EncodedParts) -> bool:
    """Return whether the point of an EC key is in hybrid form (RFC 5480 section 2.2)."""
    return _has_point(parts, _HYBRID)


def has_compressed_point(parts: EncodedParts) -> bool:
    """Return whether the point of an EC key is in compressed form (RFC 5480 section 2.2)."""
    return _has_point(parts, _COMPRESSED)


def has_odd_scheme(parts: EncodedParts) -> bool:
    """Return whether the signature is of a scheme that public authorities may not use.

    Outdated hashes and other kinds of keys are not meant (Baseline Requirements 7.1.3.2).
    """
    if parts.scheme == _PSS:
        return parts.signature not in _PSS_FORMS
    return parts.scheme.startswith(_OTHER_SCHEMES)


def has_bad_access(value: bytes) -> bool:
    """Return whether authority information access is empty, or has a URI beyond ASCII."""
    descriptions = list(children(read_one(value, SEQUENCE).content))
    locations = [list(children(one.content))[1] for one in descriptions]
    return not descriptions or any(
        one.tag == URI and not one.content.isascii() for one in locations
    )


def has_empty_qualifiers(value: bytes) -> bool:
    """Return whether a policy of certificate policies has an empty list of qualifiers."""
    policies = children(read_one(value, SEQUENCE).content)
    return any(not part.content for policy in policies for part in children(policy.content))


def has_odd_qualifier_of_any_policy(value: bytes) -> bool:
    """Return whether anyPolicy has a qualifier but a pointer or a notice (RFC 5280 section
    4.2.1.4).
    """
    for policy in children(read_one(value, SEQUENCE).content):
        identifier, *lists = children(policy.content)
        qualifiers = [one for each in lists for one in children(each.content)]
        known = all(
            decode_oid(next(children(one.content)).content) in _QUALIFIERS for one in qualifiers
        )
        if decode_oid(identifier.content) == _ANY_POLICY and not known:
            return True
    return False


def has_bad_mappings(value: bytes) -> bool:
    """Return whether policy mappings are not one pair or more."""
    pairs = [list(children(one.content)) for one in children(read_one(value, SEQUENCE).content)]
    return not pairs or any(len(pair) != 2 for pair in pairs)


def has_distance(value: bytes) -> bool:
    """Return whether a subtree of name constraints has a minimum but 0, or a maximum (RFC 5280
    section 4.2.1.10).
    """
    return any(
        one.encoded != _MINIMUM_0
        for part in children(read_one(value, SEQUENCE).content)
        for subtree in children(part.content)
        for one in list(children(subtree.content))[1:]
    )


def has_empty_list_of_subtrees(value: bytes) -> bool:
    """Return whether name constraints have a list of subtrees without any."""
    return any(not part.content for part in children(read_one(value, SEQUENCE).content))


def has_no_names(value: bytes) -> bool:
    """Return whether subject alternative names are empty."""
    return len(value) <= _LONGEST_EMPTY and not read_one(value, SEQUENCE).content


def has_odd_subtree(value: bytes) -> bool:
    """Return whether name constraints have a host, mailbox or URI beyond ASCII, or what is no
    network: another length, or a mask with a zero before a one.
    """
    return any(
        (tag in TEXT_NAMES and not content.isascii())
        or (tag == IP_ADDRESS and not _is_network(content))
        for _, tag, content in constraint_values(value)
    )


def has_subtree_that_java_cannot_read(value: bytes) -> bool:
    """Return whether name constraints have an empty mailbox, a URI beyond ASCII, or an address that
    is neither a host nor a network.
    """
    return any(
        (tag == IP_ADDRESS and len(content) not in _ADDRESS_LENGTHS)
        or (tag == MAILBOX and not content)
        or (tag == URI and not content.isascii())
        for _, tag, content in constraint_values(value)
    )


def _is_network(content: bytes) -> bool:
    half = len(content) // 2
    mask = "".join(f"{octet:08b}" for octet in content[half:])
    return len(content) in _NETWORK_LENGTHS and "01" not in mask


def has_path_length(value: bytes) -> bool:
    """Return whether basic constraints have a path length."""
    return any(part.tag == INTEGER for part in children(read_one(value, SEQUENCE).content))


def has_large_path_length(value: bytes) -> bool:
    """Return whether basic constraints allow more authorities than one byte can count."""
    return any(
        part.tag == INTEGER and int.from_bytes(part.content, "big") > _LONGEST_PATH
        for part in children(read_one(value, SEQUENCE).content)
    )


def has_text_beyond_ascii(value: bytes) -> bool:
    """Return whether a host, mailbox or URI of subject alternative names is not ASCII."""
    return any(
        name.tag in TEXT_NAMES and not name.content.isascii()
        for name in children(read_one(value, SEQUENCE).content)
    )


def _has_half_a_character(value: DerElement) -> bool:
    encodings = {UTF8_STRING: "utf-8", _BMP: "utf-16-be", _UNIVERSAL: "utf-32-be"}
    if value.tag == _BMP and any(0xD8 <= byte <= 0xDF for byte in value.content[::2]):
        return True  # a BMPString has no surrogates
    if value.tag not in encodings:
        return False
    try:
        value.content.decode(encodings[value.tag])
    except UnicodeDecodeError:
        return True
    return False


def _has_point(parts: EncodedParts, forms: bytes) -> bool:
    return parts.key_algorithm == _EC and parts.key[:1] != b"" and parts.key[0] in forms
