"""The outage of 30 September 2021, cell by cell, with the certificates of that day."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.stores import Store, shipped_store
from app.trust.judge import judge
from app.trust.paths import EqualNames, Tolerances
from app.trust.x509.certificate import parse
from app.trust.x509.chain import pem_blocks, read_pem
from tests.trust.real import CHAINS, GOLDEN_CERTIFICATES, needs

LE = CHAINS / "le2021"
LONG, SHORT = LE / "chain-long.pem", LE / "chain-short.pem"
pytestmark = needs(LONG, SHORT)

HOST = "kkmspb.ru"
EARLY = datetime(2021, 8, 1, tzinfo=UTC)
BEFORE = datetime(2021, 9, 29, 12, tzinfo=UTC)
AFTER = datetime(2021, 9, 30, 14, 2, tzinfo=UTC)
STORE_2021 = "mozilla-2021"
DST = "DST Root CA X3"


def minus(store: Store, name: str) -> Store:
    return Store(store.name, tuple(a for a in store.anchors if a.facts.name != name))


def only(store: Store, name: str) -> Store:
    return Store(store.name, tuple(a for a in store.anchors if a.facts.name == name))


def table() -> dict[str, tuple[Profile, str, str, str]]:
    """Client: profile, then what the table says on 09-29, on 09-30, and for the short chain."""
    full = shipped_store(STORE_2021)
    first = Tolerances(equal_names=EqualNames.FIRST)
    edge = Tolerances()

    def build(builder: str, store: Store, tolerances: Tolerances) -> Profile:
        return Profile("cell", {"en": "cell"}, builder, store, tolerances)

    broken = f"expired {DST}"
    unknown = "issuer_unknown"
    return {
        "modern Mozilla store": (shipped_profiles()["current"], "ok", "ok", "ok"),
        "OpenSSL 3": (build("trusted_first", full, edge), "ok", "ok", "ok"),
        "OpenSSL 1.0.2": (shipped_profiles()["legacy-openssl"], "ok", broken, "ok"),
        "OpenSSL 0.9.8": (build("served_first", full, first), "ok", broken, "ok"),
        "OpenSSL 1.0.2 minus DST": (
            build("served_first_alt", minus(full, DST), edge),
            "ok",
            "ok",
            "ok",
        ),
        "OpenSSL 0.9.8 minus DST": (
            build("served_first", minus(full, DST), first),
            unknown,
            unknown,
            "ok",
        ),
        "any path without ISRG X1": (
            build("any_path", minus(full, "ISRG Root X1"), edge),
            "ok",
            broken,
            unknown,
        ),
        "Android 7": (
            build("any_path", minus(full, "ISRG Root X1"), Tolerances(anchor_expiry=False)),
            "ok",
            "ok",
            unknown,
        ),
        "Windows without root updates": (
            shipped_profiles()["windows-2017"],
            "ok",
            broken,
            unknown,
        ),
        "shipped 0.9.8": (shipped_profiles()["openssl-0.9.8"], "ok", broken, "ok"),
        "shipped 1.0.2": (shipped_profiles()["openssl-1.0.2"], "ok", broken, "ok"),
        "shipped Android 7": (shipped_profiles()["android-7"], "ok", "ok", unknown),
        "shipped Android 8": (shipped_profiles()["android-8"], "ok", "ok", "ok"),
        "shipped device of 2015": (shipped_profiles()["device-2015"], "ok", broken, unknown),
        "shipped card terminal": (shipped_profiles()["card-terminal"], "ok", broken, unknown),
        "shipped Java of 2017": (shipped_profiles()["java-8-2017"], "ok", "ok", "ok"),
        "card terminal": (
            build("served_first", only(full, DST), first),
            "ok",
            broken,
            unknown,
        ),
    }


@pytest.mark.parametrize("client", table())
def test_a_client_meets_the_long_and_the_short_chain_as_it_did_then(client: str) -> None:
    profile, before, after, short = table()[client]
    long_chain, short_chain = read_pem(LONG.read_bytes()), read_pem(SHORT.read_bytes())
    stated = [
        judge(chain, host=HOST, at=at, profile=profile)
        for chain, at in ((long_chain, BEFORE), (long_chain, AFTER), (short_chain, AFTER))
    ]
    blamed = [
        f"{one.reason} {one.blamed_certificate.name}"
        if one.reason is Reason.EXPIRED and one.blamed_certificate
        else str(one.reason)
        for one in stated
    ]
    assert blamed == [before, after, short]


R3_ENDS = datetime(2025, 9, 15, 16, tzinfo=UTC)
OUTAGE = datetime(2021, 9, 30, 14, 1, 15, tzinfo=UTC)
CROSS_SIGN_ENDS = datetime(2024, 9, 30, 18, 14, 3, tzinfo=UTC)
# OpenSSL takes the last second for past already (X509_cmp_time never answers "equal").
LATER = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("client", "breaks", "blamed_certificate"),
    [
        ("modern Mozilla store", R3_ENDS + LATER, "R3"),
        ("OpenSSL 3", R3_ENDS, "R3"),
        ("OpenSSL 1.0.2", OUTAGE, DST),
        ("OpenSSL 0.9.8", OUTAGE, DST),
        ("OpenSSL 1.0.2 minus DST", R3_ENDS, "R3"),
        ("any path without ISRG X1", OUTAGE + LATER, DST),
        ("Android 7", CROSS_SIGN_ENDS + LATER, "ISRG Root X1"),
        ("card terminal", OUTAGE, DST),
        ("Windows without root updates", OUTAGE + LATER, DST),
        ("shipped 0.9.8", OUTAGE, DST),
        ("shipped 1.0.2", OUTAGE, DST),
        ("shipped Android 7", CROSS_SIGN_ENDS + LATER, "ISRG Root X1"),
        ("shipped Android 8", R3_ENDS + LATER, "R3"),
        ("shipped device of 2015", OUTAGE + LATER, DST),
        ("shipped card terminal", OUTAGE, DST),
        ("shipped Java of 2017", R3_ENDS + LATER, "R3"),
    ],
)
def test_the_break_that_no_renewal_cures_is_foreseen_to_the_second(
    client: str, breaks: datetime, blamed_certificate: str
) -> None:
    chain = read_pem(LONG.read_bytes())
    verdict = judge(chain, host=HOST, at=EARLY, profile=table()[client][0], renewed=True)
    assert verdict.ok
    assert verdict.until == breaks
    assert verdict.until_blamed_certificate is not None
    assert verdict.until_blamed_certificate.name == blamed_certificate


def test_where_the_old_root_was_removed_by_hand_0_9_8_never_connects() -> None:
    profile = table()["OpenSSL 0.9.8 minus DST"][0]
    chain = read_pem(LONG.read_bytes())
    verdict = judge(chain, host=HOST, at=EARLY, profile=profile, renewed=True)
    assert verdict.reason is Reason.ISSUER_UNKNOWN


@needs(GOLDEN_CERTIFICATES)
def test_the_shipped_store_of_2021_holds_both_roots() -> None:
    known = {
        parse(d).fingerprint for d in pem_blocks(gzip.decompress(GOLDEN_CERTIFICATES.read_bytes()))
    }
    store = shipped_store(STORE_2021)
    assert {DST, "ISRG Root X1"} <= {anchor.facts.name for anchor in store.anchors}
    assert len(store.anchors) == 128
    assert {anchor.fingerprint for anchor in store.anchors} <= known
