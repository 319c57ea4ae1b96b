"""Tolerances: the rules that a kind of client applies, by the names that profiles use."""

from dataclasses import dataclass, field, fields
from enum import StrEnum

from app.trust.clients.root_programmes import Programme
from app.trust.x509.hostnames import HostRules
from app.trust.x509.normal_names import NameMatching
from app.trust.x509.public_keys import CURVE_NAMES, EXPLICIT

__all__ = ["CURVES", "KEY_TYPES", "PARSED_EXTENSIONS", "EqualNames", "Tolerances"]

# The key types a profile may name.
KEY_TYPES = ("rsa", "rsa-pss", "ec", "ed25519", "ed448", "dsa", "ml-dsa", "slh-dsa")
# The curves a profile may name, and parameters written out.
CURVES = (*CURVE_NAMES.values(), EXPLICIT)
# The extensions that clients parse unless a profile names others. OpenSSL 3.0.19 finds no issuer
# for a certificate in which one of them is garbage (x509v3_cache_extensions), and Chromium does not
# parse it at all (ParsedCertificate::Create).
PARSED_EXTENSIONS = (
    "authorityKeyIdentifier",
    "basicConstraints",
    "extKeyUsage",
    "keyUsage",
    "nameConstraints",
    "subjectAltName",
    "subjectKeyIdentifier",
)


class EqualNames(StrEnum):
    """Which of several issuers of one name OpenSSL takes, by generation."""

    FIRST = "first"  # 0.9.8 and 1.0.0: the first, whatever its dates
    STORED_IN_DATE = "stored_in_date"  # 1.0.2: the first served, but a stored one in date
    IN_DATE = "in_date"  # 1.1.0 and newer: one in date, served or stored


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The rules that the clients of a profile apply.

    `anchor_expiry` False: the dates of an anchor are not checked. `equal_names`: see EqualNames;
    None leaves the choice to the builder, and `any_path` does not use it. `basic_constraints` (CA
    flag and path length), `name_constraints`, `extended_key_usage`, `critical_extensions` False:
    these clients do not apply the rule (RFC 5280 section 6.1.4). `any_purpose` and
    `gated_purposes` False: anyExtendedKeyUsage, and Netscape's and Microsoft's server gated
    cryptography, do not allow a TLS server. `authority_purposes` False: extended key usage of
    authorities does not count.

    `name_matching` is the kind of client that compares names: with name constraints, and with those
    of issuers (the builders of OpenSSL always compare the latter as OpenSSL does).

    `parsed_extensions` are the names of extensions that these clients parse: a certificate in which
    one of them cannot be read or is repeated is refused. `strict_der` False: extensions that break
    the rules of DER, and repeated ones that are not parsed, are accepted.

    `unhandled_extensions` are the names of extensions that these clients refuse when critical, as
    they refuse unknown ones; `handled_extensions` those that they accept when critical while others
    do not know them.

    `netscape_cert_type`: a leaf with Netscape's certificate type must allow a TLS server.
    `authority_key_ids`: the key and the serial number that a certificate names for its issuer must
    be those of the issuer if this is a root; the builders of OpenSSL demand it of every issuer.

    `anchor_constraints`: the extensions of an anchor bind like those of an intermediate.
    `anchor_limits` False: its path length and its name constraints do not bind either.
    `anchor_authority`: an anchor of version 3 must be an authority that may sign certificates.
    `conformance` are the names of conformance rules (app/trust/conformance.py) for which these
    clients refuse a certificate; `path_conformance` those for which they refuse one in a path of
    two certificates or more, so that a leaf that is trusted itself may break them.
    `partial_chains`: a path may end at any certificate of the store, also at one that another
    authority signed.

    `minimum_rsa_bits`, `sha1` (whether SHA-1 and older are accepted) and `key_types` (empty: all)
    are minimum strengths; the signature of a root on itself never counts. `authority_key_types`
    are the types of keys that only authorities may have besides. `curves` and
    `authority_curves` are the curves of leaves and of all others (empty: all). `key_usage` are the
    bits of which a leaf that restricts its key usage must allow one (empty: any will do).

    `common_names`, `suffix_wildcards`: how hosts are compared; see `host_rules`.

    `enforced_rules` are those of `conformance` and of `path_conformance`.

    `maximum_validity`: the leaf may not be valid for longer than the rules of its day of issue
    allow. `fetches_issuers`: these clients have or fetch intermediates that are not served.
    `programme`: dates from which the maker of the client no longer trusts a root.
    """

    anchor_expiry: bool = True
    equal_names: EqualNames | None = None
    basic_constraints: bool = True
    name_constraints: bool = True
    extended_key_usage: bool = True
    critical_extensions: bool = True
    any_purpose: bool = True
    gated_purposes: bool = True
    authority_purposes: bool = True
    name_matching: NameMatching = NameMatching.RFC5280
    parsed_extensions: tuple[str, ...] = PARSED_EXTENSIONS
    strict_der: bool = True
    unhandled_extensions: tuple[str, ...] = ()
    handled_extensions: tuple[str, ...] = ()
    netscape_cert_type: bool = False
    authority_key_ids: bool = False
    anchor_constraints: bool = False
    anchor_limits: bool = True
    anchor_authority: bool = False
    partial_chains: bool = False
    conformance: tuple[str, ...] = ()
    path_conformance: tuple[str, ...] = ()
    minimum_rsa_bits: int = 0
    sha1: bool = True
    key_types: tuple[str, ...] = ()
    authority_key_types: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    authority_curves: tuple[str, ...] = ()
    key_usage: tuple[str, ...] = ()
    common_names: bool = False
    suffix_wildcards: bool = True
    maximum_validity: bool = False
    fetches_issuers: bool = False
    programme: Programme | None = None
    host_rules: HostRules = field(init=False, repr=False, compare=False)
    enforced_rules: frozenset[str] = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Chromium ignores a dot at the end of an entry.
        chromium = self.name_matching is NameMatching.CHROMIUM
        rules = HostRules(self.common_names, self.suffix_wildcards, final_dots=chromium)
        object.__setattr__(self, "host_rules", rules)
        enforced = frozenset((*self.conformance, *self.path_conformance))
        object.__setattr__(self, "enforced_rules", enforced)
        # Caches use tolerances as keys, so the hash is computed once.
        values = tuple(getattr(self, each.name) for each in fields(self) if each.init)
        object.__setattr__(self, "_hash", hash(values))

    def __hash__(self) -> int:
        return self._hash
