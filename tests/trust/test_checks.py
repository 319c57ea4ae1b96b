"""What is found out about a chain, and what is not worth an alarm."""

import pkgutil
import re
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.domain.certificates.findings import (
    Examination,
    Finding,
    FindingKind,
    Level,
    ProbeResult,
    Reason,
    Tier,
)
from app.trust import checks
from app.trust.checks import CHECKS, FINDING_TEXTS, REMEDIES
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.root_programmes import Programme
from app.trust.clients.tolerances import Tolerances
from app.trust.judge import examine
from tests.trust.aia_and_crl import answer
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.client_profiles import client

DAY = timedelta(days=1)
ROOT, INTER = make("Root"), make("Inter", "Root")
CURRENT = client(store(ROOT), name="current")


def seen(
    *ders: bytes, host: str = HOST, at: datetime = NOON, profiles: tuple[Profile, ...] = (CURRENT,)
) -> Examination:
    return examine(chain(*ders), host=host, at=at, profiles=profiles)


def found(examination: Examination) -> dict[str, Finding]:
    return {finding.code: finding for finding in examination.findings}


def test_every_check_is_in_the_registry() -> None:
    modules = [
        import_module(f"{checks.__name__}.{module.name}")
        for module in pkgutil.iter_modules(checks.__path__)
    ]
    assert {id(module.CHECK) for module in modules} == {id(check) for check in CHECKS}
    assert len(CHECKS) == len(modules)


def test_every_code_has_one_text_of_whole_sentences() -> None:
    assert len(FINDING_TEXTS) == sum(len(check.texts) for check in CHECKS)
    for code, text in FINDING_TEXTS.items():
        assert re.fullmatch(r"finding\.[a-z_]+", code)
        assert text.endswith(".")


def test_every_code_says_what_to_do() -> None:
    assert set(REMEDIES) == set(FINDING_TEXTS)
    assert all(text.endswith(".") for text in REMEDIES.values())


def test_a_healthy_chain_has_no_findings() -> None:
    assert seen(leaf("Inter"), INTER).findings == ()


OLD_INTER = make("Inter", "Root", ends=NOON - DAY)
ENDING_INTER = make("Inter", "Root", ends=NOON + 10 * DAY)
EARLY_INTER = make("Inter", "Root", starts=NOON + DAY)
WEAK = make(HOST, "Inter", ca=False, hosts=(HOST,), held_by="rsa1024 a")
MAIL = ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),)
NARROW = make(
    "Inter",
    "Root",
    extensions=((x509.NameConstraints([x509.DNSName("other.example")], None), True),),
)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
DEMANDING = make("Inter", "Root", extensions=((UNKNOWN, True),))
MUST_STAPLE = ((x509.TLSFeature([x509.TLSFeatureType.status_request]), False),)
STAPLING = make(HOST, "Inter", ca=False, hosts=(HOST,), extensions=MUST_STAPLE)
LONG_LIVED = leaf("Inter", starts=NOON - DAY, ends=NOON + 800 * DAY)
# Two empty timestamps: only how many there are is looked at.
STAMPED_BY = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"),
    bytes.fromhex("0433 0031 002f 00") + bytes(32 + 8 + 2) + bytes.fromhex("04030000"),
)
STAMPED = make(HOST, "Inter", ca=False, hosts=(HOST,), extensions=((STAMPED_BY, False),))
OLD_CROSS = make("Root", "Old", ends=NOON - DAY)
RSA_ONLY = Profile("p", {}, "any_path", store(ROOT), Tolerances(key_types=("rsa",)))
STRICT = Profile("p", {}, "any_path", store(ROOT), Tolerances(maximum_validity=True))
FAR = client(store(make("Far", ends=NOON + 150 * DAY)))


def closed(days: int) -> Profile:
    until = int((NOON + days * DAY).timestamp())
    return trusting(Programme("test", {"Root": until}, {}))


def leaving(days: int) -> Profile:
    return trusting(Programme("test", {}, {"Root": int((NOON + days * DAY).timestamp())}))


