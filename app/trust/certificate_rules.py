"""Tests whether a certificate breaks a conformance rule; app/trust/conformance.py has the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.host_names import ascii_host
from app.trust import encoding_rules as encoding
from app.trust.x509.certificate import Certificate
from app.trust.x509.issuance import signed_with_own_key
from app.trust.x509.public_keys import EXPLICIT

__all__ = [
    "ExaminedCertificate",
    "PathRole",
    "has_bad_alt_name",
    "has_bad_authority_key_id",
    "has_bad_basic_constraints",
    "has_bad_name_constraints",
    "has_bad_policies",
    "has_bad_serial_number",
    "has_critical_purposes",
    "has_critical_subject_key_id",
    "has_differently_spelled_common_name",
    "has_explicit_parameters",
    "has_impossible_use",
    "has_name_constraints",
    "has_network_for_address",
    "has_no_issuer",
    "has_no_key_usage_bit",
    "has_no_subject",
    "has_non_critical_policy_constraints",
    "has_odd_encoding",
    "has_odd_path_length",
    "has_odd_rsa_modulus",
    "has_other_inner_algorithm",
    "has_other_purposes",
    "has_purposes_of_no_authority",
    "has_repeated_extensions",
    "has_unread_critical_constraints",
    "has_wrongly_critical_alt_name",
    "has_wrongly_critical_extension",
    "is_authority_that_may_not_sign",
    "is_too_large",
    "lacks_authority_key_id",
    "lacks_authority_key_id_of_another",
    "lacks_critical_alt_name",
    "lacks_key_usage",
    "lacks_subject_key_id",
    "signs_without_being_authority",
]

_NEVER_CRITICAL = frozenset(
    {
        *("authorityKeyIdentifier", "cRLDistributionPoints", "issuerAltName"),
        *("subjectKeyIdentifier", "TLS feature"),
    }
)
# RFC 5280 section 4.1.2.2.
_MOST_SERIAL_OCTETS = 20
# OpenSSL and BoringSSL read no more than 100 KiB of certificates (SSL_MAX_CERT_LIST_DEFAULT), with
# six bytes of lengths before the first.
_LARGEST = 102_400 - 6
_SERVING = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})
# Baseline Requirements 7.1.2.10.6: not beside TLS servers in an authority.
_NOT_OF_AUTHORITIES = frozenset(
    {
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4"),  # precertificate signing
    }
)
# The uses that a key of this kind does not have: RFC 5480 section 3 as amended by RFC 8813, RFC
# 8410 section 5, RFC 9881 section 5, RFC 9909 section 6.
_ENCRYPTING = frozenset({"keyEncipherment", "dataEncipherment"})
_IMPOSSIBLE_USES = {
    "ec": _ENCRYPTING,
    **dict.fromkeys(("ed25519", "ed448", "ml-dsa", "slh-dsa"), _ENCRYPTING | {"keyAgreement"}),
}


class PathRole(StrEnum):
    """The place of a certificate in a path."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class ExaminedCertificate:
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


def has_bad_serial_number(subject: ExaminedCertificate) -> bool:
    number = int(subject.certificate.facts.serial, 16)
    return number <= 0 or number.bit_length() // 8 + 1 > _MOST_SERIAL_OCTETS


def is_too_large(subject: ExaminedCertificate) -> bool:
    return len(subject.certificate.der) > _LARGEST


def has_no_issuer(subject: ExaminedCertificate) -> bool:
    return not subject.parsed.issuer.rdns


def has_no_subject(subject: ExaminedCertificate) -> bool:
    """Return whether an authority or an issuer of CRLs has no name."""
    usages = subject.certificate.extensions.usages or frozenset()
    return not subject.parsed.subject.rdns and (_is_authority(subject) or "cRLSign" in usages)


def has_other_inner_algorithm(subject: ExaminedCertificate) -> bool:
    return subject.parts.inner_signature != subject.parts.signature


def has_odd_rsa_modulus(subject: ExaminedCertificate) -> bool:
    key = subject.certificate.key_facts
    return key.kind in {"rsa", "rsa-pss"} and key.bits % 8 != 0


def lacks_authority_key_id(subject: ExaminedCertificate) -> bool:
    """Return whether no authority key identifier names the key of the issuer."""
    value = subject.values.get("authorityKeyIdentifier")
    named = isinstance(value, x509.AuthorityKeyIdentifier) and value.key_identifier is not None
    return _may_have_extensions(subject) and not named


def lacks_authority_key_id_of_another(subject: ExaminedCertificate) -> bool:
    """Return whether a root that another authority signed has no authority key identifier."""
    own = subject.certificate.self_issued or signed_with_own_key(subject.certificate)
    return not own and "authorityKeyIdentifier" not in subject.values


def has_bad_authority_key_id(subject: ExaminedCertificate) -> bool:
    value = subject.values.get("authorityKeyIdentifier")
    if not isinstance(value, x509.AuthorityKeyIdentifier):
        return False
    own = subject.values.get("subjectKeyIdentifier")
    differs = isinstance(own, x509.SubjectKeyIdentifier) and own.digest != value.key_identifier
    return (
        "authorityKeyIdentifier" in subject.critical
        or (subject.role is PathRole.ROOT and value.key_identifier is None)
        or value.authority_cert_issuer is not None
        or value.authority_cert_serial_number is not None
        or (subject.self_issued_root and differs)
    )


def lacks_subject_key_id(subject: ExaminedCertificate) -> bool:
    lacks = _may_have_extensions(subject) and "subjectKeyIdentifier" not in subject.values
    return lacks and _is_authority(subject)


def lacks_key_usage(subject: ExaminedCertificate) -> bool:
    return _is_authority(subject) and "keyUsage" not in subject.values


