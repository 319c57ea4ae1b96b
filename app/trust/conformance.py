"""Conformance rules: what RFC 5280 and the Baseline Requirements demand of a single certificate.

Most clients apply few of them: a profile names those for which its clients refuse a certificate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from types import MappingProxyType

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.host_names import ascii_host
from app.trust import encoding_rules as encoding
from app.trust.x509.certificate import Certificate
from app.trust.x509.der import to_der
from app.trust.x509.extensions import EXTENSION_NAMES
from app.trust.x509.raw_extensions import read_alone, split

__all__ = [
    "CRITICAL_EXTENSION",
    "REQUIRED_POLICY",
    "RULES",
    "ConformanceRule",
    "PathRole",
    "broken_rules",
]

# The rule that extensions which RFC 5280 and RFC 7633 want uncritical are so. Clients that do not
# handle them refuse them as unknown ones: see `unhandled_extensions` of profiles.
CRITICAL_EXTENSION = "critical_extension"
_NEVER_CRITICAL = frozenset(
    {
        *("authorityKeyIdentifier", "cRLDistributionPoints", "issuerAltName"),
        *("subjectKeyIdentifier", "TLS feature"),
    }
)
# The rule that a policy is valid along a path in which an authority requires one.
REQUIRED_POLICY = "required_policy"
# RFC 5280 section 4.1.2.2.
_MOST_SERIAL_OCTETS = 20
# OpenSSL and BoringSSL read no more than 100 KiB of certificates (SSL_MAX_CERT_LIST_DEFAULT), with
# six bytes of lengths before the first.
_LARGEST = 102_400 - 6
_SERVING = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})


class PathRole(StrEnum):
    """The place of a certificate in a path."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class _Subject:
    """A certificate under examination: its role, its parts as encoded, its extensions by
    name, parsed and as encoded, and the critical ones.
    """

    role: PathRole
    certificate: Certificate
    parts: encoding.EncodedParts
    parsed: x509.Certificate
    values: Mapping[str, x509.ExtensionType]
    encoded: Mapping[str, bytes]
    critical: frozenset[str]

    @property
    def self_issued_root(self) -> bool:
        return self.role is PathRole.ROOT and self.certificate.self_issued


@dataclass(frozen=True, slots=True)
class ConformanceRule:
    """One rule: its source, the roles that it holds for, and the test whether it is broken."""

    source: str
    roles: frozenset[PathRole]
    is_broken: Callable[[_Subject], bool]


@lru_cache(maxsize=4096)
def broken_rules(certificate: Certificate, role: PathRole) -> tuple[str, ...]:
    """Return the names of the rules that the certificate breaks in this role, sorted.

    A malformed certificate breaks none. Never raises.
    """
    subject = _subject(certificate, role)
    if subject is None:
        return ()
    return tuple(
        sorted(
            name for name, rule in RULES.items() if role in rule.roles and _broken(rule, subject)
        )
    )


def _broken(rule: ConformanceRule, subject: _Subject) -> bool:
    # The certificate comes from outside, and the library parses some fields only on access.
    try:
        return rule.is_broken(subject)
    except Exception:  # noqa: BLE001
        return False


def _subject(certificate: Certificate, role: PathRole) -> _Subject | None:
    if certificate.parsed is None:
        return None
    try:
        odd = certificate.odd or certificate.not_der
        der = to_der(certificate.der) if odd else certificate.der
        raw, parts = split(der), encoding.encoded_parts(der)
    except ValueError:
        return None
    try:
        values = {one.oid.dotted_string: one.value for one in certificate.parsed.extensions}
    except Exception:  # noqa: BLE001  # the parser raises nearly any exception
        readings = {one.oid: read_alone(der, one).value for one in raw}
        values = {oid: value for oid, value in readings.items() if value is not None}
    return _Subject(
        role,
        certificate,
        parts,
        certificate.parsed,
        {EXTENSION_NAMES.get(oid, oid): value for oid, value in values.items()},
        {EXTENSION_NAMES.get(one.oid, one.oid): one.value for one in raw},
        frozenset(EXTENSION_NAMES.get(one.oid, one.oid) for one in raw if one.critical),
    )


def _has_bad_serial_number(subject: _Subject) -> bool:
    number = int(subject.certificate.facts.serial, 16)
    return number <= 0 or number.bit_length() // 8 + 1 > _MOST_SERIAL_OCTETS


def _is_too_large(subject: _Subject) -> bool:
    return len(subject.certificate.der) > _LARGEST


def _never(_: _Subject) -> bool:
    return False


def _has_no_issuer(subject: _Subject) -> bool:
    return not subject.parsed.issuer.rdns


