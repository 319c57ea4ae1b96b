"""Chains by meaning, with what RFC 5280 and the Baseline Requirements want of a strict verifier.

Each case departs in one thing from a chain that conforms. The meanings are those of the server
cases of x509-limbo (https://x509-limbo.com); cases that contradict another one are left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from app.trust.x509.der import encode
from tests.trust.authorities import HOST, NOON, key, name
from tests.trust.conforming import AKI, SERVER, Changes, Extension, issue, raw, usage

OTHER_NAME = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.55555.3"), b"\x05\x00")
UNKNOWN: Extension = raw("1.3.6.1.4.1.55555.1", b"", critical=True)
SKI_OF_ANOTHER = AKI.from_issuer_public_key(key("another").public_key())


@dataclass(frozen=True, slots=True)
class PathCase:
    """One chain: whether a strict verifier accepts it for `host` at `at`, trusting `roots`."""

    meaning: str
    good: bool
    ders: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    host: str = HOST
    at: datetime = NOON


def accepted(
    meaning: str, ders: tuple[bytes, ...], roots: tuple[bytes, ...], host: str = HOST
) -> PathCase:
    return PathCase(meaning, good=True, ders=ders, roots=roots, host=host)


def refused(
    meaning: str, ders: tuple[bytes, ...], roots: tuple[bytes, ...], host: str = HOST
) -> PathCase:
    return PathCase(meaning, good=False, ders=ders, roots=roots, host=host)


ROOT = issue("Root", "Root", {}, authority=True)
INTER = issue("Inter", "Root", {}, authority=True)
LEAF = issue(HOST, "Inter", {})


def names(*found: str | x509.GeneralName, critical: bool = False) -> Extension:
    parts = [x509.DNSName(one) if isinstance(one, str) else one for one in found]
    return x509.SubjectAlternativeName(parts), critical


def address(text: str) -> x509.IPAddress:
    return x509.IPAddress(ip_network(text) if "/" in text else ip_address(text))


def directory(common: str) -> x509.DirectoryName:
    return x509.DirectoryName(name(common))


def constraints(
    permitted: tuple[str | x509.GeneralName, ...] = (),
    excluded: tuple[str | x509.GeneralName, ...] = (),
    *,
    critical: bool = True,
) -> Extension:
    # Set directly, so that the library takes what it would refuse.
    value = x509.NameConstraints([x509.DNSName("example")], None)
    lists = [
        [x509.DNSName(one) if isinstance(one, str) else one for one in trees] or None
        for trees in (permitted, excluded)
    ]
    value._permitted_subtrees, value._excluded_subtrees = lists
    return value, critical


def purposes(*oids: x509.ObjectIdentifier, critical: bool = False) -> Extension:
    return x509.ExtendedKeyUsage(oids), critical


def basic(*, ca: bool, length: int | None = None, critical: bool = True) -> Extension:
    return x509.BasicConstraints(ca=ca, path_length=length), critical


def _leaves() -> Iterator[PathCase]:
    """Leaves under a conforming intermediate."""
    eku = ExtendedKeyUsageOID
    precertificates = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.DNSName("a.example")
            )
        ]
    )
    cases: dict[str, tuple[bool, Changes]] = {
        "nothing odd": (True, {}),
        "no key usage": (True, {"keyUsage": None}),
        "no basic constraints": (True, {"basicConstraints": None}),
        "no purposes": (True, {"extKeyUsage": None}),
        "servers and clients": (True, {"extKeyUsage": purposes(*SERVER, eku.CLIENT_AUTH)}),
        "access": (True, {"access": (access, False)}),
        "unknown critical extension": (False, {"unknown": UNKNOWN}),
        "critical access": (False, {"access": (access, True)}),
        "access of garbage": (False, {"access": raw("1.3.6.1.5.5.7.1.1", b"malformed")}),
        "names twice": (False, {"again": names(HOST)}),
        "names of garbage": (False, {"subjectAltName": raw("2.5.29.17", b"shop.example")}),
        "no names": (False, {"subjectAltName": None}),
        "critical names beside a subject": (False, {"subjectAltName": names(HOST, critical=True)}),
        "keyCertSign without the CA flag": (
            False,
            {"keyUsage": (usage("digital_signature", "key_cert_sign"), True)},
        ),
        "CA flag without keyCertSign": (False, {"basicConstraints": basic(ca=True)}),
        "key usage without a bit": (False, {"keyUsage": (usage(), True)}),
        "encryption by an EC key": (
            False,
            {"keyUsage": (usage("digital_signature", "key_encipherment"), True)},
        ),
        "no AKI": (False, {"authorityKeyIdentifier": None}),
        "empty purposes": (False, {"extKeyUsage": raw("2.5.29.37", b"\x30\x00")}),
        "critical purposes": (False, {"extKeyUsage": (SERVER, True)}),
        "name constraints": (False, {"nameConstraints": constraints(("example",), critical=False)}),
        "critical name constraints": (False, {"nameConstraints": constraints(("example",))}),
    }
    for bad in (
        (eku.CLIENT_AUTH,),
        (precertificates,),
        *((*SERVER, one) for one in (eku.ANY_EXTENDED_KEY_USAGE, precertificates)),
        *((*SERVER, one) for one in (eku.CODE_SIGNING, eku.EMAIL_PROTECTION)),
        *((*SERVER, one) for one in (eku.TIME_STAMPING, eku.OCSP_SIGNING)),
    ):
        cases[f"purposes {[one.dotted_string for one in bad]}"] = (
            False,
            {"extKeyUsage": purposes(*bad)},
        )
    for meaning, (good, changes) in cases.items():
        yield PathCase(f"leaf: {meaning}", good, (issue(HOST, "Inter", changes), INTER), (ROOT,))
    empty = x509.Name([])
    for meaning, served in (
        ("no issuer", issue(HOST, "Inter", {}, issuer_name=empty)),
        ("no subject, names uncritical", issue(empty, "Inter", {})),
        ("serial number 0", issue(HOST, "Inter", {}, serial=0)),
        ("serial number of 22 octets", issue(HOST, "Inter", {}, serial=1 << 170)),
        ("P-192", issue(HOST, "Inter", {}, key_owner="p192")),
        ("RSA of 1024 bits", issue(HOST, "Inter", {}, key_owner="rsa1024 leaf")),
        ("RSA of 2052 bits", issue(HOST, "Inter", {}, key_owner="rsa2052 leaf")),
    ):
        yield refused(f"leaf: {meaning}", (served, INTER), (ROOT,))
    critical: Changes = {"subjectAltName": names(HOST, critical=True)}
    nameless = issue(empty, "Inter", critical)
    yield accepted("leaf: no subject, names critical", (nameless, INTER), (ROOT,))


def _intermediates() -> Iterator[PathCase]:
    """Intermediates between a conforming leaf and a conforming root."""
    eku = ExtendedKeyUsageOID
    policies = x509.PolicyConstraints(3, None)
    cases: dict[str, tuple[bool, Changes]] = {
        "TLS servers": (True, {"extKeyUsage": purposes(*SERVER)}),
        "path length 0": (True, {"basicConstraints": basic(ca=True, length=0)}),
        "path length 2": (True, {"basicConstraints": basic(ca=True, length=2)}),
        "unknown critical extension": (False, {"unknown": UNKNOWN}),
        "no CA flag": (False, {"basicConstraints": basic(ca=False)}),
        "no basic constraints": (False, {"basicConstraints": None}),
        "uncritical basic constraints": (
            False,
            {"basicConstraints": basic(ca=True, critical=False)},
        ),
        "no keyCertSign": (False, {"keyUsage": (usage("crl_sign"), True)}),
        "no key usage": (False, {"keyUsage": None}),
        "no AKI": (False, {"authorityKeyIdentifier": None}),
        "no SKI": (False, {"subjectKeyIdentifier": None}),
        "uncritical policy constraints": (False, {"policyConstraints": (policies, False)}),
        "clients alone": (False, {"extKeyUsage": purposes(eku.CLIENT_AUTH)}),
        "empty name constraints": (False, {"names": raw("2.5.29.30", b"\x30\x00", critical=True)}),
        "two empty lists of constraints": (
            False,
            {"names": raw("2.5.29.30", bytes.fromhex("3004a000a100"), critical=True)},
        ),
        "an empty list of constraints": (
            False,
            {"names": raw("2.5.29.30", bytes.fromhex("300ca008300682046f6e6c79a100"))},
        ),
    }
    for one in (eku.ANY_EXTENDED_KEY_USAGE, eku.CODE_SIGNING, eku.EMAIL_PROTECTION):
        cases[f"servers and {one.dotted_string}"] = (False, {"extKeyUsage": purposes(*SERVER, one)})
    for one in (eku.TIME_STAMPING, eku.OCSP_SIGNING):
        cases[f"servers and {one.dotted_string}"] = (False, {"extKeyUsage": purposes(*SERVER, one)})
    for meaning, (good, changes) in cases.items():
        above = issue("Inter", "Root", changes, authority=True)
        yield PathCase(f"intermediate: {meaning}", good, (LEAF, above), (ROOT,))


def _roots() -> Iterator[PathCase]:
    """Roots above a conforming chain."""
    own = AKI.from_issuer_public_key(key("Root").public_key())
    kid, issuer = own.key_identifier, [directory("Root")]
    serial = encode(0x30, encode(0x80, kid or b"") + encode(0x82, b"\x07"))
    cases: dict[str, tuple[bool, Changes]] = {
        "no AKI": (True, {"authorityKeyIdentifier": None}),
        "unknown critical extension": (False, {"unknown": UNKNOWN}),
        "no basic constraints": (False, {"basicConstraints": None}),
        "uncritical basic constraints": (
            False,
            {"basicConstraints": basic(ca=True, critical=False)},
        ),
        "no keyCertSign": (False, {"keyUsage": (usage("crl_sign"), False)}),
        "critical AKI": (False, {"authorityKeyIdentifier": (own, True)}),
        "critical SKI": (
            False,
            {
                "subjectKeyIdentifier": (
                    x509.SubjectKeyIdentifier.from_public_key(key("Root").public_key()),
                    True,
                )
            },
        ),
        "no SKI": (False, {"subjectKeyIdentifier": None}),
        "purposes": (False, {"extKeyUsage": (SERVER, False)}),
        "empty AKI": (False, {"authorityKeyIdentifier": (AKI(None, None, None), False)}),
        "AKI with all parts": (False, {"authorityKeyIdentifier": (AKI(kid, issuer, 7), False)}),
        "AKI with a serial number": (False, {"authorityKeyIdentifier": raw("2.5.29.35", serial)}),
        "AKI of another key": (False, {"authorityKeyIdentifier": (SKI_OF_ANOTHER, False)}),
    }
    for meaning, (good, changes) in cases.items():
        root = issue("Root", "Root", changes, authority=True)
        yield PathCase(f"root: {meaning}", good, (LEAF, INTER), (root,))
    unrelated = issue("Unrelated", "Unrelated", {"unknown": UNKNOWN}, authority=True)
    yield accepted("root: an odd one that is not used", (LEAF, INTER), (ROOT, unrelated))
    yield refused("root: not trusted", (LEAF, INTER, ROOT), (unrelated,))
    crossed = issue("Root", "Far", {"authorityKeyIdentifier": None}, authority=True)
    yield refused("root: signed by another, no AKI", (LEAF, INTER), (crossed,))
    renamed = issue(
        "Root",
        "Root",
        {"authorityKeyIdentifier": None},
        authority=True,
        issuer_name=name("Another name"),
    )
    yield accepted("root: own signature, another issuer", (LEAF, INTER), (renamed,))
    for owner in ("p192", "rsa1024 root", "rsa2052 root"):
        weak = issue("Weak", owner, {}, authority=True, issuer_name=name("Weak"), key_owner=owner)
        under = issue(HOST, owner, {}, issuer_name=name("Weak"))
        yield refused(f"root: {owner}", (under,), (weak,))


def _constrained() -> Iterator[PathCase]:
    """Names below an authority with name constraints: the root, and the intermediate."""
    inside, outside = "a.example.com", "b.example.org"
    network, v6 = address("192.0.2.0/24"), address("2001:db8::/32")
    cases: tuple[tuple[bool, Extension, Extension, str], ...] = (
        (True, constraints(("example.com",)), names("example.com"), "example.com"),
        (True, constraints(("example.com",)), names(inside), inside),
        (True, constraints(("example.com",), critical=False), names(inside), inside),
        (False, constraints(("example.com",)), names("not-example.com"), "not-example.com"),
        (False, constraints(("example.com",)), names(inside, outside), inside),
        (False, constraints((), ("example.com",)), names(inside), inside),
        (False, constraints((), (outside,)), names(inside, outside), inside),
        (False, constraints(("example.com",), ("example.com",)), names(inside), inside),
        (True, constraints((network,)), names(inside), inside),
        (True, constraints((), (network,)), names(inside), inside),
        (True, constraints((network,)), names(address("192.0.2.1")), "192.0.2.1"),
        (False, constraints((network,)), names(address("192.0.3.1")), "192.0.3.1"),
        (False, constraints((), (network,)), names(address("192.0.2.1")), "192.0.2.1"),
        (True, constraints((v6,)), names(address("2001:db8::1")), "2001:db8::1"),
        (False, constraints((), (v6,)), names(address("2001:db8::1")), "2001:db8::1"),
        (False, constraints((address("192.0.2.1"),)), names(address("192.0.2.1")), "192.0.2.1"),
        (
            False,
            constraints((address("2001:db8::1"),)),
            names(address("2001:db8::1")),
            "2001:db8::1",
        ),
        (False, constraints(("*.example.com",)), names(inside), inside),
        (False, constraints((".example.com",)), names(inside), inside),
        (False, constraints(("example.com",)), names(inside, ".example.com"), inside),
        (False, constraints((network,)), names(network, address("192.0.2.1")), "192.0.2.1"),
        (True, constraints((directory(HOST),)), names(HOST, directory(HOST)), HOST),
        (False, constraints((directory("foo"),)), names(HOST, directory("foo")), HOST),
        (False, constraints((directory(HOST),)), names(HOST, directory("foo")), HOST),
        (False, constraints((), (directory(HOST),)), names(HOST), HOST),
        (False, constraints((), (directory("foo"),)), names(HOST, directory("foo")), HOST),
        (True, constraints(("example.com",), (OTHER_NAME,)), names(inside), inside),
        (False, constraints(("example.com",), (OTHER_NAME,)), names(inside, OTHER_NAME), inside),
        (False, constraints(("example.com",), (inside,)), names("*.example.com"), inside),
        (False, constraints((inside,)), names("*.example.com"), inside),
    )
    for number, (good, limits, found, host) in enumerate(cases):
        changes: Changes = {"subjectAltName": found}
        root = issue("Root", "Root", {"nameConstraints": limits}, authority=True)
        meaning = f"constraints {number}: {limits[0]} {found[0]}"
        # Constraints on directory names bind the names of authorities as well.
        yield PathCase(f"root: {meaning}", good, (issue(HOST, "Root", changes),), (root,), host)
        inter = issue("Inter", "Root", {"nameConstraints": limits}, authority=True)
        served = issue(HOST, "Inter", changes), inter
        yield PathCase(f"intermediate: {meaning}", good, served, (ROOT,), host)
    yield from _constrained_authorities()


def _constrained_authorities() -> Iterator[PathCase]:
    both = constraints(("a.example.com", "b.example.com"))
    one = constraints(("b.example.com",))
    own: Changes = {"subjectAltName": names("a.example.com")}
    for first, second in ((both, one), (one, both)):
        upper = issue("Upper", "Root", {"nameConstraints": first}, authority=True)
        lower = issue("Inter", "Upper", {"nameConstraints": second}, authority=True)
        served = issue(HOST, "Inter", own), lower, upper
        yield refused("two intermediates narrow", served, (ROOT,), "a.example.com")
    forbidden: Changes = {"subjectAltName": names("forbidden.example")}
    limits: Changes = {"nameConstraints": constraints((), ("forbidden.example",))}
    upper = issue("Upper", "Root", limits, authority=True)
    lower = issue("Inter", "Upper", forbidden, authority=True)
    yield refused("an intermediate has a forbidden name", (LEAF, lower, upper), (ROOT,))
    # Another certificate of the intermediate has no such name, or no such authority above it.
    free = issue("Inter", "Upper", {}, authority=True)
    yield accepted("another path without the name", (LEAF, lower, upper, free), (ROOT,))
    direct = issue("Inter", "Root", forbidden, authority=True)
    yield accepted("another path without the limit", (LEAF, lower, upper, direct), (ROOT,))
    limited = issue("Root", "Root", {"nameConstraints": constraints((HOST,))}, authority=True)
    renewed = issue("Root", "Root", forbidden, authority=True, key_owner="Root 2", serial=9)
    below = issue(HOST, "Root 2", {}, issuer_name=name("Root"))
    yield accepted("a self-issued authority is exempt", (below, renewed), (limited,))
    many = [f"t{number}.example" for number in range(1100)]
    bomb = constraints((), tuple(f"x{number}.test" for number in range(1100)))
    root = issue("Root", "Root", {"nameConstraints": bomb}, authority=True)
    own = {"subjectAltName": names(HOST, *many)}
    yield refused("a million comparisons", (issue(HOST, "Root", own),), (root,))


def _hosts() -> Iterator[PathCase]:
    for good, found, host in (
        (True, "shop.example.com", "shop.example.com"),
        (True, "*.example.com", "shop.example.com"),
        (False, "example.com", "example2.com"),
        (False, "shop.example.com", "pay.example.com"),
        (False, "example.com", "shop.example.com"),
        (False, "shop.example.com", "example.com"),
        (False, "*.com", "example.com"),
        (False, "*", "com"),
        (False, "*", "example.com"),
        (False, "sh*.example.com", "shop.example.com"),
        (False, "a.*.example.com", "a.b.example.com"),
        (False, "*.example.com", "a.b.example.com"),
        (False, "xn--*-1b3c148a.example.com", "xn--bliss-1b3c148a.example.com"),
        (False, "under_score.example.com", "under_score.example.com"),
    ):
        served = issue(HOST, "Inter", {"subjectAltName": names(found)}), INTER
        yield PathCase(f"{host} by {found}", good, served, (ROOT,), host)
    emoji = raw("2.5.29.17", encode(0x30, encode(0x82, "😜.example".encode())))
    served = issue(HOST, "Inter", {"subjectAltName": emoji}), INTER
    yield refused("a host of emoji", served, (ROOT,), "xn--628h.example")
    for common, text in (
        ("Shop.Example", HOST),
        ("0xC0A80101", "192.168.1.1"),
        ("192.168.001.001", "192.168.1.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("räksmörgås.example", "xn--rksmrgs-5wao1o.example"),
    ):
        found_name = address(text) if text[0].isdecimal() else text
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        served = issue(subject, "Inter", {"subjectAltName": names(found_name)}), INTER
        yield refused(f"common name {common}", served, (ROOT,), text)
    ca: Changes = {"subjectAltName": names("ca.example")}
    authority = issue("Authority", "Inter", ca, authority=True)
    for host in ("ca.example", "other.example"):
        served = authority, INTER
        yield PathCase(f"an authority for {host}", host == "ca.example", served, (ROOT,), host)


def _paths() -> Iterator[PathCase]:
    """Path lengths, and graphs with more than one path or none."""

    def chained(
        *lengths: int | None, owners: tuple[str, ...] = ("A", "B", "C")
    ) -> tuple[bytes, ...]:
        above, found = "Root", []
        for owner, length in zip(owners, lengths, strict=False):
            changes: Changes = {"basicConstraints": basic(ca=True, length=length)}
            found.append(issue(owner, above, changes, authority=True))
            above = owner
        return (issue(HOST, above, {}), *reversed(found))

    for good, lengths in (
        (True, (1, 2)),
        (True, (1, 0)),
        (False, (0, 0)),
        (False, (1, 0, 0)),
        (False, (1, 1, 1)),
        (True, (2, 1, 0)),
    ):
        yield PathCase(f"path lengths {lengths}", good, chained(*lengths), (ROOT,))
    first, second = (
        issue(
            "A",
            signer,
            {"basicConstraints": basic(ca=True, length=1)},
            authority=True,
            key_owner=owner,
            issuer_name=name(issuer),
        )
        for owner, signer, issuer in (("A", "Root", "Root"), ("A 2", "A", "A"))
    )
    last = issue(
        "B",
        "A 2",
        {"basicConstraints": basic(ca=True, length=0)},
        authority=True,
        issuer_name=name("A"),
    )
    served = issue(HOST, "B", {}), last, second, first
    yield accepted("a self-issued authority does not count", served, (ROOT,))
    yield refused("no intermediate", (LEAF,), (ROOT,))
    yield accepted("a trusted intermediate", (LEAF, ROOT), (INTER,))
    cycle = issue("A", "B", {}, authority=True), issue("B", "A", {}, authority=True)
    yield refused("two authorities in a circle", (issue(HOST, "A", {}), *cycle), (ROOT,))
    one = issue("A", "A 2", {}, authority=True, issuer_name=name("A"))
    two = issue("A", "A", {}, authority=True, key_owner="A 2")
    yield refused("one authority in a circle", (issue(HOST, "A", {}), one, two), (ROOT,))
    old = issue("Inter", "Far", {}, authority=True, ends=NOON - timedelta(days=1))
    far = issue("Far", "Far", {}, authority=True)
    yield accepted("an expired cross-sign", (LEAF, old, INTER), (ROOT, far))
    mesh = [
        issue(subject, issuer, {}, authority=True)
        for subject in ("Root", "Far", "Near")
        for issuer in ("Root", "Far", "Near")
        if subject != issuer
    ]
    yield accepted("a mesh of cross-signs", (LEAF, *mesh, INTER), (ROOT,))
    forged = issue(HOST, "Far", {}, issuer_name=name("Inter"))
    yield refused("another key signed", (forged, INTER), (ROOT,))


def _dates() -> Iterator[PathCase]:
    starts, ends = NOON - timedelta(days=1), NOON + timedelta(days=1)
    fine = issue(HOST, "Inter", {}, starts=starts, ends=ends)
    for good, at in (
        (True, starts),
        (True, ends),
        (True, ends + timedelta(milliseconds=5)),
        (False, starts - timedelta(milliseconds=1)),
        (False, ends + timedelta(seconds=1)),
    ):
        yield PathCase(f"{at} in {starts}/{ends}", good, (fine, INTER), (ROOT,), at=at)
    past: dict[str, Callable[[], tuple[tuple[bytes, ...], bytes]]] = {
        "leaf": lambda: ((issue(HOST, "Inter", {}, ends=starts), INTER), ROOT),
        "intermediate": lambda: (
            (LEAF, issue("Inter", "Root", {}, authority=True, ends=starts)),
            ROOT,
        ),
        "root": lambda: ((LEAF, INTER), issue("Root", "Root", {}, authority=True, ends=starts)),
    }
    for who, made in past.items():
        served, root = made()
        yield refused(f"expired {who}", served, (root,))


def path_cases() -> tuple[PathCase, ...]:
    """Return all cases."""
    groups = _leaves, _intermediates, _roots, _constrained, _hosts, _paths, _dates
    return tuple(case for group in groups for case in group())
