"""What clients demand of certificates besides names, dates and signatures."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.domain.certificates.findings import Reason, Verdict
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.root_programmes import shipped_programmes
from app.trust.clients.stores import Store, shipped_store
from app.trust.clients.tolerances import Tolerances
from app.trust.judge import judge
from app.trust.paths import BUILDERS
from app.trust.x509.certificate import parse
from app.trust.x509.chain import Chain
from app.trust.x509.issuance import SignatureChecker
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store

ROOT, INTER = make("Root"), make("Inter", "Root")
DAY = timedelta(days=1)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
WEB = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def verdict_of(
    *ders: bytes,
    builder: str = "any_path",
    roots: Store | None = None,
    host: str = HOST,
    rules: Mapping[str, Any] = MappingProxyType({}),
) -> Verdict:
    profile = Profile("p", {}, builder, roots or store(ROOT), Tolerances(**rules))
    return judge(chain(*ders), host=host, at=NOON, profile=profile)


def names(
    *permitted: x509.GeneralName, excluded: tuple[x509.GeneralName, ...] = ()
) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.NameConstraints(permitted or None, excluded or None), True),)


def dns(name: str) -> x509.GeneralName:
    return x509.DNSName(name)


def directory(common: str) -> x509.GeneralName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)]))


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize(
    ("reason", "rule", "ders"),
    [
        (
            Reason.NOT_AN_AUTHORITY,
            "basic_constraints",
            (leaf("Inter"), make("Inter", "Root", ca=False)),
        ),
        (
            Reason.PATH_TOO_LONG,
            "basic_constraints",
            (leaf("Low"), make("Low", "Inter"), make("Inter", "Root", path_length=0)),
        ),
        (
            Reason.NAME_NOT_PERMITTED,
            "name_constraints",
            (leaf("Inter"), make("Inter", "Root", extensions=names(dns("other.example")))),
        ),
        (
            Reason.WRONG_PURPOSE,
            "extended_key_usage",
            (make(HOST, "Inter", ca=False, hosts=(HOST,), extensions=((MAIL, False),)), INTER),
        ),
        (
            Reason.WRONG_PURPOSE,
            "extended_key_usage",
            (leaf("Inter"), make("Inter", "Root", extensions=((MAIL, False),))),
        ),
        (
            Reason.UNKNOWN_EXTENSION,
            "critical_extensions",
            (leaf("Inter"), make("Inter", "Root", extensions=((UNKNOWN, True),))),
        ),
    ],
)
def test_a_rule_of_structure_stops_those_who_know_it(
    builder: str, reason: Reason, rule: str, ders: tuple[bytes, ...]
) -> None:
    verdict = verdict_of(*ders, builder=builder)
    assert verdict.reason is reason
    assert verdict.blamed_certificate is not None
    assert verdict_of(*ders, builder=builder, rules={rule: False}).ok


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize(
    ("reason", "rules", "ders"),
    [
        (
            Reason.WEAK_KEY,
            {"minimum_rsa_bits": 2048},
            (leaf("Inter"), make("Inter", "Root", held_by="rsa1024 a")),
        ),
        (Reason.UNSUPPORTED_KEY, {"key_types": ("rsa",)}, (leaf("Inter"), INTER)),
        (
            Reason.VALID_TOO_LONG,
            {"maximum_validity": True},
            (leaf("Inter", starts=NOON - DAY, ends=NOON + 399 * DAY), INTER),
        ),
    ],
)
def test_a_rule_of_strength_stops_those_who_have_it(
    builder: str, reason: Reason, rules: dict[str, object], ders: tuple[bytes, ...]
) -> None:
    if reason is Reason.WEAK_KEY:
        weak = make(HOST, "Inter", ca=False, hosts=(HOST,), signed_by="rsa1024 a")
        ders = (weak, ders[1])
    assert verdict_of(*ders, builder=builder).ok
    assert verdict_of(*ders, builder=builder, rules=rules).reason is reason


def test_a_healthy_chain_breaks_no_rule() -> None:
    strict: dict[str, Any] = {
        "minimum_rsa_bits": 2048,
        "sha1": False,
        "key_types": ("rsa", "ec"),
        "maximum_validity": True,
        "programme": shipped_programmes()["mozilla"],
    }
    inter = make("Inter", "Root", path_length=0, extensions=((WEB, False),))
    for builder in BUILDERS:
        assert verdict_of(leaf("Inter"), inter, builder=builder, rules=strict).ok


def test_a_roots_own_signature_and_purpose_do_not_count() -> None:
    old = parse(make("Root", extensions=((MAIL, False), (UNKNOWN, True))))
    roots = Store("old", (replace(old, digest="sha1"),))
    for builder in BUILDERS:
        assert verdict_of(
            leaf("Inter"), INTER, builder=builder, roots=roots, rules={"sha1": False}
        ).ok


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_issuer_signed_with_sha_1_stops_those_who_refuse_it(builder: str) -> None:
    # The libraries of today do not sign that way any more, so the certificate only says so.
    inter = replace(parse(INTER), digest="sha1")
    served = Chain((parse(leaf("Inter")), inter))
    for accepted in (True, False):
        profile = Profile("p", {}, builder, store(ROOT), Tolerances(sha1=accepted))
        verdict = judge(served, host=HOST, at=NOON, profile=profile)
        assert verdict.reason is (Reason.OK if accepted else Reason.WEAK_SIGNATURE)


def test_a_self_issued_authority_does_not_count_for_the_path_length() -> None:
    upper = make("Inter", "Root", path_length=0)
    rekeyed = make("Inter", held_by="Fresh", signed_by="Inter")
    own = make(HOST, "Inter", ca=False, hosts=(HOST,), signed_by="Fresh")
    assert verdict_of(own, rekeyed, upper).ok


def test_a_longer_way_round_is_taken_when_the_short_one_breaks_a_rule() -> None:
    limited = make("Inter", "Root", extensions=names(dns("other.example")))
    cross = make("Inter", "Other")
    served = (leaf("Inter"), limited, cross, make("Other", "Root"))
    assert verdict_of(*served).ok
    assert verdict_of(*served, builder="trusted_first").reason is Reason.NAME_NOT_PERMITTED


@pytest.mark.parametrize(
    ("constraints", "host", "allowed"),
    [
        (names(dns("example")), HOST, True),
        (names(dns(HOST)), HOST, True),
        (names(dns("hop.example")), HOST, False),
        (names(dns(".shop.example")), HOST, False),
        (names(dns("")), HOST, True),
        (names(excluded=(dns("example"),)), HOST, False),
        (names(excluded=(dns("other.example"),)), HOST, True),
        (names(excluded=(dns("pay.shop.example"),)), "*.shop.example", False),
        (names(dns("shop.example")), "*.shop.example", True),
        (names(x509.IPAddress(ip_network("192.0.2.0/24"))), "192.0.2.7", True),
        (names(x509.IPAddress(ip_network("192.0.2.0/24"))), "198.51.100.7", False),
        (names(x509.IPAddress(ip_network("192.0.2.0/24"))), HOST, True),
        (names(excluded=(x509.IPAddress(ip_network("::/0")),)), "2001:db8::7", False),
        (names(directory("somebody")), HOST, False),
        (names(directory(HOST)), HOST, True),
        (names(excluded=(directory(HOST),)), HOST, False),
        (names(x509.RFC822Name("example")), HOST, True),
    ],
)
def test_name_constraints_hold_for_every_name_of_the_leaf(
    constraints: tuple[tuple[x509.ExtensionType, bool], ...], host: str, *, allowed: bool
) -> None:
    served = (leaf("Inter", host), make("Inter", "Root", extensions=constraints))
    wanted = host.replace("*", "pay")
    assert verdict_of(*served, host=wanted).ok is allowed


@pytest.mark.parametrize(
    ("issued", "days", "fine"),
    [
        (datetime(2018, 2, 28, tzinfo=UTC), 1200, True),
        (datetime(2018, 3, 1, tzinfo=UTC), 825, True),
        (datetime(2018, 3, 1, tzinfo=UTC), 826, False),
        (datetime(2020, 9, 1, tzinfo=UTC), 399, False),
        (datetime(2026, 3, 15, tzinfo=UTC), 200, True),
        (datetime(2026, 3, 15, tzinfo=UTC), 201, False),
        (datetime(2027, 3, 15, tzinfo=UTC), 101, False),
        (datetime(2029, 3, 15, tzinfo=UTC), 48, False),
    ],
)
def test_the_longest_validity_depends_on_the_day_of_issue(
    issued: datetime, days: int, *, fine: bool
) -> None:
    ends = issued + days * DAY - timedelta(seconds=1)
    anchors = store(make("Root", starts=issued - DAY, ends=ends))
    profile = Profile("p", {}, "any_path", anchors, Tolerances(maximum_validity=True))
    served = chain(leaf("Root", starts=issued, ends=ends))
    assert judge(served, host=HOST, at=issued, profile=profile).ok is fine


def test_clients_that_fetch_issuers_cope_with_a_gap() -> None:
    known = chain(INTER).certificates
    for fetches in (True, False):
        rules = Tolerances(fetches_issuers=fetches)
        profile = Profile("p", {}, "any_path", store(ROOT), rules)
        alone = chain(leaf("Inter"))
        verdict = judge(alone, host=HOST, at=NOON, profile=profile, known=known)
        assert verdict.ok is fetches


def test_signatures_of_former_days_are_still_verified() -> None:
    # Today's libraries do not make them any more; real roots carry theirs.
    roots = [root for root in shipped_store("mozilla-2021").anchors if root.digest == "sha1"]
    assert len(roots) > 30
    assert all(SignatureChecker().verifies(root, root) for root in roots)
    assert not SignatureChecker().verifies(roots[0], roots[1])


# What each client thinks of a root with one fault: Chromium of one that it ships, OpenSSL, Java.
ANCHORS: dict[str, tuple[Mapping[str, Any], tuple[bool, bool, bool]]] = {
    "expired": ({"ends": NOON - DAY}, (True, False, True)),
    "path length": ({"path_length": 0}, (False, False, True)),
    "name constraints": (
        {"extensions": names(excluded=(x509.DNSName(HOST),))},
        (False, False, True),
    ),
    "no authority": ({"ca": False}, (True, False, False)),
    "for mail": ({"extensions": ((MAIL, False),)}, (True, False, True)),
    "unknown critical extension": ({"extensions": ((UNKNOWN, True),)}, (True, False, True)),
}


@pytest.mark.parametrize("fault", ANCHORS)
def test_each_client_applies_its_own_rules_to_a_root(fault: str) -> None:
    changes, expected = ANCHORS[fault]
    roots = store(make("Root", **changes))
    # Two authorities below the root, so that a path length of 0 is too short.
    served = chain(leaf("Low"), make("Low", "Inter"), INTER)
    for identity, accepted in zip(("current", "openssl-3", "java"), expected, strict=True):
        profile = replace(shipped_profiles()[identity], store=roots)
        verdict = judge(served, host=HOST, at=NOON, profile=profile)
        assert verdict.ok is accepted, (identity, verdict.reason)
