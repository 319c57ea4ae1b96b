"""Extensions that break the rules are read one by one, and judged by what each client needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.certificates.findings import Examination, Level, Reason
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.stores import store_from_pem
from app.trust.clients.tolerances import Tolerances
from app.trust.judge import examine
from app.trust.x509.certificate import parse
from app.trust.x509.chain import read_pem
from app.trust.x509.der import BIT_STRING, BOOLEAN, SEQUENCE, DerElement, children, encode, read_one
from app.trust.x509.extensions import EXTENSION_NAMES
from tests.trust.authorities import HOST, NOON, chain, key, leaf, make, name, store
from tests.trust.client_profiles import client
from tests.trust.real import CASES, needs

ROOT = make("Root", ends=NOON + timedelta(days=3000))
SAN, BASIC, USAGE = "2.5.29.17", "2.5.29.19", "2.5.29.15"
NAME = "820c" + HOST.encode().hex()
HARMLESS = {
    "basicConstraints with its default written out": (BASIC, "3003010100"),
    "basicConstraints with a path length on a leaf": (BASIC, "3003020100"),
    "basicConstraints with both": (BASIC, "3006010100020100"),
    "TLS feature of an unknown number": ("1.3.6.1.5.5.7.1.24", "300302010a"),
    "TLS feature of a known and an unknown number": ("1.3.6.1.5.5.7.1.24", "300602010502010a"),
    "TLS feature that is no list": ("1.3.6.1.5.5.7.1.24", "0500"),
    "SCT list with a wrong length": ("1.3.6.1.4.1.11129.2.4.2", "040400020100"),
    "SCT list of garbage": ("1.3.6.1.4.1.11129.2.4.2", "ff"),
    "empty privateKeyUsagePeriod": ("2.5.29.16", "3000"),
    "issuerAltName of garbage": ("2.5.29.18", "0500"),
    "subjectInfoAccess of garbage": ("1.3.6.1.5.5.7.1.11", "0500"),
    "freshestCRL of garbage": ("2.5.29.46", "0500"),
    "Microsoft's template of garbage": ("1.3.6.1.4.1.311.21.7", "0500"),
    "authorityInfoAccess with an odd location": (
        "1.3.6.1.5.5.7.1.1",
        "300e300c06082b06010505073002a300",
    ),
    "certificatePolicies with an odd qualifier": (
        "2.5.29.32",
        "3017301506032a0304300e300c06082b060105050702020500",
    ),
    "keyUsage with decipherOnly alone beside others": (USAGE, "0303078080"),
    "keyUsage of three bytes": (USAGE, "0304008080ff"),
    "cRLDistributionPoints with an empty name": ("2.5.29.31", "30063004a002a000"),
    "cRLDistributionPoints with bytes after it": ("2.5.29.31", "300a3008a006a004860161780500"),
    "subjectAltName with a registeredID that is none": (SAN, "3011" + NAME + "880180"),
    "subjectAltName with an x400Address": (SAN, "3010" + NAME + "a300"),
    "subjectAltName with an ediPartyName": (SAN, "3010" + NAME + "a500"),
}
# What each of the two kinds of clients refuses: Chromium demands DER, OpenSSL accepts BER.
NOT_DER = {
    "keyUsage with unused bits set": (USAGE, "030205ff"),
    "basicConstraints with TRUE as 1": (BASIC, "3003010101"),
    "basicConstraints with bytes after it": (BASIC, "300000"),
    "keyUsage with an element after it": (USAGE, "030205a00500"),
    "extKeyUsage with a byte after it": ("2.5.29.37", "300a06082b0601050507030100"),
    "subjectAltName with a longer length than needed": (SAN, "30810e" + NAME),
    "authorityKeyIdentifier with a serial number alone": ("2.5.29.35", "3003820101"),
    "subjectAltName with a name that is not ASCII": (SAN, "3011" + NAME + "8201e4"),
    "subjectAltName with an address of five bytes": (SAN, "3015" + NAME + "87050102030405"),
}
BROKEN = {
    "basicConstraints of garbage": (BASIC, "0500"),
    "basicConstraints with a negative path length": (BASIC, "30030201ff"),
    "keyUsage of garbage": (USAGE, "0500"),
    "extKeyUsage of garbage": ("2.5.29.37", "0500"),
    "subjectKeyIdentifier of garbage": ("2.5.29.14", "0500"),
    "authorityKeyIdentifier of garbage": ("2.5.29.35", "0500"),
    "nameConstraints of garbage": ("2.5.29.30", "0500"),
    "subjectAltName of garbage": (SAN, "0500"),
    "subjectAltName with an unknown kind of name": (SAN, "3011" + NAME + "890178"),
}


def own(oid: str, value: str, *, critical: bool = False) -> bytes:
    """A server's certificate with this extension."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(HOST))
        .issuer_name(name("Root"))
        .public_key(key(HOST).public_key())
        .serial_number(2)
        .not_valid_before(NOON - timedelta(days=30))
        .not_valid_after(NOON + timedelta(days=60))
    )
    if oid != SAN:
        names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
        builder = builder.add_extension(names, critical=False)
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), bytes.fromhex(value))
    signed = builder.add_extension(odd, critical=critical).sign(key("Root"), hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def seen(der: bytes, **rules: Any) -> Examination:  # noqa: ANN401
    profile = Profile("p", {}, "any_path", store(ROOT), Tolerances(**rules))
    return examine(chain(der), host=HOST, at=NOON, profiles=[profile])


def shipped(identity: str, der: bytes) -> Reason:
    """The verdict under the rules of a shipped profile, which trusts ROOT instead of its roots."""
    profile = replace(shipped_profiles()[identity], store=store(ROOT))
    return examine(chain(der), host=HOST, at=NOON, profiles=[profile]).verdicts[0].reason


@pytest.mark.parametrize("oddity", HARMLESS)
def test_one_odd_extension_is_not_a_broken_certificate(oddity: str) -> None:
    examination = seen(own(*HARMLESS[oddity]))
    assert examination.verdicts[0].ok
    (finding,) = examination.findings
    assert (finding.code, finding.level) == ("finding.odd_extensions", Level.INFO)
    for identity in ("current", "openssl-3", "legacy-openssl", "java"):
        assert shipped(identity, own(*HARMLESS[oddity])) is Reason.OK


@pytest.mark.parametrize("oddity", NOT_DER)
def test_an_extension_in_ber_stops_only_clients_that_demand_der(oddity: str) -> None:
    der = own(*NOT_DER[oddity])
    assert seen(der, strict_der=False).verdicts[0].ok
    assert seen(der).verdicts[0].reason is Reason.MALFORMED
    assert shipped("current", der) is Reason.MALFORMED
    assert shipped("openssl-3", der) is Reason.OK


@pytest.mark.parametrize("oddity", BROKEN)
def test_an_extension_that_clients_need_and_cannot_read_is_named(oddity: str) -> None:
    examination = seen(own(*BROKEN[oddity]))
    assert examination.verdicts[0].reason is Reason.MALFORMED
    (finding,) = examination.findings
    assert (finding.code, finding.level) == ("finding.unreadable_extensions", Level.ERROR)
    assert finding.params["extensions"] == oddity.partition(" ")[0]


def test_each_profile_condemns_only_the_extensions_that_it_parses() -> None:
    lists = own("2.5.29.31", "0500")
    policies = own("2.5.29.32", "0500")
    assert (shipped("current", lists), shipped("openssl-3", lists)) == (
        Reason.OK,
        Reason.MALFORMED,
    )
    assert (shipped("current", policies), shipped("openssl-3", policies)) == (
        Reason.MALFORMED,
        Reason.OK,
    )
    assert shipped("legacy-openssl", lists) is shipped("legacy-openssl", policies) is Reason.OK


REFUSED_BY_BROWSERS = {
    "access of nothing": ("access", "1.3.6.1.5.5.7.1.1", "3000"),
    "access by a URI beyond ASCII": (
        "access",
        "1.3.6.1.5.5.7.1.1",
        "30173015" + "06082b06010505073002" + "8609" + "http://ä".encode().hex(),
    ),
    "alternative name beyond ASCII": ("alt_name_text", SAN, "3012" + NAME + "8202c3a4"),
    "policy with an empty list of qualifiers": (
        "policies",
        "2.5.29.32",
        "30083006" + "06022a03" + "3000",
    ),
    "any policy with an unknown qualifier": (
        "policies",
        "2.5.29.32",
        "301330110604551d20003009300706032a03040500",
    ),
    "policy mappings without a pair": ("policy_mappings", "2.5.29.33", "3000"),
    "constraint at a distance": (
        "leaf_subtree_distance",
        "2.5.29.30",
        "3010a00e300c" + "8207" + b"example".hex() + "800101",
    ),
    "path length beyond a byte": ("path_length", BASIC, "300402020100"),
}


@pytest.mark.parametrize("oddity", REFUSED_BY_BROWSERS)
def test_what_chromium_alone_refuses_is_named_by_its_rule(oddity: str) -> None:
    rule, oid, value = REFUSED_BY_BROWSERS[oddity]
    der = own(oid, value)
    assert shipped("current", der) is Reason.NOT_CONFORMING
    for identity in ("openssl-3", "legacy-openssl", "java"):
        assert shipped(identity, der) is Reason.OK
    findings = [one for one in seen(der).findings if one.code == "finding.rules_not_enforced"]
    assert rule in str(findings[0].params["rules"])


def test_each_profile_handles_the_critical_extensions_of_its_clients() -> None:
    policies = own("1.3.6.1.4.1.311.21.10", "300c300a06082b06010505070301", critical=True)
    netscape = own("2.16.840.1.113730.1.1", "03020640", critical=True)
    assert shipped("current", policies) is shipped("openssl-3", netscape) is Reason.OK
    assert shipped("openssl-3", policies) is Reason.UNKNOWN_EXTENSION
    assert shipped("current", netscape) is shipped("java", netscape) is Reason.UNKNOWN_EXTENSION
    for oid in ("2.5.29.31", "2.5.29.18", "2.5.29.14"):
        value = "04027878" if oid == "2.5.29.14" else "30008201"[:4]
        assert shipped("java", own(oid, value, critical=True)) is Reason.UNKNOWN_EXTENSION


def test_a_critical_extension_that_only_browsers_refuse_is_a_warning() -> None:
    der = own("2.5.29.31", "3000", critical=True)
    (finding,) = seen(der).findings
    assert (finding.level, finding.params["rules"]) == (Level.WARNING, "critical_extension")
    profiles = [replace(shipped_profiles()["current"], store=store(ROOT))]
    refused = examine(chain(der), host=HOST, at=NOON, profiles=profiles)
    assert [one.code for one in refused.findings] == ["finding.unknown_extension"]


def test_netscapes_certificate_type_counts_for_openssl_and_java() -> None:
    for bits, reason in (("03020640", Reason.OK), ("03020780", Reason.WRONG_PURPOSE)):
        der = own("2.16.840.1.113730.1.1", bits)
        assert shipped("current", der) is Reason.OK
        for identity in ("openssl-3", "legacy-openssl", "java"):
            assert shipped(identity, der) is reason


def test_extended_key_usage_without_a_purpose_allows_no_server() -> None:
    empty = own("2.5.29.37", "3000")
    assert shipped("java", empty) is shipped("legacy-openssl", empty) is Reason.WRONG_PURPOSE
    assert shipped("current", empty) is shipped("openssl-3", empty) is Reason.MALFORMED


def test_a_critical_extension_that_cannot_be_read_is_refused() -> None:
    examination = seen(own("1.3.6.1.5.5.7.1.24", "0500", critical=True))
    assert examination.verdicts[0].reason is Reason.MALFORMED
    assert (
        seen(own("1.3.6.1.5.5.7.1.24", "0500", critical=True), critical_extensions=False)
        .verdicts[0]
        .ok
    )


def test_the_other_extensions_are_read_beside_an_odd_one() -> None:
    read = parse(own("1.3.6.1.5.5.7.1.24", "300602010502010a")).extensions
    assert (read.dns_names, read.must_staple, read.odd) == ((HOST,), True, ("TLS feature",))


def test_an_odd_extension_of_an_authority_costs_it_nothing() -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.16"), bytes.fromhex("3000"))
    inter = make("Inter", "Root", extensions=((odd, False),))
    profile = client(store(ROOT))
    examination = examine(chain(leaf("Inter"), inter), host=HOST, at=NOON, profiles=[profile])
    assert examination.verdicts[0].ok
    assert [one.params["subject"] for one in examination.findings] == ["Inter"]


def test_no_client_reads_a_certificate_of_more_than_100_kib() -> None:
    access = encode(SEQUENCE, bytes.fromhex("06082b06010505073002") + encode(0x86, b"http://a/ca"))
    many = own("1.3.6.1.5.5.7.1.1", encode(SEQUENCE, access * 10_000).hex())
    few = own("1.3.6.1.5.5.7.1.1", encode(SEQUENCE, access * 2_000).hex())
    for identity in ("current", "openssl-3", "legacy-openssl"):
        assert (shipped(identity, few), shipped(identity, many)) == (
            Reason.OK,
            Reason.NOT_CONFORMING,
        )


@pytest.mark.parametrize(
    ("minimum", "current", "others"),
    [
        ("", Reason.OK, Reason.OK),
        ("800100", Reason.MALFORMED, Reason.OK),
        ("800101", Reason.NOT_CONFORMING, Reason.NOT_CONFORMING),
    ],
)
def test_name_constraints_at_a_distance_are_refused_and_a_distance_of_0_is_none(
    minimum: str, current: Reason, others: Reason
) -> None:
    tree = encode(SEQUENCE, b"\x82\x07example" + bytes.fromhex(minimum))
    value = encode(SEQUENCE, encode(0xA0, tree))
    constraints = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), value)
    served = chain(leaf("Inter"), make("Inter", "Root", extensions=((constraints, True),)))
    for identity, reason in (("current", current), ("openssl-3", others), ("java", others)):
        profile = replace(shipped_profiles()[identity], store=store(ROOT))
        assert examine(served, host=HOST, at=NOON, profiles=[profile]).verdicts[0].reason is reason


