"""Names are compared, and purposes are read, as each client does it.

What Chromium 156, OpenSSL 3.0.19 and OpenJDK 17.0.15 said of these chains was measured.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.judge import judge
from app.trust.x509.der import encode
from tests.trust.authorities import HOST, NOON, chain, store
from tests.trust.conforming import Changes, issue
from tests.trust.paths.test_openssl import ROOT, is_accepted_by_openssl

CONSTRAINTS = x509.ObjectIdentifier("2.5.29.30")
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
NETSCAPE = x509.ObjectIdentifier("2.16.840.1.113730.4.1")
MICROSOFT = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3")
OK, NAMES, PURPOSE = Reason.OK, Reason.NAME_NOT_PERMITTED, Reason.WRONG_PURPOSE
RULE, UNKNOWN = Reason.NOT_CONFORMING, Reason.ISSUER_UNKNOWN
UTF8, PRINTABLE = _ASN1Type.UTF8String, _ASN1Type.PrintableString


def dns(text: str) -> bytes:
    return encode(0x82, text.encode("latin-1"))


def mail(text: str) -> bytes:
    return encode(0x81, text.encode())


def uri(text: str) -> bytes:
    return encode(0x86, text.encode())


def network(address: str, mask: str) -> bytes:
    return encode(0x87, ip_address(address).packed + ip_address(mask).packed)


def directory(text: str, kind: _ASN1Type = UTF8) -> bytes:
    return encode(0xA4, common(text, kind).public_bytes())


def common(text: str, kind: _ASN1Type = UTF8) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _type=kind)])


def with_mailbox(mailbox: str, kind: _ASN1Type = _ASN1Type.IA5String) -> x509.Name:
    attribute = x509.NameAttribute(NameOID.EMAIL_ADDRESS, mailbox, _type=kind)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Shop"), attribute])


def below(
    *permitted: bytes,
    excluded: tuple[bytes, ...] = (),
    names: tuple[x509.GeneralName, ...] = (),
    subject: x509.Name | None = None,
    critical: bool = True,
) -> Callable[[], tuple[bytes, ...]]:
    """A chain whose leaf has these names, through an authority with these constraints."""
    lists = ((0xA0, permitted), (0xA1, excluded))
    parts = [
        encode(tag, b"".join(encode(0x30, one) for one in each)) for tag, each in lists if each
    ]
    value = x509.UnrecognizedExtension(CONSTRAINTS, encode(0x30, b"".join(parts)))
    found = x509.SubjectAlternativeName([x509.DNSName(HOST), *names])
    return lambda: (
        issue(subject or HOST, "Inter", {"subjectAltName": (found, False)}, key_owner=HOST),
        issue("Inter", "Root", {"nameConstraints": (value, critical)}, authority=True),
    )


def intermediate_with_mailbox(mailbox: str) -> tuple[bytes, ...]:
    value = x509.NameConstraints([x509.RFC822Name("example")], None)
    named = with_mailbox(mailbox)
    return (
        issue(HOST, "Inter", {}, issuer_name=named),
        issue(named, "Upper", {}, authority=True, key_owner="Inter"),
        issue("Upper", "Root", {"nameConstraints": (value, True)}, authority=True),
    )


def issued_by(written: x509.Name, actual: x509.Name) -> Callable[[], tuple[bytes, ...]]:
    """A chain whose leaf writes the name of its issuer in one way, and the issuer in another."""
    return lambda: (
        issue(HOST, "Inter", {}, issuer_name=written),
        issue(actual, "Root", {}, authority=True, key_owner="Inter"),
    )


def for_purposes(
    *authority: x509.ObjectIdentifier, leaf: tuple[x509.ObjectIdentifier, ...] = ()
) -> Callable[[], tuple[bytes, ...]]:
    def purposes(oids: tuple[x509.ObjectIdentifier, ...]) -> Changes:
        return {"extKeyUsage": (x509.ExtendedKeyUsage(oids), False)} if oids else {}

    return lambda: (
        issue(HOST, "Inter", purposes(leaf)),
        issue("Inter", "Root", purposes(authority), authority=True),
    )


NOT_COMPARED = encode(0xA0, encode(0x06, b"\x2a\x03") + encode(0xA0, b"\x05\x00"))
OTHER = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
ANOTHER = x509.OtherName(x509.ObjectIdentifier("1.2.4"), b"\x05\x00")
ADDRESS = x509.IPAddress(ip_address("192.7.2.1"))
AT_EXAMPLE = x509.UniformResourceIdentifier("spiffe://example/shop")
ELSEWHERE = x509.UniformResourceIdentifier("spiffe://other.test/shop")
# Each chain, and what `current`, `openssl-3` and `java` say of it.
CASES: dict[str, tuple[Callable[[], tuple[bytes, ...]], tuple[Reason, Reason, Reason]]] = {
    "a domain beyond ASCII": (below(dns("example"), dns("bücher.test")), (RULE, OK, OK)),
    "a permitted domain with a trailing dot": (below(dns("example.")), (OK, NAMES, NAMES)),
    "an excluded domain with a trailing dot": (
        below(excluded=(dns("shop.example."),)),
        (NAMES, OK, OK),
    ),
    "a host with a trailing dot": (
        below(excluded=(dns("a.example"),), names=(x509.DNSName("a.example."),)),
        (NAMES, OK, OK),
    ),
    "a leading dot": (below(dns(".example")), (OK, OK, OK)),
    "a leading dot and the domain itself": (below(dns(".shop.example")), (NAMES, NAMES, NAMES)),
    "a wildcard beside an excluded leading dot": (
        below(excluded=(dns(".foo.example"),), names=(x509.DNSName("*.example"),)),
        (OK, OK, OK),
    ),
    "an excluded wildcard": (below(excluded=(dns("*.example"),)), (OK, OK, OK)),
    "an empty permitted domain": (below(dns("")), (OK, OK, NAMES)),
    "a mask with gaps": (
        below(network("192.0.2.1", "255.0.255.255"), names=(ADDRESS,)),
        (RULE, OK, OK),
    ),
    "a network with host bits": (
        below(network("192.7.2.77", "255.255.255.0"), names=(ADDRESS,)),
        (OK, OK, NAMES),
    ),
    "an address of five bytes": (below(encode(0x87, b"\xc0\x00\x02\x00\xff")), (RULE, OK, RULE)),
    "a permitted URI": (below(uri("example"), names=(AT_EXAMPLE,)), (NAMES, OK, OK)),
    "a URI elsewhere": (
        below(uri("example"), names=(ELSEWHERE,), critical=False),
        (OK, NAMES, NAMES),
    ),
    "a URI without a host": (
        below(uri("example"), names=(x509.UniformResourceIdentifier("urn:uuid:1"),)),
        (NAMES, NAMES, NAMES),
    ),
    "names that are not compared": (
        below(excluded=(NOT_COMPARED,), names=(OTHER,), critical=False),
        (OK, NAMES, NAMES),
    ),
    "otherNames of another kind": (
        below(excluded=(NOT_COMPARED,), names=(ANOTHER,), critical=False),
        (OK, OK, NAMES),
    ),
    "a mailbox of the subject elsewhere": (
        below(mail("example"), subject=with_mailbox("a@other.test")),
        (OK, NAMES, OK),
    ),
    "a mailbox of the subject as UTF8String": (
        below(dns("example"), subject=with_mailbox("a@example", UTF8)),
        (OK, NAMES, OK),
    ),
    "a mailbox in other letters": (
        below(mail("Root@example"), names=(x509.RFC822Name("root@example"),)),
        (NAMES, NAMES, OK),
    ),
    "a host of mailboxes written with @": (
        below(mail("@example"), names=(x509.RFC822Name("root@example"),)),
        (NAMES, OK, NAMES),
    ),
    "a mailbox of an intermediate elsewhere": (
        lambda: intermediate_with_mailbox("a@other.test"),
        (NAMES, NAMES, NAMES),
    ),
    "a mailbox of an intermediate": (lambda: intermediate_with_mailbox("a@example"), (OK, OK, OK)),
    "a directory name in other letters beyond ASCII": (
        below(directory("ÉCOLE"), subject=common("école")),
        (NAMES, NAMES, OK),
    ),
    "a directory name with ss for ß": (
        below(excluded=(directory("strasse"),), subject=common("straße")),
        (OK, OK, NAMES),
    ),
    "a directory name as T61String": (
        below(directory(HOST, _ASN1Type.T61String)),
        (NAMES, OK, NAMES),
    ),
    "an issuer as PrintableString": (
        issued_by(common("Inter", PRINTABLE), common("Inter")),
        (OK, OK, OK),
    ),
    "an issuer as T61String": (
        issued_by(common("Inter", _ASN1Type.T61String), common("Inter")),
        (UNKNOWN, OK, UNKNOWN),
    ),
    "issuer and subject as T61String": (
        issued_by(common("Inter", _ASN1Type.T61String), common("Inter", _ASN1Type.T61String)),
        (OK, OK, OK),
    ),
    "an issuer as BMPString": (
        issued_by(common("Inter", _ASN1Type.BMPString), common("Inter")),
        (OK, OK, UNKNOWN),
    ),
    "an issuer with a tab for a space": (
        issued_by(common("In\tter"), common("In ter")),
        (UNKNOWN, OK, UNKNOWN),
    ),
    "an issuer whose mailbox is in other letters": (
        issued_by(with_mailbox("CA@example"), with_mailbox("ca@example")),
        (OK, OK, UNKNOWN),
    ),
    "an authority for Netscape's gated cryptography": (for_purposes(NETSCAPE), (PURPOSE, OK, OK)),
    "an authority for Microsoft's gated cryptography": (
        for_purposes(MICROSOFT, CLIENT),
        (PURPOSE, OK, OK),
    ),
    "a leaf for gated cryptography": (for_purposes(leaf=(NETSCAPE,)), (PURPOSE, OK, OK)),
    "an authority for TLS clients": (for_purposes(CLIENT), (PURPOSE, PURPOSE, OK)),
    "a leaf for TLS clients": (for_purposes(leaf=(CLIENT,)), (PURPOSE, PURPOSE, PURPOSE)),
}


@cache
def files(case: str) -> tuple[bytes, ...]:
    return CASES[case][0]()


@pytest.mark.parametrize("case", CASES)
def test_each_client_is_judged_by_its_own_comparison(case: str, tmp_path: Path) -> None:
    profiles = [shipped_profiles()[one] for one in ("current", "openssl-3", "java")]
    found = [
        judge(
            chain(*files(case)),
            host=HOST,
            at=NOON,
            profile=replace(profile, store=store(ROOT)),
        ).reason
        for profile in profiles
    ]
    assert tuple(found) == CASES[case][1]
    if shutil.which("openssl") is not None:
        assert is_accepted_by_openssl(files(case), tmp_path) is (found[1] is OK)
