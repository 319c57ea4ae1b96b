"""Conformance rules: what RFC 5280 and the Baseline Requirements demand of a single certificate.

Most clients apply few of them: a profile names those for which its clients refuse a certificate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from app.trust import certificate_rules as rules
from app.trust import encoding_rules as encoding
from app.trust.certificate_rules import ExaminedCertificate, PathRole
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
# The rule that a policy is valid along a path in which an authority requires one.
REQUIRED_POLICY = "required_policy"


@dataclass(frozen=True, slots=True)
class ConformanceRule:
    """One rule: its source, the roles that it holds for, and the test whether it is broken."""

    source: str
    roles: frozenset[PathRole]
    is_broken: Callable[[ExaminedCertificate], bool]


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


def _broken(rule: ConformanceRule, subject: ExaminedCertificate) -> bool:
    # The certificate comes from outside, and the library parses some fields only on access.
    try:
        return rule.is_broken(subject)
    except Exception:  # noqa: BLE001
        return False


def _subject(certificate: Certificate, role: PathRole) -> ExaminedCertificate | None:
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
    return ExaminedCertificate(
        role,
        certificate,
        parts,
        certificate.parsed,
        {EXTENSION_NAMES.get(oid, oid): value for oid, value in values.items()},
        {EXTENSION_NAMES.get(one.oid, one.oid): one.value for one in raw},
        frozenset(EXTENSION_NAMES.get(one.oid, one.oid) for one in raw if one.critical),
    )


def _never(_: ExaminedCertificate) -> bool:
    return False


def _in_parts(
    is_broken: Callable[[encoding.EncodedParts], bool],
) -> Callable[[ExaminedCertificate], bool]:
    """Return the test of a rule that looks at the certificate as encoded."""
    return lambda subject: is_broken(subject.parts)


def _in_extension(
    name: str, is_broken: Callable[[bytes], bool]
) -> Callable[[ExaminedCertificate], bool]:
    """Return the test of a rule that looks at one extension as encoded."""
    return lambda subject: name in subject.encoded and is_broken(subject.encoded[name])


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
        "alt_name_address": ConformanceRule(
            "RFC 5280 4.2.1.6", _EVERY, rules.has_network_for_address
        ),
        "alt_name_critical": ConformanceRule(
            "RFC 5280 4.2.1.6", _LEAF, rules.has_wrongly_critical_alt_name
        ),
        "alt_name_empty": ConformanceRule(
            "RFC 5280 4.2.1.6", _EVERY, _in_extension("subjectAltName", encoding.has_no_names)
        ),
        "alt_name_not_critical": ConformanceRule(
            "RFC 5280 4.2.1.6", _LEAF, rules.lacks_critical_alt_name
        ),
        "alt_name_syntax": ConformanceRule("RFC 5280 4.2.1.6", _LEAF, rules.has_bad_alt_name),
        "alt_name_text": ConformanceRule(
            "RFC 5280 4.2.1.6",
            _EVERY,
            _in_extension("subjectAltName", encoding.has_text_beyond_ascii),
        ),
        "authority_key_id": ConformanceRule(
            "RFC 5280 4.2.1.1", _EVERY, rules.has_bad_authority_key_id
        ),
        "authority_key_id_missing": ConformanceRule(
            "RFC 5280 4.2.1.1", _ISSUED, rules.lacks_authority_key_id
        ),
        "basic_constraints_critical": ConformanceRule(
            "RFC 5280 4.2.1.9", _EVERY, rules.has_bad_basic_constraints
        ),
        "ca_bits": ConformanceRule("RFC 5280 4.2.1.9", _LEAF, rules.is_authority_that_may_not_sign),
        "certificate_size": ConformanceRule("RFC 8446 4.4.2", _ISSUED, rules.is_too_large),
        "common_name_spelling": ConformanceRule(
            f"{_BR} 7.1.4.3", _LEAF, rules.has_differently_spelled_common_name
        ),
        CRITICAL_EXTENSION: ConformanceRule(
            "RFC 5280 4.2", _EVERY, rules.has_wrongly_critical_extension
        ),
        "ec_parameters": ConformanceRule("RFC 5480 2.1.1", _EVERY, rules.has_explicit_parameters),
        "ec_point": ConformanceRule("RFC 5480 2.2", _EVERY, _in_parts(encoding.has_hybrid_point)),
        "ec_point_compressed": ConformanceRule(
            "Java: ECUtil.decodePoint", _EVERY, _in_parts(encoding.has_compressed_point)
        ),
        "encoding": ConformanceRule("RFC 5280 4.1", _EVERY, rules.has_odd_encoding),
        "issuer_name": ConformanceRule("RFC 5280 4.1.2.4", _EVERY, rules.has_no_issuer),
        "issuing_purposes": ConformanceRule(
            f"{_BR} 7.1.2.10.6",
            frozenset({PathRole.INTERMEDIATE}),
            rules.has_purposes_of_no_authority,
        ),
        "key_cert_sign": ConformanceRule(
            "RFC 5280 4.2.1.3", _LEAF, rules.signs_without_being_authority
        ),
        "key_usage_bits": ConformanceRule("RFC 5280 4.2.1.3", _EVERY, rules.has_no_key_usage_bit),
        "key_usage_missing": ConformanceRule("RFC 5280 4.2.1.3", _EVERY, rules.lacks_key_usage),
        "key_usage_of_key": ConformanceRule(
            "RFC 8813, RFC 8410, RFC 9881, RFC 9909", _EVERY, rules.has_impossible_use
        ),
        "leaf_name_constraints": ConformanceRule(
            "RFC 5280 4.2.1.10", _LEAF, rules.has_name_constraints
        ),
        "leaf_subtree_distance": ConformanceRule(
            "RFC 5280 4.2.1.10", _LEAF, _in_extension("nameConstraints", encoding.has_distance)
        ),
        "name_constraints_lists": ConformanceRule(
            "RFC 5280 4.2.1.10",
            _EVERY,
            _in_extension("nameConstraints", encoding.has_empty_list_of_subtrees),
        ),
        "name_constraints_syntax": ConformanceRule(
            "RFC 5280 4.2.1.10", _AUTHORITIES, rules.has_bad_name_constraints
        ),
        "name_constraints_critical": ConformanceRule(
            "Java: NameConstraintsExtension", _EVERY, rules.has_unread_critical_constraints
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
        "path_length_use": ConformanceRule("RFC 5280 4.2.1.9", _EVERY, rules.has_odd_path_length),
        "policies": ConformanceRule("RFC 5280 4.2.1.4", _ISSUED, rules.has_bad_policies),
        "policy_constraints_critical": ConformanceRule(
            "RFC 5280 4.2.1.11", _AUTHORITIES, rules.has_non_critical_policy_constraints
        ),
        "policy_mappings": ConformanceRule(
            "RFC 5280 4.2.1.5", _EVERY, _in_extension("policyMappings", encoding.has_bad_mappings)
        ),
        "purposes": ConformanceRule(
            f"{_BR} 7.1.2.7.10", frozenset({PathRole.LEAF, PathRole.ROOT}), rules.has_other_purposes
        ),
        "purposes_critical": ConformanceRule(
            f"{_BR} 7.1.2.7.6", _LEAF, rules.has_critical_purposes
        ),
        "repeated_extensions": ConformanceRule(
            "RFC 5280 4.2", _EVERY, rules.has_repeated_extensions
        ),
        # Judged along a path: app/trust/paths/rules.py.
        REQUIRED_POLICY: ConformanceRule("RFC 5280 6.1", frozenset(), _never),
        "root_authority_key_id_missing": ConformanceRule(
            "RFC 5280 4.2.1.1", _ROOT, rules.lacks_authority_key_id_of_another
        ),
        "root_signature_algorithm": ConformanceRule(
            "RFC 5280 4.1.1.2", _ROOT, rules.has_other_inner_algorithm
        ),
        "rsa_modulus": ConformanceRule(f"{_BR} 6.1.5", _EVERY, rules.has_odd_rsa_modulus),
        "rsa_parameters": ConformanceRule(
            "RFC 3279 2.3.1", _EVERY, _in_parts(encoding.has_odd_rsa_parameters)
        ),
        "serial_number": ConformanceRule("RFC 5280 4.1.2.2", _ISSUED, rules.has_bad_serial_number),
        "signature_algorithm": ConformanceRule(
            "RFC 5280 4.1.1.2", _ISSUED, rules.has_other_inner_algorithm
        ),
        "signature_scheme": ConformanceRule(
            f"{_BR} 7.1.3.2", _ISSUED, _in_parts(encoding.has_odd_scheme)
        ),
        "subject_key_id_critical": ConformanceRule(
            "RFC 5280 4.2.1.2", _EVERY, rules.has_critical_subject_key_id
        ),
        "subject_key_id_missing": ConformanceRule(
            "RFC 5280 4.2.1.2", _EVERY, rules.lacks_subject_key_id
        ),
        "subject_name": ConformanceRule("RFC 5280 4.1.2.6", _EVERY, rules.has_no_subject),
        "subtree_distance": ConformanceRule(
            "RFC 5280 4.2.1.10",
            _AUTHORITIES,
            _in_extension("nameConstraints", encoding.has_distance),
        ),
        "version": ConformanceRule("RFC 5280 4.1.2.1", _EVERY, _in_parts(encoding.has_odd_version)),
    }
)