def trusting(programme: Programme) -> Profile:
    roots = store(make("Root", ends=NOON + 999 * DAY))
    return Profile("p", {}, "any_path", roots, Tolerances(programme=programme))


def looked(
    *ders: bytes,
    staple: bytes | None = None,
    staple_requested: bool = True,
    tls_version: str = "TLSv1.3",
) -> Examination:
    look = ProbeResult(HOST, 443, "", ders, tls_version, None, staple_requested, staple)
    return examine(look, at=NOON, profiles=[CURRENT])


def named(*dns_names: str) -> bytes:
    """A server's certificate with these DNS names, whatever they look like."""
    names = x509.SubjectAlternativeName([x509.DNSName(one) for one in dns_names])
    return make(HOST, "Inter", ca=False, extensions=((names, False),))


ADDRESS = named("192.0.2.10")
OWN = make(HOST, ca=False, hosts=(HOST,))
FORGED = make(HOST, "Inter", ca=False, hosts=(HOST,), signed_by="Forger")


@pytest.mark.parametrize(
    ("code", "level", "examination"),
    [
        ("leaf_expired", Level.ERROR, seen(leaf("Inter"), INTER, at=NOON + 61 * DAY)),
        ("leaf_not_yet_valid", Level.ERROR, seen(leaf("Inter"), INTER, at=NOON - 31 * DAY)),
        ("leaf_expires_soon", Level.WARNING, seen(leaf("Inter"), INTER, at=NOON + 50 * DAY)),
        ("intermediate_expired", Level.ERROR, seen(leaf("Inter"), OLD_INTER)),
        ("intermediate_expires_soon", Level.WARNING, seen(leaf("Inter"), ENDING_INTER)),
        ("intermediate_not_yet_valid", Level.ERROR, seen(leaf("Inter"), EARLY_INTER)),
        ("missing_intermediate", Level.ERROR, seen(leaf("Inter"))),
        ("host_mismatch", Level.ERROR, seen(leaf("Inter"), INTER, host="other.example")),
        ("address_as_dns_name", Level.ERROR, seen(ADDRESS, INTER, host="192.0.2.10")),
        ("no_host_name", Level.ERROR, seen(make(HOST, "Inter", ca=False), INTER)),
        ("authority_first", Level.ERROR, seen(INTER, ROOT)),
        ("wrong_order", Level.WARNING, seen(leaf("Low"), INTER, make("Low", "Inter"))),
        ("unrelated_certificate", Level.INFO, seen(leaf("Inter"), INTER, make("Stranger", "Far"))),
        ("duplicate_certificate", Level.INFO, seen(leaf("Inter"), INTER, INTER)),
        ("root_served", Level.INFO, seen(leaf("Inter"), INTER, ROOT)),
        ("self_signed", Level.ERROR, seen(OWN)),
        ("root_untrusted", Level.ERROR, seen(leaf("Far"), make("Far"))),
        ("issuer_unknown", Level.ERROR, seen(leaf("Near"), make("Near", "Far"))),
        ("bad_signature", Level.ERROR, seen(FORGED, INTER)),
        ("malformed", Level.WARNING, seen(leaf("Inter"), INTER, b"hello")),
        ("no_certificate", Level.ERROR, seen()),
        ("weak_key", Level.WARNING, seen(WEAK, INTER)),
        ("not_an_authority", Level.ERROR, seen(leaf("Inter"), make("Inter", "Root", ca=False))),
        (
            "path_too_long",
            Level.ERROR,
            seen(leaf("Low"), make("Low", "Inter"), make("Inter", "Root", path_length=0)),
        ),
        ("wrong_purpose", Level.ERROR, seen(leaf("Inter"), make("Inter", "Root", extensions=MAIL))),
        ("name_not_permitted", Level.ERROR, seen(leaf("Inter"), NARROW)),
        ("unknown_extension", Level.ERROR, seen(leaf("Inter"), DEMANDING)),
        ("unsupported_key", Level.ERROR, seen(leaf("Inter"), INTER, profiles=(RSA_ONLY,))),
        ("valid_too_long", Level.ERROR, seen(LONG_LIVED, INTER, profiles=(STRICT,))),
        ("distrusted", Level.ERROR, seen(leaf("Inter"), INTER, profiles=(closed(-99),))),
        ("distrust_on_renewal", Level.WARNING, seen(leaf("Inter"), INTER, profiles=(closed(-9),))),
        ("distrust_ahead", Level.WARNING, seen(leaf("Inter"), INTER, profiles=(leaving(95),))),
        ("root_expires_soon", Level.WARNING, seen(leaf("Far"), profiles=(FAR,))),
        ("past_expired_cross_sign", Level.INFO, seen(leaf("Inter"), INTER, OLD_CROSS)),
        ("timestamps", Level.INFO, seen(STAMPED, INTER)),
        ("must_staple", Level.WARNING, looked(STAPLING, INTER, staple_requested=True)),
        ("revoked", Level.ERROR, looked(leaf("Inter"), INTER, staple=answer(revoked=True))),
        ("staple_expired", Level.WARNING, looked(leaf("Inter"), INTER, staple=answer(days=-1))),
        ("old_tls", Level.ERROR, looked(leaf("Inter"), INTER, tls_version="TLSv1.1")),
        ("too_many_certificates", Level.WARNING, seen(leaf("Inter"), *[INTER] * 150)),
    ],
)
def test_each_fault_is_named(code: str, level: Level, examination: Examination) -> None:
    finding = found(examination)[f"finding.{code}"]
    assert finding.level is level
    assert finding.params["host"] == examination.host
    assert FINDING_TEXTS[finding.code] % finding.params


