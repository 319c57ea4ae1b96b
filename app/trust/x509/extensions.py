"""Certificate extensions that the judgement uses (RFC 5280 section 4.2)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import TypedDict

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

from app.trust.x509.der import BIT_STRING, SEQUENCE, encode, read_one
from app.trust.x509.name_constraints import (
    NO_ALT_NAMES,
    UNCONSTRAINED,
    AltNames,
    NameConstraints,
    read_alt_names,
    read_name_constraints,
)
from app.trust.x509.normal_names import normalised_name
from app.trust.x509.policies import NO_POLICIES, Policies, read_policies
from app.trust.x509.raw_extensions import RawExtension, authority_parts, read_alone, split

__all__ = [
    "EXTENSION_NAMES",
    "KEY_USAGES",
    "Extensions",
    "ServerPurpose",
    "read_extensions",
    "read_extensions_one_by_one",
]

# The names of extensions in RFC 5280, RFC 6960, RFC 6962 and RFC 7633, of Microsoft's and of
# Netscape's, which profiles and findings use.
EXTENSION_NAMES: Mapping[str, str] = MappingProxyType(
    {
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS.dotted_string: "authorityInfoAccess",
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string: "authorityKeyIdentifier",
        ExtensionOID.BASIC_CONSTRAINTS.dotted_string: "basicConstraints",
        ExtensionOID.CERTIFICATE_POLICIES.dotted_string: "certificatePolicies",
        ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string: "cRLDistributionPoints",
        ExtensionOID.EXTENDED_KEY_USAGE.dotted_string: "extKeyUsage",
        ExtensionOID.FRESHEST_CRL.dotted_string: "freshestCRL",
        ExtensionOID.INHIBIT_ANY_POLICY.dotted_string: "inhibitAnyPolicy",
        ExtensionOID.ISSUER_ALTERNATIVE_NAME.dotted_string: "issuerAltName",
        ExtensionOID.KEY_USAGE.dotted_string: "keyUsage",
        ExtensionOID.NAME_CONSTRAINTS.dotted_string: "nameConstraints",
        ExtensionOID.POLICY_CONSTRAINTS.dotted_string: "policyConstraints",
        ExtensionOID.POLICY_MAPPINGS.dotted_string: "policyMappings",
        ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS.dotted_string: "SCT list",
        ExtensionOID.PRIVATE_KEY_USAGE_PERIOD.dotted_string: "privateKeyUsagePeriod",
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string: "subjectAltName",
        ExtensionOID.SUBJECT_INFORMATION_ACCESS.dotted_string: "subjectInfoAccess",
        ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string: "subjectKeyIdentifier",
        ExtensionOID.TLS_FEATURE.dotted_string: "TLS feature",
        ExtensionOID.OCSP_NO_CHECK.dotted_string: "OCSP no check",
        "1.3.6.1.4.1.311.21.10": "application policies",
        "2.16.840.1.113730.1.1": "Netscape certificate type",
    }
)

# The bits of key usage that profiles name (section 4.2.1.3), and their fields in the library.
KEY_USAGES: Mapping[str, str] = MappingProxyType(
    {
        "digitalSignature": "digital_signature",
        "nonRepudiation": "content_commitment",
        "keyEncipherment": "key_encipherment",
        "dataEncipherment": "data_encipherment",
        "keyAgreement": "key_agreement",
        "keyCertSign": "key_cert_sign",
        "cRLSign": "crl_sign",
    }
)

_SERVING_TLS = {ExtendedKeyUsageOID.SERVER_AUTH.dotted_string}
# Server Gated Cryptography of Netscape and Microsoft, present in old authorities.
_GATED = {"2.16.840.1.113730.4.1", "1.3.6.1.4.1.311.10.3.3"}
_ANY = {ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string}


class ServerPurpose(Enum):
    """A purpose of extended key usage by which clients accept a TLS server."""

    SERVER = "serverAuth"
    GATED = "server gated cryptography"
    ANY = "anyExtendedKeyUsage"


_PURPOSES = {
    ServerPurpose.SERVER: _SERVING_TLS,
    ServerPurpose.GATED: _GATED,
    ServerPurpose.ANY: _ANY,
}
# Extensions that every client understands; any other critical one must be refused (section 4.2).
# Policies and their constraints only matter to clients that require a policy; TLS clients do not.
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.TLS_FEATURE,
    }
)

_EMPTY = encode(SEQUENCE, b"")
_NETSCAPE_TYPE = x509.ObjectIdentifier("2.16.840.1.113730.1.1")
_NETSCAPE_SERVER = 0x40

_Values = Mapping[x509.ObjectIdentifier, x509.ExtensionType]


@dataclass(frozen=True, slots=True)
class Extensions:
    """The extensions of one certificate.

    Each is read by itself; the defaults stand for absent extensions and for those of which nothing
    could be read. `odd`, `not_der`, `unreadable` and `repeated` are the names of extensions that
    break the rules: in a way that all clients accept, in a way that clients which demand DER
    refuse, so that no client can read them, and by standing there more than once.
    `critical_unreadable` are those of them that must be refused because they are critical.

    `authority_key_id`, `authority_issuer` (a normalised name) and `authority_serial` are what the
    authority key identifier says of the issuer: its key, its own issuer and its serial number.

    `path_length` is how many authorities may be below (None: any number). `alt_names` are the
    subject alternative names, `names` the name constraints, `policies` the policies.
    `usages` are the bits of key usage by their names in RFC 5280, None where any use is allowed.
    `purposes` are those of extended key usage that allow a TLS server, None where it is absent;
    `netscape_serves_tls` says whether Netscape's certificate type does, or is absent. `critical`
    are the names of critical extensions, `unknown_critical` of those that hardly any client knows.
    `denies_ca` says that basic
    constraints are there and name no authority.
    `issuer_urls` are AIA URLs of the issuer, `list_urls` those of its CRL. `timestamps` counts the
    embedded SCTs (RFC 6962).
    """

    odd: tuple[str, ...] = ()
    not_der: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    critical_unreadable: tuple[str, ...] = ()
    alt_names: AltNames = NO_ALT_NAMES
    key_id: bytes | None = None
    authority_key_id: bytes | None = None
    authority_serial: int | None = None
    authority_issuer: bytes | None = None
    is_ca: bool = False
    denies_ca: bool = False
    usages: frozenset[str] | None = None
    path_length: int | None = None
    names: NameConstraints = UNCONSTRAINED
    policies: Policies = NO_POLICIES
    purposes: frozenset[ServerPurpose] | None = None
    netscape_serves_tls: bool = True
    critical: frozenset[str] = frozenset()
    unknown_critical: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    list_urls: tuple[str, ...] = ()
    must_staple: bool = False
    timestamps: int = 0

    @property
    def denies_signing(self) -> bool:
        """Whether key usage forbids to sign certificates."""
        return self.usages is not None and "keyCertSign" not in self.usages

    @property
    def dns_names(self) -> tuple[str, ...]:
        return self.alt_names.domains

    @property
    def ip_addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        return self.alt_names.addresses


def read_extensions(parsed: x509.Certificate, der: bytes) -> Extensions:
    """Read the extensions of a certificate with these bytes as received. Never raises."""
    # Nearly all certificates can be read as a whole, which is faster.
    try:
        found = list(parsed.extensions)
        critical = frozenset(one.oid for one in found if one.critical)
        read = _read({one.oid: one.value for one in found}, critical)
        constrained = any(isinstance(one.value, x509.NameConstraints) for one in found)
        return replace(read, names=_constraints(split(der))) if constrained else read
    except Exception:  # noqa: BLE001  # the parser raises nearly any exception
        return read_extensions_one_by_one(der)


def read_extensions_one_by_one(der: bytes) -> Extensions:
    """Read the extensions of a certificate, each by itself. Never raises."""
    try:
        extensions = split(der)
    except ValueError:
        return Extensions(unreadable=tuple(EXTENSION_NAMES.values()))
    times = Counter(one.oid for one in extensions)
    readings = [(one, read_alone(der, one)) for one in extensions]
    values = {one.oid: read.value for one, read in readings if read.value is not None}
    unreadable = [one for one, read in readings if read.unreadable]
    return replace(
        _read(
            {x509.ObjectIdentifier(oid): value for oid, value in values.items()},
            frozenset(x509.ObjectIdentifier(one.oid) for one in extensions if one.critical),
        ),
        odd=_names_of(one for one, read in readings if read.odd and not read.not_der),
        not_der=_names_of(one for one, read in readings if read.not_der),
        unreadable=_names_of(unreadable),
        repeated=_names_of(one for one in extensions if times[one.oid] > 1),
        critical_unreadable=_names_of(one for one in unreadable if one.critical),
        names=_constraints(extensions),
        **_lone_parts(extensions),
        **_no_purposes(extensions),
    )


def _names_of(extensions: Iterable[RawExtension]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(EXTENSION_NAMES.get(one.oid, one.oid) for one in extensions))


def _read(values: _Values, critical: frozenset[x509.ObjectIdentifier]) -> Extensions:
    own = values.get(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    authority = values.get(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    basic = values.get(ExtensionOID.BASIC_CONSTRAINTS)
    usage = values.get(ExtensionOID.KEY_USAGE)
    return Extensions(
        alt_names=read_alt_names(values.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)),
        key_id=own.digest if isinstance(own, x509.SubjectKeyIdentifier) else None,
        **_authority(authority),
        is_ca=isinstance(basic, x509.BasicConstraints) and basic.ca,
        denies_ca=isinstance(basic, x509.BasicConstraints) and not basic.ca,
        usages=_usages(usage),
        path_length=basic.path_length if isinstance(basic, x509.BasicConstraints) else None,
        policies=read_policies(values),
        purposes=_purposes(values.get(ExtensionOID.EXTENDED_KEY_USAGE)),
        critical=frozenset(map(_name, critical)),
        netscape_serves_tls=_netscape_serves_tls(values),
        unknown_critical=tuple(sorted(_name(oid) for oid in critical - _UNDERSTOOD)),
        issuer_urls=_issuer_urls(values.get(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)),
        list_urls=_list_urls(values.get(ExtensionOID.CRL_DISTRIBUTION_POINTS)),
        must_staple=_must_staple(values.get(ExtensionOID.TLS_FEATURE)),
        timestamps=_timestamps(values),
    )


def _name(oid: x509.ObjectIdentifier) -> str:
    return EXTENSION_NAMES.get(oid.dotted_string, oid.dotted_string)


def _netscape_serves_tls(values: _Values) -> bool:
    found = values.get(_NETSCAPE_TYPE)
    if not isinstance(found, x509.UnrecognizedExtension):
        return True
    try:
        bits = read_one(found.value, BIT_STRING).content[1:]
    except ValueError:
        return True
    return bool(bits) and bool(bits[0] & _NETSCAPE_SERVER)


class _Authority(TypedDict, total=False):
    authority_key_id: bytes | None
    authority_issuer: bytes | None
    authority_serial: int | None


def _authority(value: x509.ExtensionType | None) -> _Authority:
    if not isinstance(value, x509.AuthorityKeyIdentifier):
        return {}
    names = [
        one for one in value.authority_cert_issuer or () if isinstance(one, x509.DirectoryName)
    ]
    return {
        "authority_key_id": value.key_identifier,
        "authority_issuer": normalised_name(names[0].value.public_bytes()) if names else None,
        "authority_serial": value.authority_cert_serial_number,
    }


def _lone_parts(extensions: Iterable[RawExtension]) -> _Authority:
    """Return issuer and serial number, which the library reads only together."""
    oid = ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string
    try:
        (raw,) = (one for one in extensions if one.oid == oid)
        issuer, serial = authority_parts(raw.value)
    except ValueError:
        return {}
    return {
        "authority_issuer": None if issuer is None else normalised_name(issuer),
        "authority_serial": serial,
    }


class _Purposes(TypedDict, total=False):
    purposes: frozenset[ServerPurpose]


def _no_purposes(extensions: Iterable[RawExtension]) -> _Purposes:
    """Return that nothing is allowed if extended key usage is empty, which the library refuses."""
    oid = ExtensionOID.EXTENDED_KEY_USAGE.dotted_string
    empty = any(one.oid == oid and one.value == _EMPTY for one in extensions)
    return {"purposes": frozenset()} if empty else {}


def _constraints(extensions: Iterable[RawExtension]) -> NameConstraints:
    oid = ExtensionOID.NAME_CONSTRAINTS.dotted_string
    for one in extensions:
        if one.oid == oid:
            try:
                return read_name_constraints(one.value, critical=one.critical)
            except ValueError:
                return UNCONSTRAINED
    return UNCONSTRAINED


def _usages(usage: x509.ExtensionType | None) -> frozenset[str] | None:
    if not isinstance(usage, x509.KeyUsage):
        return None
    return frozenset(name for name, field in KEY_USAGES.items() if getattr(usage, field))


def _purposes(usages: x509.ExtensionType | None) -> frozenset[ServerPurpose] | None:
    if not isinstance(usages, x509.ExtendedKeyUsage):
        return None
    named = {usage.dotted_string for usage in usages}
    return frozenset(purpose for purpose, oids in _PURPOSES.items() if named & oids)


def _issuer_urls(access: x509.ExtensionType | None) -> tuple[str, ...]:
    if not isinstance(access, x509.AuthorityInformationAccess):
        return ()
    return tuple(
        one.access_location.value
        for one in access
        if one.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
    )


def _list_urls(points: x509.ExtensionType | None) -> tuple[str, ...]:
    if not isinstance(points, x509.CRLDistributionPoints):
        return ()
    return tuple(
        name.value
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )


def _must_staple(features: x509.ExtensionType | None) -> bool:
    return isinstance(features, x509.TLSFeature) and x509.TLSFeatureType.status_request in features


def _timestamps(values: _Values) -> int:
    found = values.get(ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS)
    if not isinstance(found, x509.PrecertificateSignedCertificateTimestamps):
        return 0
    return len(list(found))