def has_critical_subject_key_id(subject: ExaminedCertificate) -> bool:
    return "subjectKeyIdentifier" in subject.critical


def has_bad_basic_constraints(subject: ExaminedCertificate) -> bool:
    if not _is_authority(subject):
        return False
    return not _has_ca_flag(subject) or "basicConstraints" not in subject.critical


def has_odd_path_length(subject: ExaminedCertificate) -> bool:
    """Return whether there is a path length in a certificate that may not sign others."""
    extensions = subject.certificate.extensions
    if extensions.odd or extensions.not_der:  # and then perhaps without its path length
        encoded = subject.encoded.get("basicConstraints")
        if not encoded or not encoding.has_path_length(encoded):
            return False
    elif extensions.path_length is None:
        return False
    return not _has_ca_flag(subject) or extensions.denies_signing


def has_no_key_usage_bit(subject: ExaminedCertificate) -> bool:
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


def is_authority_that_may_not_sign(subject: ExaminedCertificate) -> bool:
    return _has_ca_flag(subject) and subject.certificate.extensions.denies_signing


def signs_without_being_authority(subject: ExaminedCertificate) -> bool:
    usages = subject.certificate.extensions.usages or frozenset()
    return "keyCertSign" in usages and not _has_ca_flag(subject)


def has_explicit_parameters(subject: ExaminedCertificate) -> bool:
    """Return whether the curve of an EC key is written out instead of named."""
    return subject.certificate.key_facts.curve == EXPLICIT


def has_impossible_use(subject: ExaminedCertificate) -> bool:
    """Return whether key usage names what a key of this kind cannot do."""
    usages = subject.certificate.extensions.usages or frozenset()
    impossible = _IMPOSSIBLE_USES.get(subject.certificate.key_facts.kind, frozenset())
    return not impossible.isdisjoint(usages)


def has_other_purposes(subject: ExaminedCertificate) -> bool:
    usages = subject.values.get("extKeyUsage")
    if not isinstance(usages, x509.ExtendedKeyUsage):
        return False
    return subject.role is PathRole.ROOT or not _SERVING.issuperset(usages)


def has_purposes_of_no_authority(subject: ExaminedCertificate) -> bool:
    usages = subject.values.get("extKeyUsage")
    return isinstance(usages, x509.ExtendedKeyUsage) and not _NOT_OF_AUTHORITIES.isdisjoint(usages)


def has_critical_purposes(subject: ExaminedCertificate) -> bool:
    return "extKeyUsage" in subject.critical


def has_name_constraints(subject: ExaminedCertificate) -> bool:
    return "nameConstraints" in subject.values or "nameConstraints" in subject.critical


def has_bad_name_constraints(subject: ExaminedCertificate) -> bool:
    names = subject.certificate.extensions.names
    domains = (*names.permitted.domains, *names.excluded.domains)
    return any(domain and not _is_domain(domain) for domain in domains)


def has_unread_critical_constraints(subject: ExaminedCertificate) -> bool:
    return "nameConstraints" in subject.critical and encoding.has_subtree_that_java_cannot_read(
        subject.encoded["nameConstraints"]
    )


def has_bad_policies(subject: ExaminedCertificate) -> bool:
    value = subject.values.get("certificatePolicies")
    if not isinstance(value, x509.CertificatePolicies):
        return False
    policies = [policy.policy_identifier for policy in value]
    return (
        not policies
        or len(set(policies)) < len(policies)
        or encoding.has_empty_qualifiers(subject.encoded["certificatePolicies"])
        or encoding.has_odd_qualifier_of_any_policy(subject.encoded["certificatePolicies"])
    )


def has_non_critical_policy_constraints(subject: ExaminedCertificate) -> bool:
    return any(
        name in subject.values and name not in subject.critical
        for name in ("policyConstraints", "inhibitAnyPolicy")
    )


def has_bad_alt_name(subject: ExaminedCertificate) -> bool:
    return any(
        "_" in name or not _is_domain(name.removeprefix("*."))
        for name in subject.certificate.extensions.alt_names.domains
    )


def has_network_for_address(subject: ExaminedCertificate) -> bool:
    value = subject.values.get("subjectAltName")
    return isinstance(value, x509.SubjectAlternativeName) and any(
        isinstance(address, IPv4Network | IPv6Network)
        for address in value.get_values_for_type(x509.IPAddress)
    )


def has_wrongly_critical_alt_name(subject: ExaminedCertificate) -> bool:
    return "subjectAltName" in subject.critical and bool(subject.parsed.subject.rdns)


def lacks_critical_alt_name(subject: ExaminedCertificate) -> bool:
    return not subject.parsed.subject.rdns and "subjectAltName" not in subject.critical


def has_wrongly_critical_extension(subject: ExaminedCertificate) -> bool:
    return not subject.critical.isdisjoint(_NEVER_CRITICAL)


def has_odd_encoding(subject: ExaminedCertificate) -> bool:
    return subject.certificate.odd or subject.certificate.not_der


def has_repeated_extensions(subject: ExaminedCertificate) -> bool:
    return bool(subject.certificate.extensions.repeated)


def has_differently_spelled_common_name(subject: ExaminedCertificate) -> bool:
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


def _has_ca_flag(subject: ExaminedCertificate) -> bool:
    value = subject.values.get("basicConstraints")
    return isinstance(value, x509.BasicConstraints) and value.ca


def _is_authority(subject: ExaminedCertificate) -> bool:
    """Return whether the certificate issues others in its path, or might by its CA flag."""
    return subject.role is not PathRole.LEAF or _has_ca_flag(subject)


def _may_have_extensions(subject: ExaminedCertificate) -> bool:
    """Return whether the certificate is of a version that has extensions."""
    return subject.parsed.version is x509.Version.v3
