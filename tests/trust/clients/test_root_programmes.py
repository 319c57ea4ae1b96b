"""Dates that the makers of clients set, and what holds for a leaf that is renewed."""

from datetime import datetime, timedelta

import pytest

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import Profile
from app.trust.clients.root_programmes import Programme
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.judge import judge
from app.trust.paths import BUILDERS
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.client_profiles import client
from tests.trust.paths.test_rules import verdict_of

ROOT, INTER = make("Root"), make("Inter", "Root")
DAY = timedelta(days=1)


def programme(**dates: dict[str, int]) -> Programme:
    return Programme("test", dates.get("issued_until", {}), dates.get("removed", {}))


def second(instant: datetime) -> int:
    return int(instant.timestamp())


@pytest.mark.parametrize("builder", BUILDERS)
def test_new_leaves_under_a_distrusted_root_are_refused(builder: str) -> None:
    day = second(NOON - 31 * DAY)
    verdict = verdict_of(
        leaf("Inter"),
        INTER,
        builder=builder,
        rules={"programme": programme(issued_until={"Root": day})},
    )
    assert verdict.reason is Reason.DISTRUSTED
    assert verdict.blamed_certificate is not None
    assert verdict.blamed_certificate.name == "Root"
    later = programme(issued_until={"Root": second(NOON - 30 * DAY)})
    assert verdict_of(leaf("Inter"), INTER, builder=builder, rules={"programme": later}).ok


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_day_a_root_is_removed_is_the_horizon(builder: str) -> None:
    leaving = programme(removed={"Root": second(NOON + 5 * DAY)})
    verdict = verdict_of(leaf("Inter"), INTER, builder=builder, rules={"programme": leaving})
    assert verdict.ok
    assert verdict.until == NOON + 5 * DAY
    assert verdict.until_reason is Reason.DISTRUSTED


def test_a_day_that_had_passed_when_the_store_came_out_was_moved() -> None:
    gone = programme(removed={"Root": second(NOON - 5 * DAY)})
    fresh = Store("fresh", store(ROOT).anchors, published=second(NOON - 2 * DAY))
    assert not verdict_of(leaf("Inter"), INTER, rules={"programme": gone}).ok
    assert verdict_of(leaf("Inter"), INTER, roots=fresh, rules={"programme": gone}).ok


@pytest.mark.parametrize("builder", BUILDERS)
def test_renewal_does_not_cure_what_ends_above_the_leaf(builder: str) -> None:
    inter = make("Inter", "Root", ends=NOON + 80 * DAY)
    served, profile = chain(leaf("Inter"), inter), client(store(ROOT), builder)
    usual = judge(served, host=HOST, at=NOON, profile=profile)
    lasting = judge(served, host=HOST, at=NOON, profile=profile, renewed=True)
    late = judge(served, host=HOST, at=NOON + 70 * DAY, profile=profile, renewed=True)
    edge = timedelta(seconds=1) if builder == "any_path" else timedelta(0)
    assert usual.until == NOON + 60 * DAY + edge
    assert lasting.until == late.until == NOON + 80 * DAY + edge
    assert lasting.until_blamed_certificate is not None
    assert lasting.until_blamed_certificate.name == "Inter"


def test_a_renewed_leaf_meets_the_rules_for_new_ones() -> None:
    closing = programme(issued_until={"Root": second(NOON - 10 * DAY)})
    profile = Profile("p", {}, "any_path", store(ROOT), Tolerances(programme=closing))
    served = chain(leaf("Inter"), INTER)
    assert judge(served, host=HOST, at=NOON, profile=profile).ok
    renewed = judge(served, host=HOST, at=NOON, profile=profile, renewed=True)
    assert renewed.reason is Reason.DISTRUSTED