@pytest.mark.parametrize(
    ("host", "listed", "code"),
    [
        ("192.0.2.10", "192.0.2.10", "address_as_dns_name"),
        ("[2001:db8::7]", "2001:DB8:0::7", "address_as_dns_name"),
        ("192.0.2.10", "192.0.2.11", "host_mismatch"),
        ("192.0.2.10", "*.0.2.10", "host_mismatch"),
        (HOST, "192.0.2.10", "host_mismatch"),
    ],
)
def test_an_address_that_is_listed_as_a_dns_name_gets_a_sentence_that_helps(
    host: str, listed: str, code: str
) -> None:
    examination = seen(named(listed), INTER, host=host)
    assert f"finding.{code}" in found(examination)
    assert examination.verdicts[0].reason is Reason.HOST_MISMATCH


def test_the_loudest_finding_comes_first() -> None:
    examination = seen(leaf("Inter"), INTER, ROOT, b"hello", host="other.example")
    levels = [finding.level for finding in examination.findings]
    assert levels == [Level.ERROR, Level.WARNING, Level.INFO]


def test_a_cross_sign_that_ended_without_harm_is_only_information() -> None:
    cross = make("Root", "Old", ends=NOON - DAY)
    examination = seen(leaf("Inter"), INTER, cross)
    finding = found(examination)["finding.cross_sign_expired"]
    assert examination.verdicts[0].ok
    assert finding.level is Level.INFO
    assert finding.params["profiles"] == ""


def test_an_old_root_that_stops_only_older_clients_is_a_warning_that_names_them() -> None:
    cross = make("Root", "Old")
    old = make("Old", ends=NOON - DAY)
    legacy = client(store(ROOT, old), "served_first_alt", tier=Tier.LEGACY, name="legacy")
    examination = seen(leaf("Inter"), INTER, cross, profiles=(CURRENT, legacy))
    finding = found(examination)["finding.root_expired"]
    assert (finding.level, finding.kind) == (Level.WARNING, FindingKind.FACT)
    assert finding.params == {
        "host": HOST,
        "subject": "Old",
        "date": NOON - DAY,
        "profiles": "legacy",
    }


def test_an_old_root_is_foreseen() -> None:
    old = make("Old", ends=NOON + 5 * DAY)
    legacy = client(store(ROOT, old), "served_first_alt", tier=Tier.LEGACY, name="legacy")
    examination = seen(leaf("Inter"), INTER, make("Root", "Old"), profiles=(CURRENT, legacy))
    finding = found(examination)["finding.root_expires_soon"]
    assert (finding.level, finding.kind) == (Level.WARNING, FindingKind.FORECAST)
    assert finding.params["date"] == NOON + 5 * DAY