def _has_no_subject(subject: _Subject) -> bool:
    return not subject.parsed.subject.rdns


def _has_other_inner_algorithm(subject: _Subject) -> bool:
    return subject.parts.inner_signature != subject.parts.signature


def _has_odd_rsa_modulus(subject: _Subject) -> bool:
    key = subject.certificate.key_facts
    return key.kind in {"rsa", "rsa-pss"} and key.bits % 8 != 0


def _lacks_authority_key_id(subject: _Subject) -> bool:
    return "authorityKeyIdentifier" not in subject.values and not subject.self_issued_root


def _has_bad_authority_key_id(subject: _Subject) -> bool:
    value = subject.values.get("authorityKeyIdentifier")
    if not isinstance(value, x509.AuthorityKeyIdentifier):
        return False
    own = subject.values.get("subjectKeyIdentifier")
    differs = isinstance(own, x509.SubjectKeyIdentifier) and own.digest != value.key_identifier
    return (
        "authorityKeyIdentifier" in subject.critical
        or value.key_identifier is None
        or value.authority_cert_issuer is not None
        or value.authority_cert_serial_number is not None
        or (subject.self_issued_root and differs)
    )


def _lacks_subject_key_id(subject: _Subject) -> bool:
    return "subjectKeyIdentifier" not in subject.values


def _has_critical_subject_key_id(subject: _Subject) -> bool:
    return "subjectKeyIdentifier" in subject.critical


def _has_bad_basic_constraints(subject: _Subject) -> bool:
    value = subject.values.get("basicConstraints")
    is_ca = isinstance(value, x509.BasicConstraints) and value.ca
    return not is_ca or "basicConstraints" not in subject.critical


def _has_no_key_usage_bit(subject: _Subject) -> bool:
    usage = subject.values.get("keyUsage")
    return isinstance(usage, x509.KeyUsage) and not any(
        (
            usage.digital_signature,
            usage.content_commitment,
            usage.key_encipherment,
            usage.data_encipherment,
            usage.key_agreement,
            usage.key_cert_sign,
            usage.crl_sign,
        )
    )


def _has_inconsistent_ca_bits(subject: _Subject) -> bool:
    usage = subject.values.get("keyUsage")
    value = subject.values.get("basicConstraints")
    is_ca = isinstance(value, x509.BasicConstraints) and value.ca
    return isinstance(usage, x509.KeyUsage) and usage.key_cert_sign is not is_ca


def _has_other_purposes(subject: _Subject) -> bool:
    usages = subject.values.get("extKeyUsage")
    if not isinstance(usages, x509.ExtendedKeyUsage):
        return False
    return subject.role is PathRole.ROOT or not _SERVING.issuperset(usages)


def _has_critical_purposes(subject: _Subject) -> bool:
    return "extKeyUsage" in subject.critical


def _has_name_constraints(subject: _Subject) -> bool:
    return "nameConstraints" in subject.values or "nameConstraints" in subject.critical


def _has_bad_name_constraints(subject: _Subject) -> bool:
    names = subject.certificate.extensions.names
    domains = (*names.permitted.domains, *names.excluded.domains)
    return any(domain and not _is_domain(domain) for domain in domains)


def _has_unread_critical_constraints(subject: _Subject) -> bool:
    return "nameConstraints" in subject.critical and encoding.has_subtree_that_java_cannot_read(
        subject.encoded["nameConstraints"]
    )


def _has_bad_policies(subject: _Subject) -> bool:
    value = subject.values.get("certificatePolicies")
    if not isinstance(value, x509.CertificatePolicies):
        return False
    policies = [policy.policy_identifier for policy in value]
    return (
        not policies
        or len(set(policies)) < len(policies)
        or encoding.has_empty_qualifiers(subject.encoded["certificatePolicies"])
    )


def _has_non_critical_policy_constraints(subject: _Subject) -> bool:
    return any(
        name in subject.values and name not in subject.critical
        for name in ("policyConstraints", "inhibitAnyPolicy")
    )


def _has_bad_alt_name(subject: _Subject) -> bool:
    return any(
        not _is_domain(name.removeprefix("*."))
        for name in subject.certificate.extensions.alt_names.domains
    )


def _has_network_for_address(subject: _Subject) -> bool:
    value = subject.values.get("subjectAltName")
    return isinstance(value, x509.SubjectAlternativeName) and any(
        isinstance(address, IPv4Network | IPv6Network)
        for address in value.get_values_for_type(x509.IPAddress)
    )


def _has_wrongly_critical_alt_name(subject: _Subject) -> bool:
    return "subjectAltName" in subject.critical and not _has_no_subject(subject)


