"""The profile of OpenSSL 3 says what OpenSSL 3 says; it is asked wherever it is installed."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.judge import judge
from app.trust.x509.der import encode
from tests.trust.authorities import HOST, NOON, chain, key, make, name, store
from tests.trust.conforming import Changes, issue
from tests.trust.x509.test_chain import pem

OPENSSL = shutil.which("openssl")
ROOT = issue("Root", "Root", {}, authority=True)
INTER = issue("Inter", "Root", {}, authority=True)
AKI = x509.AuthorityKeyIdentifier
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
KEY_ID = AKI.from_issuer_public_key(key("Inter").public_key()).key_identifier
CONSTRAINTS, AUTHORITY = x509.ObjectIdentifier("2.5.29.30"), x509.ObjectIdentifier("2.5.29.35")


def raw(oid: x509.ObjectIdentifier, value: bytes) -> tuple[x509.ExtensionType, bool]:
    return x509.UnrecognizedExtension(oid, value), False


def authority(issuer: str | None, serial: int | None) -> Changes:
    names = [x509.DirectoryName(name(issuer))] if issuer else None
    if (names is None) is (serial is None):
        return {"authorityKeyIdentifier": (AKI(KEY_ID, names, serial), False)}
    # The library writes issuer and serial number together or not at all.
    parts = encode(0x80, KEY_ID or b"")
    if issuer:
        parts += encode(0xA1, encode(0xA4, name(issuer).public_bytes()))
    if serial is not None:
        parts += encode(0x82, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    return {"authorityKeyIdentifier": raw(AUTHORITY, encode(0x30, parts))}


def with_serial(content: bytes) -> Changes:
    parts = encode(0x80, KEY_ID or b"") + encode(0x82, content)
    return {"authorityKeyIdentifier": raw(AUTHORITY, encode(0x30, parts))}


def below(constraints: x509.NameConstraints, *names: x509.GeneralName) -> tuple[bytes, ...]:
    inter = issue("Inter", "Root", {"nameConstraints": (constraints, True)}, authority=True)
    found = x509.SubjectAlternativeName([x509.DNSName(HOST), *names])
    return issue(HOST, "Inter", {"subjectAltName": (found, False)}), inter


def with_constraints(value: bytes) -> tuple[bytes, ...]:
    changes: Changes = {"nameConstraints": raw(CONSTRAINTS, value)}
    return issue(HOST, "Inter", {}), issue("Inter", "Root", changes, authority=True)


def named(text: str, kind: _ASN1Type = _ASN1Type.UTF8String) -> tuple[bytes, ...]:
    """A chain whose leaf spells the name of its issuer, `Inter`, in this way."""
    common = x509.NameAttribute(NameOID.COMMON_NAME, text, _type=kind)
    return issue(HOST, "Inter", {}, issuer_name=x509.Name([common])), INTER


def as_leaf(key_owner: str) -> tuple[bytes, ...]:
    return issue(HOST, "Inter", {}, key_owner=key_owner), INTER


def purposes(*oids: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(oids)


def through(changes: Changes, key_owner: str = "Other") -> tuple[bytes, ...]:
    """A chain through an authority with these extensions and this key."""
    authority = issue(key_owner, "Root", changes, authority=True)
    return issue(HOST, key_owner, {}), authority


NETWORKS = x509.NameConstraints([x509.IPAddress(ip_network("192.0.2.0/24"))], None)
MAILBOXES = x509.NameConstraints(
    [x509.RFC822Name("shop.example"), x509.RFC822Name(".inner.example")],
    [x509.RFC822Name("root@shop.example")],
)
EXCLUDED = x509.NameConstraints(None, [x509.DNSName("bar.shop.example")])
# Each chain, and why OpenSSL 3.0.19 refuses it at security level 2.
CASES: dict[str, tuple[Callable[[], tuple[bytes, ...]], Reason]] = {
    "AKI with issuer and serial number": (
        lambda: (issue(HOST, "Inter", authority("Root", 7)), INTER),
        Reason.OK,
    ),
    "AKI with another issuer": (
        lambda: (issue(HOST, "Inter", authority("Other", 7)), INTER),
        Reason.MISSING_INTERMEDIATE,
    ),
    "AKI with another serial number": (
        lambda: (issue(HOST, "Inter", authority("Root", 8)), INTER),
        Reason.MISSING_INTERMEDIATE,
    ),
    "AKI with a serial number of needless bytes": (
        lambda: (issue(HOST, "Inter", with_serial(b"\0\x07")), INTER),
        Reason.MALFORMED,
    ),
    "AKI with another issuer alone": (
        lambda: (issue(HOST, "Inter", authority("Other", None)), INTER),
        Reason.MISSING_INTERMEDIATE,
    ),
    "AKI with the serial number alone": (
        lambda: (issue(HOST, "Inter", authority(None, 7)), INTER),
        Reason.OK,
    ),
    "AKI with another serial number alone": (
        lambda: (issue(HOST, "Inter", authority(None, 300)), INTER),
        Reason.MISSING_INTERMEDIATE,
    ),
    "AKI whose issuer is spelled in capitals": (
        lambda: (issue(HOST, "Inter", authority("ROOT", 7)), INTER),
        Reason.OK,
    ),
    "empty name constraints": (lambda: with_constraints(b"\x30\x00"), Reason.OK),
    "empty lists of name constraints": (
        lambda: with_constraints(b"\x30\x04\xa0\x00\xa1\x00"),
        Reason.OK,
    ),
    "an excluded name below a wildcard": (
        lambda: below(EXCLUDED, x509.DNSName("*.shop.example")),
        Reason.OK,
    ),
    "an excluded name": (
        lambda: below(EXCLUDED, x509.DNSName("a.bar.shop.example")),
        Reason.NAME_NOT_PERMITTED,
    ),
    "a network among the addresses": (
        lambda: below(NETWORKS, x509.IPAddress(ip_network("192.0.2.0/24"))),
        Reason.NAME_NOT_PERMITTED,
    ),
    "an address in a permitted network": (
        lambda: below(NETWORKS, x509.IPAddress(ip_address("192.0.2.7"))),
        Reason.OK,
    ),
    "a mailbox at a permitted host": (
        lambda: below(MAILBOXES, x509.RFC822Name("ops@Shop.example")),
        Reason.OK,
    ),
    "a mailbox at another host": (
        lambda: below(MAILBOXES, x509.RFC822Name("ops@a.shop.example")),
        Reason.NAME_NOT_PERMITTED,
    ),
    "a mailbox below a permitted domain": (
        lambda: below(MAILBOXES, x509.RFC822Name("ops@b.inner.example")),
        Reason.OK,
    ),
    "an excluded mailbox": (
        lambda: below(MAILBOXES, x509.RFC822Name("root@shop.example")),
        Reason.NAME_NOT_PERMITTED,
    ),
    "an RSA key of 1963 bits": (lambda: as_leaf("rsa1963"), Reason.OK),
    "an RSA key of 1962 bits": (lambda: as_leaf("rsa1962"), Reason.WEAK_KEY),
    "an authority on P-192": (lambda: through({}, "p192"), Reason.UNSUPPORTED_KEY),
    "an authority for any purpose": (
        lambda: through({"extKeyUsage": (purposes(ANY), False)}),
        Reason.WRONG_PURPOSE,
    ),
    "a leaf for any purpose": (
        lambda: (
            issue(
                HOST,
                "Inter",
                {"extKeyUsage": (purposes(ANY), False)},
            ),
            INTER,
        ),
        Reason.WRONG_PURPOSE,
    ),
    "an authority for servers": (
        lambda: through({"extKeyUsage": (purposes(ExtendedKeyUsageOID.SERVER_AUTH), False)}),
        Reason.OK,
    ),
    "issuer in capitals": (lambda: named("INTER"), Reason.OK),
    "issuer with blanks around": (lambda: named("  inter "), Reason.OK),
    "issuer as PrintableString": (
        lambda: named("Inter", _ASN1Type.PrintableString),
        Reason.OK,
    ),
    "issuer as BMPString": (lambda: named("Inter", _ASN1Type.BMPString), Reason.OK),
    "issuer with a blank within": (lambda: named("In ter"), Reason.MISSING_INTERMEDIATE),
    "issuer with another letter": (lambda: named("Înter"), Reason.MISSING_INTERMEDIATE),
}


@cache
def files(case: str) -> tuple[bytes, ...]:
    return CASES[case][0]()


@pytest.mark.parametrize("case", CASES)
def test_openssl_3_is_judged_as_it_judges(case: str, tmp_path: Path) -> None:
    own = shipped_profiles()["openssl-3"]
    tolerances = replace(own.tolerances, programme=None)
    profile = replace(own, store=store(ROOT), tolerances=tolerances)
    verdict = judge(chain(*files(case)), host=HOST, at=NOON, profile=profile)
    expected = CASES[case][1]
    if expected is Reason.MISSING_INTERMEDIATE:
        assert verdict.reason in {Reason.MISSING_INTERMEDIATE, Reason.ISSUER_UNKNOWN}
    else:
        assert verdict.reason is expected
    if OPENSSL is not None:
        assert is_accepted_by_openssl(files(case), tmp_path) is (expected is Reason.OK)


def is_accepted_by_openssl(ders: tuple[bytes, ...], folder: Path) -> bool:
    (folder / "root").write_bytes(pem(ROOT))
    (folder / "leaf").write_bytes(pem(ders[0]))
    (folder / "rest").write_bytes(b"".join(map(pem, ders[1:])))
    options = ["-auth_level", "2", "-purpose", "sslserver", "-no-CApath", "-no-CAstore"]
    asked = ["-verify_hostname", HOST, "-attime", str(int(NOON.timestamp()))]
    certificates = ["-CAfile", "root", "-untrusted", "rest", "leaf"]
    done = subprocess.run(  # fixed arguments
        [OPENSSL or "openssl", "verify", *options, *asked, *certificates],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


SPELLINGS = ["issuer in capitals", "issuer with blanks around", "issuer as PrintableString"]


@pytest.mark.parametrize("profile", shipped_profiles())
@pytest.mark.parametrize("case", SPELLINGS)
def test_names_are_compared_as_every_client_compares_them(profile: str, case: str) -> None:
    own = shipped_profiles()[profile]
    tolerances = replace(own.tolerances, programme=None)
    verdict = judge(
        chain(*files(case)),
        host=HOST,
        at=NOON,
        profile=replace(own, store=store(ROOT), tolerances=tolerances),
    )
    assert verdict.ok, verdict


@pytest.mark.parametrize("profile", ["current", "android", "ios", "windows"])
@pytest.mark.parametrize("case", ["AKI with another issuer", "AKI with another serial number"])
def test_other_clients_take_issuer_and_serial_number_for_a_hint(profile: str, case: str) -> None:
    own = shipped_profiles()[profile]
    tolerances = replace(own.tolerances, programme=None)
    own = replace(own, store=store(ROOT), tolerances=tolerances)
    assert judge(chain(*files(case)), host=HOST, at=NOON, profile=own).ok


@pytest.mark.parametrize(
    ("changes", "of_inter"),
    [
        (authority("Other", 7), Reason.OK),
        (authority("Root", 8), Reason.ISSUER_UNKNOWN),
        ({"authorityKeyIdentifier": (AKI(b"x" * 20, None, None), False)}, Reason.ISSUER_UNKNOWN),
    ],
)
def test_java_demands_the_key_and_the_serial_number_of_a_root_alone(
    changes: Changes, of_inter: Reason
) -> None:
    own = replace(shipped_profiles()["java"], store=store(ROOT))
    key_id = AKI.from_issuer_public_key(key("Root").public_key()).key_identifier
    value = changes["authorityKeyIdentifier"]
    assert value is not None
    above: Changes = {"authorityKeyIdentifier": value}
    if isinstance(value[0], AKI) and value[0].key_identifier == KEY_ID:
        parts = AKI(key_id, value[0].authority_cert_issuer, value[0].authority_cert_serial_number)
        above = {"authorityKeyIdentifier": (parts, False)}
    leaf_differs = chain(issue(HOST, "Inter", changes), INTER)
    inter_differs = chain(issue(HOST, "Inter", {}), issue("Inter", "Root", above, authority=True))
    assert judge(leaf_differs, host=HOST, at=NOON, profile=own).ok
    verdict = judge(inter_differs, host=HOST, at=NOON, profile=own)
    assert verdict.reason is of_inter
    if verdict.blamed_certificate is not None:
        assert verdict.blamed_certificate.name == "Inter"


def test_a_root_with_another_spelling_of_the_name_is_found() -> None:
    own = shipped_profiles()["openssl-3"]
    upper = make("ROOT", held_by="Root", signed_by="Root")
    tolerances = replace(own.tolerances, programme=None)
    profile = replace(own, store=store(upper), tolerances=tolerances)
    served = chain(issue(HOST, "Inter", {}), INTER)
    assert judge(served, host=HOST, at=NOON, profile=profile).ok
