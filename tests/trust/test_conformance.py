"""Rules of RFC 5280 and the Baseline Requirements: who refuses what, and what is only reported."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, VerificationError
from cryptography.x509.verification import Store as LibraryStore

from app.domain.certificates.findings import Examination, Level, Reason
from app.trust.clients.profiles import Profile, reference_profiles, shipped_profiles
from app.trust.conformance import RULES, PathRole, broken_rules
from app.trust.judge import examine
from app.trust.x509.certificate import parse
from tests.trust.authorities import HOST, NOON, chain, key, name, store
from tests.trust.conforming import AKI, SERVER, Changes, Extension, issue, usage


def leaf(changes: Changes, **others: object) -> tuple[bytes, ...]:
    return (issue(HOST, "Inter", changes, **others), INTER)  # type: ignore[arg-type]


def inter(changes: Changes) -> tuple[bytes, ...]:
    return (issue(HOST, "Inter", {}), issue("Inter", "Root", changes, authority=True))


def policies(*oids: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
    )


def constrained(*permitted: str) -> Extension:
    # Set directly, so that the library takes what it would refuse.
    value = x509.NameConstraints([x509.DNSName("example")], None)
    value._permitted_subtrees = [x509.DNSName(tree) for tree in permitted]
    return value, True


INTER = issue("Inter", "Root", {}, authority=True)
ROOT = issue("Root", "Root", {}, authority=True)


def seen(*ders: bytes, profile: Profile, root: bytes = ROOT) -> Examination:
    tolerances = replace(profile.tolerances, programme=None)
    own = replace(profile, store=store(root), tolerances=tolerances)
    return examine(chain(*ders), host=HOST, at=NOON, profiles=[own])


STRICT = reference_profiles()["strict"]
CURRENT = shipped_profiles()["current"]


def test_a_chain_that_conforms_is_accepted_by_all_and_has_no_findings() -> None:
    for profile in (*shipped_profiles().values(), STRICT):
        assert seen(issue(HOST, "Inter", {}), INTER, profile=profile).verdicts[0].ok
    assert seen(issue(HOST, "Inter", {}), INTER, profile=STRICT).findings == ()


KEY_ID = AKI.from_issuer_public_key(key("Inter").public_key())
LEAVES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "serial number zero": ("serial_number", leaf({}, serial=0)),
    "serial number of 22 octets": ("serial_number", leaf({}, serial=1 << 170)),
    "no AKI": ("authority_key_id_missing", leaf({"authorityKeyIdentifier": None})),
    "critical AKI": ("", leaf({"authorityKeyIdentifier": (KEY_ID, True)})),
    "AKI without a key id": (
        "authority_key_id, authority_key_id_missing",
        leaf({"authorityKeyIdentifier": (AKI(None, [x509.DirectoryName(name("Root"))], 1), False)}),
    ),
    "intermediate without SKI": ("subject_key_id_missing", inter({"subjectKeyIdentifier": None})),
    "any purpose": (
        "purposes",
        leaf(
            {
                "extKeyUsage": (
                    x509.ExtendedKeyUsage([*SERVER, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
                    False,
                )
            }
        ),
    ),
    "critical purposes": ("purposes_critical", leaf({"extKeyUsage": (SERVER, True)})),
    "signs certificates without being an authority": (
        "key_cert_sign",
        leaf({"keyUsage": (usage("digital_signature", "key_cert_sign"), True)}),
    ),
    "authority that may not sign": (
        "ca_bits",
        leaf({"basicConstraints": (x509.BasicConstraints(ca=True, path_length=None), True)}),
    ),
    "name constraints in a leaf": (
        "leaf_name_constraints",
        leaf({"nameConstraints": constrained("example")}),
    ),
    "critical names": (
        "alt_name_critical",
        leaf({"subjectAltName": (x509.SubjectAlternativeName([x509.DNSName(HOST)]), True)}),
    ),
    "leading dot in a constraint": (
        "name_constraints_syntax",
        inter({"nameConstraints": constrained("example", ".example")}),
    ),
    "leading dot in a name": (
        "alt_name_syntax",
        leaf(
            {
                "subjectAltName": (
                    x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName(".example")]),
                    False,
                )
            }
        ),
    ),
    "policy constraints": (
        "policy_constraints_critical",
        inter({"policyConstraints": (x509.PolicyConstraints(3, None), False)}),
    ),
    "basic constraints": (
        "basic_constraints_critical",
        inter({"basicConstraints": (x509.BasicConstraints(ca=True, path_length=None), False)}),
    ),
}


@pytest.mark.parametrize("case", LEAVES)
def test_a_strict_verifier_refuses_what_the_rfc_forbids_and_says_which_rule(case: str) -> None:
    rule, ders = LEAVES[case]
    examination = seen(*ders, profile=STRICT)
    reason = Reason.NOT_CONFORMING if rule else Reason.UNKNOWN_EXTENSION
    assert examination.verdicts[0].reason is reason
    if rule:
        fields = {one.code: one for one in examination.findings}["finding.not_conforming"]
        assert fields.params["rules"] == rule
        assert RULES[rule.partition(",")[0]].source in fields.source


@pytest.mark.parametrize("case", [case for case in LEAVES if case != "critical AKI"])
def test_a_browser_accepts_what_only_strict_verifiers_refuse_and_a_finding_says_so(
    case: str,
) -> None:
    rule, ders = LEAVES[case]
    examination = seen(*ders, profile=CURRENT)
    assert examination.verdicts[0].ok
    reported = [one.params["rules"] for one in examination.findings]
    expected = [one for one in rule.split(", ") if not one.endswith("key_id_missing")]
    assert reported == expected
    assert {one.level for one in examination.findings} <= {Level.INFO}


ROOTS: dict[str, Changes] = {
    "no basic constraints": {"basicConstraints": None},
    "no authority": {"basicConstraints": (x509.BasicConstraints(ca=False, path_length=None), True)},
    "may not sign": {"keyUsage": (usage("crl_sign"), True)},
    "no SKI": {"subjectKeyIdentifier": None, "authorityKeyIdentifier": None},
    "purposes": {"extKeyUsage": (SERVER, False)},
    "unknown critical": {
        "own": (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b""), True)
    },
    "other key id": {
        "authorityKeyIdentifier": (AKI.from_issuer_public_key(key("Inter").public_key()), False)
    },
}


@pytest.mark.parametrize("case", ROOTS)
def test_the_extensions_of_a_root_bind_those_who_enforce_them(case: str) -> None:
    root = issue("Root", "Root", ROOTS[case], authority=True)
    served = issue(HOST, "Inter", {}), INTER
    assert not seen(*served, profile=STRICT, root=root).verdicts[0].ok
    assert seen(*served, profile=CURRENT, root=root).verdicts[0].ok


def test_a_root_whose_name_constraints_cannot_be_read_is_refused_by_all() -> None:
    garbage = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), b"\x30\x03")
    root = issue("Root", "Root", {"nameConstraints": (garbage, True)}, authority=True)
    for profile in (CURRENT, shipped_profiles()["openssl-3"], shipped_profiles()["java"]):
        verdict = seen(issue(HOST, "Inter", {}), INTER, profile=profile, root=root).verdicts[0]
        assert verdict.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("common", "names", "broken"),
    [
        (HOST, (x509.DNSName(HOST),), False),
        ("Our shop", (x509.DNSName(HOST),), False),
        ("other.example", (x509.DNSName(HOST),), False),
        ("Shop.Example", (x509.DNSName(HOST),), True),
        ("räksmörgås.example", (x509.DNSName("xn--rksmrgs-5wao1o.example"),), True),
        ("192.168.001.001", (x509.IPAddress(ip_address("192.168.1.1")),), True),
        ("0xC0A80101", (x509.IPAddress(ip_address("192.168.1.1")),), True),
        ("2001:DB8::1", (x509.IPAddress(ip_address("2001:db8::1")),), True),
    ],
)
def test_a_common_name_is_spelled_like_the_name_that_it_repeats(
    common: str, names: tuple[x509.GeneralName, ...], *, broken: bool
) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    alt = x509.SubjectAlternativeName(names)
    der = issue(subject, "Inter", {"subjectAltName": (alt, False)})
    expected = ("common_name_spelling",) if broken else ()
    assert broken_rules(parse(der), PathRole.LEAF) == expected


def test_a_network_for_an_address_and_an_empty_key_usage_stop_browsers() -> None:
    networks = [x509.DNSName(HOST), x509.IPAddress(ip_network("192.0.2.0/24"))]
    alt = x509.SubjectAlternativeName(networks)
    for changes in ({"subjectAltName": (alt, False)}, {"keyUsage": (usage(), True)}):
        assert not seen(*leaf(changes), profile=CURRENT).verdicts[0].ok  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("oids", "is_accepted"),
    [((), False), (("2.5.29.32.0", "2.5.29.32.0"), False), (("2.5.29.32.0", "1.2.3"), True)],
)
def test_certificate_policies_that_are_empty_or_repeated_stop_browsers(
    oids: tuple[str, ...],
    is_accepted: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    changes: Changes = {"certificatePolicies": (policies(*oids), False)}
    for ders in (leaf(changes), inter(changes)):
        for profile in (CURRENT, STRICT):
            assert seen(*ders, profile=profile).verdicts[0].ok is is_accepted
        assert seen(*ders, profile=shipped_profiles()["openssl-3"]).verdicts[0].ok


def test_the_strict_profile_refuses_whatever_its_model_refuses() -> None:
    """The library's own verifier is what the profile is measured by."""
    assert isinstance(key("Root"), ec.EllipticCurvePrivateKey)
    verifier = (
        PolicyBuilder()
        .store(LibraryStore([x509.load_der_x509_certificate(ROOT)]))
        .time(NOON.replace(tzinfo=None))
        .build_server_verifier(x509.DNSName(HOST))
    )
    refused = 0
    for rule, ders in LEAVES.values():
        if rule == "serial_number":
            continue  # the library warns when it parses such a number
        own, above = map(x509.load_der_x509_certificate, ders)
        try:
            verifier.verify(own, [above])
        except (VerificationError, ValueError):
            refused += 1
            assert not seen(*ders, profile=STRICT).verdicts[0].ok
    assert refused > 6


def test_a_self_made_authority_may_leave_key_ids_out_without_a_finding() -> None:
    bare = {"authorityKeyIdentifier": None}
    assert seen(*leaf(bare), profile=CURRENT).findings == ()  # type: ignore[arg-type]