def _lacks_critical_alt_name(subject: _Subject) -> bool:
    return _has_no_subject(subject) and "subjectAltName" not in subject.critical


def _has_wrongly_critical_extension(subject: _Subject) -> bool:
    return not subject.critical.isdisjoint(_NEVER_CRITICAL)


def _has_odd_encoding(subject: _Subject) -> bool:
    return subject.certificate.odd or subject.certificate.not_der


def _has_repeated_extensions(subject: _Subject) -> bool:
    return bool(subject.certificate.extensions.repeated)


def _in_parts(
    is_broken: Callable[[encoding.EncodedParts], bool],
) -> Callable[[_Subject], bool]:
    """Return the test of a rule that looks at the certificate as encoded."""
    return lambda subject: is_broken(subject.parts)


def _in_extension(name: str, is_broken: Callable[[bytes], bool]) -> Callable[[_Subject], bool]:
    """Return the test of a rule that looks at one extension as encoded."""
    return lambda subject: name in subject.encoded and is_broken(subject.encoded[name])


def _has_differently_spelled_common_name(subject: _Subject) -> bool:
    names = subject.certificate.extensions.alt_names
    written = {*names.domains, *map(str, names.addresses)}
    meant = {_meaning(name) for name in written}
    common = subject.parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(
        isinstance(one.value, str)
        and one.value not in written
        and (_meaning(one.value) in meant or _has_u_labels(one.value))
        for one in common
    )


def _has_u_labels(name: str) -> bool:
    return not name.isascii() and "." in name and ascii_host(name) is not None


def _is_domain(name: str) -> bool:
    return name.isascii() and not name.endswith(".") and ascii_host(name) is not None


def _meaning(name: str) -> str:
    """Return one spelling for all those of a host: an address, or lower-case A-labels."""
    quads = name.split(".")
    if name.lower().startswith("0x") and len(quads) == 1:
        return str(ip_address(int(name, 16)))
    if len(quads) == 4 and all(quad.isdecimal() for quad in quads):
        return ".".join(str(int(quad)) for quad in quads)
    try:
        return str(ip_address(name))
    except ValueError:
        return ascii_host(name) or name


_EVERY = frozenset(PathRole)
_ISSUED = frozenset({PathRole.LEAF, PathRole.INTERMEDIATE})
_AUTHORITIES = frozenset({PathRole.INTERMEDIATE, PathRole.ROOT})
_LEAF = frozenset({PathRole.LEAF})
_ROOT = frozenset({PathRole.ROOT})
_BR = "CA/Browser Forum Baseline Requirements"

