from datetime import datetime, timedelta
from time import perf_counter

import pytest

from app.domain.certificates.findings import ProbeFailure, ProbeResult, Reason, Stage, Tier
from app.trust.clients.profiles import Profile
from app.trust.judge import examine, judge
from app.trust.paths import BUILDERS
from app.trust.x509.chain import Chain
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.client_profiles import client, every_client

ROOT, INTER = make("Root"), make("Inter", "Root")
GOOD = chain(leaf("Inter"), INTER)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def reason(chain: Chain, profile: Profile, *, host: str = HOST, at: datetime = NOON) -> Reason:
    return judge(chain, host=host, at=at, profile=profile).reason


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_whole_chain_to_a_known_root_is_fine(builder: str) -> None:
    verdict = judge(GOOD, host=HOST, at=NOON, profile=client(store(ROOT), builder))
    assert verdict.ok
    assert verdict.blamed_certificate is None
    assert len(verdict.path) == 3


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_root_that_is_served_along_does_no_harm(builder: str) -> None:
    served = chain(leaf("Inter"), INTER, ROOT)
    assert reason(served, client(store(ROOT), builder)) is Reason.OK


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_leaf_out_of_date_is_to_blame(builder: str) -> None:
    profile = client(store(ROOT), builder)
    late = judge(GOOD, host=HOST, at=NOON + 70 * DAY, profile=profile)
    early = judge(GOOD, host=HOST, at=NOON - 70 * DAY, profile=profile)
    assert (late.reason, early.reason) == (Reason.EXPIRED, Reason.NOT_YET_VALID)
    assert late.blamed_certificate is not None
    assert late.blamed_certificate.name == HOST
    assert late.until is None


def test_the_last_second_is_valid_for_most_clients_and_not_for_openssl() -> None:
    ends = NOON + 60 * DAY
    browser, openssl = client(store(ROOT)), client(store(ROOT), "trusted_first")
    assert reason(GOOD, browser, at=ends + SECOND / 2) is Reason.OK
    assert reason(GOOD, browser, at=ends + SECOND) is Reason.EXPIRED
    assert reason(GOOD, openssl, at=ends - SECOND) is Reason.OK
    assert reason(GOOD, openssl, at=ends) is Reason.EXPIRED


def test_a_leaf_alone_misses_its_intermediate() -> None:
    for profile in every_client(store(ROOT)):
        assert reason(chain(leaf("Inter")), profile) is Reason.MISSING_INTERMEDIATE


def test_a_gap_below_a_served_certificate_is_a_missing_intermediate() -> None:
    upper = make("Upper", "Root")
    served = chain(leaf("Lower"), make("Lower", "Middle"), upper)
    assert reason(served, client(store(ROOT))) is Reason.MISSING_INTERMEDIATE


def test_a_chain_that_lacks_only_its_root_has_an_unknown_issuer() -> None:
    verdict = judge(GOOD, host=HOST, at=NOON, profile=client(store(make("Other"))))
    assert verdict.reason is Reason.ISSUER_UNKNOWN
    assert verdict.blamed_certificate is not None
    assert verdict.blamed_certificate.name == "Inter"


def test_a_self_signed_leaf_is_called_that() -> None:
    own = make(HOST, ca=False, hosts=(HOST,))
    for profile in every_client(store(ROOT)):
        assert reason(chain(own), profile) is Reason.SELF_SIGNED


def test_a_private_root_is_self_signed_and_not_trusted() -> None:
    served = chain(leaf("Inter"), INTER, ROOT)
    for profile in every_client(store(make("Other"))):
        assert reason(served, profile) is Reason.SELF_SIGNED


def test_a_self_signed_leaf_that_is_an_anchor_is_trusted() -> None:
    own = make(HOST, ca=False, hosts=(HOST,))
    for profile in every_client(store(own)):
        assert reason(chain(own), profile) is Reason.OK


def test_a_namesake_of_the_root_with_another_key_is_not_the_root() -> None:
    mimic = make("Root", held_by="Mimic", signed_by="Mimic")
    served = chain(leaf("Inter"), make("Inter", "Root", signed_by="Mimic"), mimic)
    for profile in every_client(store(ROOT)):
        assert reason(served, profile) is not Reason.OK


def test_a_wrong_signature_is_distinguished_from_an_unknown_issuer() -> None:
    forged = make(HOST, "Inter", ca=False, hosts=(HOST,), signed_by="Forger")
    for profile in every_client(store(ROOT)):
        assert reason(chain(forged, INTER), profile) is Reason.BAD_SIGNATURE


def test_a_certificate_that_is_no_authority_issues_nothing() -> None:
    other = make("other.example", "Inter", ca=False)
    served = chain(leaf("other.example"), other, INTER)
    assert reason(served, client(store(ROOT))) is not Reason.OK


def test_an_address_out_of_the_certificate_is_a_host_mismatch() -> None:
    verdict = judge(GOOD, host="192.0.2.1", at=NOON, profile=client(store(ROOT)))
    assert verdict.reason is Reason.HOST_MISMATCH
    assert verdict.until is None


