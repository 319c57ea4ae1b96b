"""What lies ahead, who can mend it, and what would help."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.horizon import BreakKind, Horizon, Responsible
from app.trust.advice import ADVICE_TEXTS, advise
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.root_programmes import Programme
from app.trust.clients.tolerances import Tolerances
from app.trust.horizons import horizons
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import read_pem
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.client_profiles import client
from tests.trust.real import CHAINS, needs

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ROOT, INTER = make("Root", ends=NOON + 999 * DAY), make("Inter", "Root", ends=NOON + 999 * DAY)
LONG, SHORT = (CHAINS / "le2021" / f"chain-{name}.pem" for name in ("long", "short"))
CROSS = CHAINS / "le" / "isrg-root-x1-cross-signed.pem"
EARLY = datetime(2021, 8, 1, tzinfo=UTC)


def ahead(*ders: bytes, profile: Profile) -> Horizon:
    (one,) = horizons(chain(*ders), host=HOST, at=NOON, profiles=[profile])
    return one


def test_a_leaf_is_its_owners_to_renew() -> None:
    seen = ahead(leaf("Inter"), INTER, profile=client(store(ROOT)))
    assert seen.next is not None
    assert (seen.next.kind, seen.next.kind.responsible) == (BreakKind.LEAF, Responsible.OWNER)
    assert seen.next.at == NOON + 60 * DAY + SECOND
    assert seen.lasting is not None
    assert seen.lasting.at == NOON + 999 * DAY + SECOND


@pytest.mark.parametrize(
    ("kind", "responsible", "ders", "profile"),
    [
        (
            BreakKind.INTERMEDIATE,
            Responsible.AUTHORITY,
            (leaf("Inter"), make("Inter", "Root", ends=NOON + 9 * DAY)),
            client(store(ROOT)),
        ),
        (
            BreakKind.CROSS_SIGN,
            Responsible.NOBODY,
            (leaf("Inter"), INTER, make("Root", "Old", ends=NOON + 9 * DAY)),
            client(store(make("Old", ends=NOON + 99 * DAY), make("Root")), "served_first"),
        ),
        (
            BreakKind.ROOT,
            Responsible.NOBODY,
            (leaf("Inter"), INTER),
            client(store(make("Root", ends=NOON + 9 * DAY))),
        ),
        (
            BreakKind.PROGRAMME,
            Responsible.NOBODY,
            (leaf("Inter"), INTER),
            Profile(
                "p",
                {},
                "any_path",
                store(ROOT),
                Tolerances(
                    programme=Programme("t", {}, {"Root": int((NOON + 9 * DAY).timestamp())})
                ),
            ),
        ),
    ],
)
def test_breaks_are_sorted_by_who_can_repair_them(
    kind: BreakKind, responsible: Responsible, ders: tuple[bytes, ...], profile: Profile
) -> None:
    seen = ahead(*ders, profile=profile)
    assert seen.reason is Reason.OK
    assert seen.lasting is not None
    assert seen.next == seen.lasting
    assert (seen.lasting.kind, seen.lasting.kind.responsible) == (kind, responsible)
    assert seen.lasting.at - NOON in (9 * DAY, 9 * DAY + SECOND)


def test_a_break_that_holds_already_is_at_the_instant_of_judgement() -> None:
    seen = ahead(leaf("Inter"), INTER, profile=client(store(make("Other"))))
    assert seen.reason is Reason.ISSUER_UNKNOWN
    assert seen.next is not None
    assert seen.next.at == NOON


@needs(LONG)
def test_the_short_chain_saves_and_costs_the_clients_it_did_in_2021() -> None:
    profiles = shipped_profiles().values()
    served = read_pem(LONG.read_bytes())
    best = advise(served, host="kkmspb.ru", at=EARLY, profiles=profiles)[0]
    assert best.code == "advice.leave_out_at_a_cost"
    assert best.params["subject"] == "ISRG Root X1"
    assert set(best.gained) == {"legacy-openssl", "openssl-1.0.2", "openssl-0.9.8"}
    assert set(best.lost) == {"android-7", "windows-2017", "device-2015", "card-terminal"}
    assert best.chain == tuple(c.fingerprint for c in read_pem(SHORT.read_bytes()).certificates)


@needs(SHORT, CROSS)
def test_a_known_cross_sign_saves_old_androids() -> None:
    profiles = [shipped_profiles()[name] for name in ("current", "android-7")]
    known = read_pem(CROSS.read_bytes()).certificates
    served = read_pem(SHORT.read_bytes())
    best = advise(served, host="kkmspb.ru", at=EARLY, profiles=profiles, known=known)[0]
    assert (best.code, best.gained, best.lost) == ("advice.serve_also", ("android-7",), ())


def test_a_missing_intermediate_that_is_known_is_advised() -> None:
    known: tuple[Certificate, ...] = chain(INTER).certificates
    profiles = [client(store(ROOT)), client(store(ROOT), name="old", tier=Tier.LEGACY)]
    (found,) = advise(chain(leaf("Inter")), host=HOST, at=NOON, profiles=profiles, known=known)
    assert (found.code, found.gained) == ("advice.serve_also", ("test", "old"))
    assert ADVICE_TEXTS[found.code] % found.params


def test_an_order_that_would_help_nobody_is_not_advised() -> None:
    low = make("Low", "Inter", ends=NOON + 999 * DAY)
    other = make("Inter", "Far")
    served = chain(leaf("Low"), other, INTER, low)
    profiles = [client(store(ROOT), "served_first")]
    codes = {one.code for one in advise(served, host=HOST, at=NOON, profiles=profiles)}
    assert codes == set()
    good = chain(leaf("Low"), low, INTER)
    assert advise(good, host=HOST, at=NOON, profiles=profiles) == ()


def test_nothing_is_advised_without_a_leaf() -> None:
    profiles = [client(store(ROOT))]
    assert advise(chain(), host=HOST, at=NOON, profiles=profiles) == ()
    assert advise(chain(b"hello"), host=HOST, at=NOON, profiles=profiles) == ()