# One line each. Profiles and findings name the rules; docs/certificates.md describes them.
RULES: Mapping[str, ConformanceRule] = MappingProxyType(
    {
        "access": ConformanceRule(
            "RFC 5280 4.2.2.1",
            _EVERY,
            _in_extension("authorityInfoAccess", encoding.has_bad_access),
        ),
        "alt_name_address": ConformanceRule("RFC 5280 4.2.1.6", _EVERY, _has_network_for_address),
        "alt_name_critical": ConformanceRule(
            "RFC 5280 4.2.1.6", _LEAF, _has_wrongly_critical_alt_name
        ),
        "alt_name_not_critical": ConformanceRule(
            "RFC 5280 4.2.1.6", _LEAF, _lacks_critical_alt_name
        ),
        "alt_name_syntax": ConformanceRule("RFC 5280 4.2.1.6", _LEAF, _has_bad_alt_name),
        "alt_name_text": ConformanceRule(
            "RFC 5280 4.2.1.6",
            _EVERY,
            _in_extension("subjectAltName", encoding.has_text_beyond_ascii),
        ),
        "authority_key_id": ConformanceRule("RFC 5280 4.2.1.1", _EVERY, _has_bad_authority_key_id),
        "authority_key_id_missing": ConformanceRule(
            "RFC 5280 4.2.1.1", _EVERY, _lacks_authority_key_id
        ),
        "basic_constraints_critical": ConformanceRule(
            "RFC 5280 4.2.1.9", _AUTHORITIES, _has_bad_basic_constraints
        ),
        "ca_bits": ConformanceRule("RFC 5280 4.2.1.9", _LEAF, _has_inconsistent_ca_bits),
        "certificate_size": ConformanceRule("RFC 8446 4.4.2", _ISSUED, _is_too_large),
        "common_name_spelling": ConformanceRule(
            f"{_BR} 7.1.4.3", _LEAF, _has_differently_spelled_common_name
        ),
        CRITICAL_EXTENSION: ConformanceRule(
            "RFC 5280 4.2", _EVERY, _has_wrongly_critical_extension
        ),
        "ec_point": ConformanceRule("RFC 5480 2.2", _EVERY, _in_parts(encoding.has_hybrid_point)),
        "ec_point_compressed": ConformanceRule(
            "Java: ECUtil.decodePoint", _EVERY, _in_parts(encoding.has_compressed_point)
        ),
        "encoding": ConformanceRule("RFC 5280 4.1", _EVERY, _has_odd_encoding),
        "issuer_name": ConformanceRule("RFC 5280 4.1.2.4", _EVERY, _has_no_issuer),
        "key_usage_bits": ConformanceRule("RFC 5280 4.2.1.3", _EVERY, _has_no_key_usage_bit),
        "leaf_name_constraints": ConformanceRule("RFC 5280 4.2.1.10", _LEAF, _has_name_constraints),
        "leaf_subtree_distance": ConformanceRule(
            "RFC 5280 4.2.1.10", _LEAF, _in_extension("nameConstraints", encoding.has_distance)
        ),
        "name_constraints_syntax": ConformanceRule(
            "RFC 5280 4.2.1.10", _AUTHORITIES, _has_bad_name_constraints
        ),
        "name_constraints_critical": ConformanceRule(
            "Java: NameConstraintsExtension", _EVERY, _has_unread_critical_constraints
        ),
        "name_constraints_values": ConformanceRule(
            "RFC 5280 4.2.1.10", _EVERY, _in_extension("nameConstraints", encoding.has_odd_subtree)
        ),
        "name_strings": ConformanceRule(
            "RFC 5280 4.1.2.4", _EVERY, _in_parts(encoding.has_name_of_odd_type)
        ),
        "name_types": ConformanceRule(
            "X.520", _EVERY, _in_parts(encoding.has_name_that_openssl_cannot_read)
        ),
        "path_length": ConformanceRule(
            "RFC 5280 4.2.1.9",
            _EVERY,
            _in_extension("basicConstraints", encoding.has_large_path_length),
        ),
        "policies": ConformanceRule("RFC 5280 4.2.1.4", _ISSUED, _has_bad_policies),
        "policy_constraints_critical": ConformanceRule(
            "RFC 5280 4.2.1.11", _AUTHORITIES, _has_non_critical_policy_constraints
        ),
        "policy_mappings": ConformanceRule(
            "RFC 5280 4.2.1.5", _EVERY, _in_extension("policyMappings", encoding.has_bad_mappings)
        ),
        "purposes": ConformanceRule(
            f"{_BR} 7.1.2.7.10", frozenset({PathRole.LEAF, PathRole.ROOT}), _has_other_purposes
        ),
        "purposes_critical": ConformanceRule(f"{_BR} 7.1.2.7.6", _LEAF, _has_critical_purposes),
        "repeated_extensions": ConformanceRule("RFC 5280 4.2", _EVERY, _has_repeated_extensions),
        # Judged along a path: app/trust/paths/rules.py.
        REQUIRED_POLICY: ConformanceRule("RFC 5280 6.1", frozenset(), _never),
        "root_signature_algorithm": ConformanceRule(
            "RFC 5280 4.1.1.2", _ROOT, _has_other_inner_algorithm
        ),
        "rsa_modulus": ConformanceRule(f"{_BR} 6.1.5", _EVERY, _has_odd_rsa_modulus),
        "rsa_parameters": ConformanceRule(
            "RFC 3279 2.3.1", _EVERY, _in_parts(encoding.has_odd_rsa_parameters)
        ),
        "serial_number": ConformanceRule("RFC 5280 4.1.2.2", _ISSUED, _has_bad_serial_number),
        "signature_algorithm": ConformanceRule(
            "RFC 5280 4.1.1.2", _ISSUED, _has_other_inner_algorithm
        ),
        "signature_scheme": ConformanceRule(
            f"{_BR} 7.1.3.2", _ISSUED, _in_parts(encoding.has_odd_scheme)
        ),
        "subject_key_id_critical": ConformanceRule(
            "RFC 5280 4.2.1.2", _EVERY, _has_critical_subject_key_id
        ),
        "subject_key_id_missing": ConformanceRule(
            "RFC 5280 4.2.1.2", _AUTHORITIES, _lacks_subject_key_id
        ),
        "subject_name": ConformanceRule("RFC 5280 4.1.2.6", _AUTHORITIES, _has_no_subject),
        "subtree_distance": ConformanceRule(
            "RFC 5280 4.2.1.10",
            _AUTHORITIES,
            _in_extension("nameConstraints", encoding.has_distance),
        ),
        "version": ConformanceRule("RFC 5280 4.1.2.1", _EVERY, _in_parts(encoding.has_odd_version)),
    }
)