def test_path_problems_come_before_a_wrong_host() -> None:
    profile = client(store(make("Other")))
    assert reason(GOOD, profile, host="other.example") is Reason.ISSUER_UNKNOWN


def test_no_certificate_and_no_readable_leaf_have_their_own_reasons() -> None:
    for profile in every_client(store(ROOT)):
        assert reason(chain(), profile) is Reason.NO_CERTIFICATE
        assert reason(chain(b"hello", INTER), profile) is Reason.MALFORMED


def test_the_horizon_is_the_first_second_a_client_fails() -> None:
    ends = NOON + 60 * DAY
    verdict = judge(GOOD, host=HOST, at=NOON, profile=client(store(ROOT)))
    assert verdict.until == ends + SECOND
    assert verdict.until_blamed_certificate is not None
    assert verdict.until_blamed_certificate.name == HOST


def test_another_path_carries_a_client_past_the_end_of_the_first() -> None:
    cross = make("Root", "Old", ends=NOON + 5 * DAY)
    served = chain(leaf("Inter"), INTER, cross)
    both = store(make("Old", ends=NOON + 5 * DAY), ROOT)
    assert judge(served, host=HOST, at=NOON, profile=client(both)).until == (
        NOON + 60 * DAY + SECOND
    )
    legacy = judge(served, host=HOST, at=NOON, profile=client(both, "served_first_alt"))
    assert legacy.until == NOON + 5 * DAY


def test_clients_that_ignore_an_anchors_dates_outlive_it() -> None:
    old = store(make("Root", ends=NOON - DAY))
    assert reason(GOOD, client(old)) is Reason.EXPIRED
    assert reason(GOOD, client(old, anchor_expiry=False)) is Reason.OK
    assert reason(GOOD, client(old, "trusted_first", anchor_expiry=False)) is Reason.OK


def test_an_openssl_that_backs_up_does_so_for_an_unknown_end_only() -> None:
    cross = make("Root", "Old")
    served = chain(leaf("Inter"), INTER, cross)
    expired_old = make("Old", ends=NOON - DAY)
    legacy = client(store(ROOT), "served_first_alt")
    assert reason(served, legacy) is Reason.OK
    assert reason(served, client(store(ROOT), "served_first")) is Reason.ISSUER_UNKNOWN
    legacy = client(store(ROOT, expired_old), "served_first_alt")
    assert reason(served, legacy) is Reason.EXPIRED


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_densely_meshed_chain_is_judged_in_time(builder: str) -> None:
    mesh = [
        make(
            "Mesh", "Mesh", held_by=f"m{number % 5}", signed_by=f"m{number % 4}", serial=number + 1
        )
        for number in range(150)
    ]
    served = chain(make(HOST, "Mesh", ca=False, hosts=(HOST,), signed_by="m4"), *mesh)
    began = perf_counter()
    seen = examine(served, host=HOST, at=NOON, profiles=[client(store(ROOT), builder)])
    assert perf_counter() - began < 5
    assert "finding.too_many_certificates" in {finding.code for finding in seen.findings}
    assert not seen.verdicts[0].ok


def test_a_search_that_gives_up_says_so() -> None:
    mesh = [make("Mesh", held_by=f"m{n}", signed_by=f"m{n}", serial=n + 1) for n in range(25)]
    served = chain(make(HOST, "Mesh", ca=False, hosts=(HOST,), signed_by="m24"), *mesh)
    seen = examine(served, host=HOST, at=NOON, profiles=[client(store(ROOT))])
    codes = {finding.code for finding in seen.findings}
    assert "finding.search_gave_up" not in codes
    many = [
        make("Mesh", held_by=f"m{n % 25}", signed_by=f"m{n % 24}", serial=n) for n in range(1, 99)
    ]
    served = chain(make(HOST, "Mesh", ca=False, hosts=(HOST,), signed_by="m1"), *many)
    seen = examine(served, host=HOST, at=NOON, profiles=[client(store(ROOT))])
    assert "finding.search_gave_up" in {finding.code for finding in seen.findings}


def test_a_look_is_examined_for_its_own_host() -> None:
    look = ProbeResult(HOST, 443, certificates=(leaf("Inter"), INTER))
    seen = examine(look, at=NOON, profiles=[client(store(ROOT))])
    assert seen.host == HOST
    assert [facts.name for facts in seen.chain] == [HOST, "Inter"]
    assert seen.verdicts[0].ok


def test_a_failed_look_gives_its_failure_and_no_verdicts() -> None:
    failure = ProbeFailure(Stage.DNS, "no_such_host")
    seen = examine(ProbeResult(HOST, 443, failure=failure), at=NOON, profiles=[client(store(ROOT))])
    assert (seen.failure, seen.verdicts, seen.findings) == (failure, (), ())


def test_verdicts_come_in_the_order_of_the_profiles_with_their_tiers() -> None:
    profiles = [client(store(ROOT), name="a"), client(store(ROOT), name="b", tier=Tier.LEGACY)]
    seen = examine(GOOD, host=HOST, at=NOON, profiles=profiles)
    assert [(v.profile, v.tier) for v in seen.verdicts] == [("a", "current"), ("b", "legacy")]