def test_a_default_of_critical_that_is_written_out_stops_only_clients_that_demand_der() -> None:
    tbs, algorithm, _ = children(read_one(leaf("Root"), SEQUENCE).content)
    *parts, extensions = children(tbs.content)
    plain = read_one(extensions.content, SEQUENCE)
    changed = encode(SEQUENCE, b"".join(map(_with_false, children(plain.content))))
    body = b"".join(part.encoded for part in parts) + encode(extensions.tag, changed)
    signer = key("Root")
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    signature = signer.sign(encode(SEQUENCE, body), ec.ECDSA(hashes.SHA256()))
    der = encode(
        SEQUENCE, encode(SEQUENCE, body) + algorithm.encoded + encode(BIT_STRING, b"\0" + signature)
    )
    with pytest.raises(ValueError, match="EncodedDefault"):
        x509.load_der_x509_certificate(der)
    assert seen(der, strict_der=False).verdicts[0].ok
    assert seen(der).verdicts[0].reason is Reason.MALFORMED


def _with_false(extension: DerElement) -> bytes:
    oid, *rest = children(extension.content)
    flag = b"" if len(rest) == 2 else encode(BOOLEAN, b"\0")
    return encode(SEQUENCE, oid.encoded + flag + b"".join(part.encoded for part in rest))


@needs(CASES)
@pytest.mark.parametrize("file", ["explicitfalse.pem", "tlsfeature.pem"])
def test_the_reported_certificates_with_odd_extensions_connect(file: str) -> None:
    folder = CASES / "certificates"
    roots = store_from_pem("roots", (folder / "odd-extensions-root.pem").read_bytes())
    examination = examine(
        read_pem((folder / file).read_bytes()),
        host="shop.example.com",
        at=datetime(2026, 12, 1, tzinfo=UTC),
        profiles=[replace(shipped_profiles()["current"], store=roots)],
    )
    assert examination.verdicts[0].ok
    assert {one.level for one in examination.findings} == {Level.INFO}


@given(st.binary(max_size=40), st.sampled_from(sorted(EXTENSION_NAMES)), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_value_of_an_extension_upsets_the_judgement(
    value: bytes,
    oid: str,
    critical: bool,  # noqa: FBT001  # hypothesis
) -> None:
    examination = seen(own(oid, value.hex(), critical=critical))
    assert examination.verdicts[0].reason in Reason