def test_a_short_lived_leaf_is_not_nagged_about_until_renewal_is_late() -> None:
    six_days = leaf("Inter", starts=NOON - DAY, ends=NOON + 5 * DAY)
    early = found(seen(six_days, INTER))["finding.leaf_expires_soon"]
    late = found(seen(six_days, INTER, at=NOON + 4 * DAY))["finding.leaf_expires_soon"]
    assert (early.level, late.level) == (Level.INFO, Level.WARNING)


def test_the_warning_window_is_the_targets_own() -> None:
    served = chain(leaf("Inter"), INTER)
    profiles = [CURRENT]
    near = examine(served, host=HOST, at=NOON + 50 * DAY, profiles=profiles, warn_days=5)
    assert near.findings == ()


@pytest.mark.parametrize("staple", [b"", b"hello", answer()[:-9], answer()])
def test_a_staple_that_says_nothing_bad_is_nothing(staple: bytes) -> None:
    assert looked(leaf("Inter"), INTER, staple=staple).findings == ()


def test_a_staple_is_missed_only_where_it_was_asked_for() -> None:
    assert looked(STAPLING, INTER, staple_requested=False).findings == ()


@pytest.mark.parametrize("extra", [(), (ROOT,), (OLD_CROSS,), (INTER,), (make("Stranger", "Far"),)])
@pytest.mark.parametrize("lifetime", [6, 47, 90, 199])
def test_a_healthy_chain_gives_no_warning_whatever_is_served_along(
    extra: tuple[bytes, ...], lifetime: int
) -> None:
    # At any day before the last third of the leaf's life, whatever the clients.
    ends = NOON + 999 * DAY
    roots = store(make("Root", ends=ends))
    inter = make("Inter", "Root", ends=ends)
    profiles = [
        Profile(name, one.label, one.builder, roots, one.tolerances, tier=one.tier)
        for name, one in shipped_profiles().items()
        if name != "python-3.13"  # needs key identifiers
    ]
    own = leaf("Inter", starts=NOON, ends=NOON + lifetime * DAY)
    for day in range(0, lifetime * 2 // 3, max(1, lifetime // 6)):
        at = NOON + day * DAY + DAY / 2
        examination = examine(chain(own, inter, *extra), host=HOST, at=at, profiles=profiles)
        loud = [one for one in examination.findings if one.level is not Level.INFO]
        if extra != (OLD_CROSS,):
            assert loud == []
        else:
            # The oldest clients climb the cross-sign and do not come back.
            assert {one.params["profiles"] for one in loud} <= {"openssl-0.9.8, card-terminal"}


def test_a_chain_that_begins_with_an_issuer_is_in_the_wrong_order_before_all() -> None:
    examination = seen(INTER, leaf("Inter"))
    loud = [one for one in examination.findings if one.level is Level.ERROR]
    assert [one.code for one in loud] == ["finding.wrong_order"]
    assert examination.verdicts[0].reason is Reason.HOST_MISMATCH


@pytest.mark.parametrize(
    ("profiles", "level"),
    [
        (("openssl-3",), Level.WARNING),
        (("java", "openssl-3"), Level.WARNING),
        (("current", "legacy-openssl"), Level.ERROR),
    ],
)
def test_a_common_name_alone_is_an_error_where_judged_clients_refuse_it(
    profiles: tuple[str, ...], level: Level
) -> None:
    bare = make(HOST, "Root", ca=False)
    judged = [replace(shipped_profiles()[one], store=store(ROOT)) for one in profiles]
    examination = examine(chain(bare), host=HOST, at=NOON, profiles=judged)
    found = [one for one in examination.findings if one.code == "finding.no_host_name"]
    assert [one.level for one in found] == [level]
    reasons = {one.profile: one.reason for one in examination.verdicts}
    assert {one for one in reasons if reasons[one] is Reason.HOST_MISMATCH} <= {"current"}
