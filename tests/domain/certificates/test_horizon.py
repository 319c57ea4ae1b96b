"""Warning steps of breaks, and breaks that several client profiles share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.certificates.findings import CertificateFacts, Reason, Tier
from app.domain.certificates.horizon import (
    Break,
    BreakKind,
    Horizon,
    SharedBreak,
    due_warning,
    renewal_is_late,
    shared_breaks,
    warning_step,
    warning_steps,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate(days: int, *, ends: datetime = NOON, fingerprint: str = "ab12") -> CertificateFacts:
    """A certificate with a lifetime of `days`."""
    return CertificateFacts(
        fingerprint, "CN=Inter", "CN=Root", not_before=ends - days * DAY, not_after=ends
    )


def ending(
    at: datetime,
    kind: BreakKind = BreakKind.ROOT,
    blamed_certificate: CertificateFacts | None = None,
) -> Break:
    return Break(at, Reason.EXPIRED, kind, blamed_certificate)


def horizon(
    profile: str,
    next_: Break | None,
    lasting: Break | None = None,
    *,
    reason: Reason = Reason.OK,
) -> Horizon:
    return Horizon(profile, Tier.CURRENT, reason, next_, lasting)


@pytest.mark.parametrize(
    ("days", "step"), [(181, None), (180, 1), (91, 1), (90, 2), (20, 4), (1, 7), (-3, 7)]
)
def test_what_nobody_can_prevent_is_warned_of_in_steps_of_days(days: int, step: int | None) -> None:
    assert warning_step(ending(NOON + days * DAY), NOON) == step


@pytest.mark.parametrize(("days", "step"), [(31, None), (30, 1), (15, 2), (3, 4)])
def test_a_leaf_is_warned_of_by_parts_of_its_lifetime(days: int, step: int | None) -> None:
    ends = ending(NOON, BreakKind.LEAF, certificate(90))
    assert warning_step(ends, NOON - days * DAY) == step


@pytest.mark.parametrize(("days", "step"), [(4, None), (3, 6), (1, 7)])
def test_a_short_lived_intermediate_is_warned_of_once_a_third_of_its_lifetime_is_left(
    days: int, step: int | None
) -> None:
    ends = ending(NOON, BreakKind.INTERMEDIATE, certificate(10))
    assert warning_step(ends, NOON - days * DAY) == step


def test_a_leaf_of_unknown_lifetime_is_warned_of_in_steps_of_days() -> None:
    undated = replace(certificate(90), not_before=None)
    steps = warning_steps(ending(NOON, BreakKind.LEAF, undated))
    assert steps == warning_steps(ending(NOON))


def test_the_steps_of_a_break_in_the_first_year_of_the_calendar_start_with_the_calendar() -> None:
    # What a certificate with a nonsensical date leads to.
    steps = warning_steps(ending(datetime(1, 1, 20, tzinfo=UTC)))
    earliest = datetime(1, 1, 1, tzinfo=UTC)
    assert steps == (
        *(earliest,) * 4,
        datetime(1, 1, 6, tzinfo=UTC),
        datetime(1, 1, 13, tzinfo=UTC),
        datetime(1, 1, 19, tzinfo=UTC),
    )


@pytest.mark.parametrize(("left", "late"), [(31, False), (30, True), (0, True), (-5, True)])
def test_a_renewal_is_late_when_a_third_of_the_lifetime_is_left(left: int, *, late: bool) -> None:
    assert renewal_is_late(certificate(90), NOON - left * DAY) is late


def test_the_renewal_of_a_certificate_without_dates_is_never_late() -> None:
    assert not renewal_is_late(CertificateFacts("ab12", "", "", malformed=True), NOON)


@pytest.mark.parametrize(
    ("kind", "responsible"),
    [
        (BreakKind.LEAF, "owner"),
        (BreakKind.INTERMEDIATE, "authority"),
        (BreakKind.CROSS_SIGN, "nobody"),
        (BreakKind.ROOT, "nobody"),
        (BreakKind.PROGRAMME, "nobody"),
    ],
)
def test_a_leaf_is_renewed_by_its_owner_and_an_intermediate_by_its_authority(
    kind: BreakKind, responsible: str
) -> None:
    assert kind.responsible.value == responsible


def test_profiles_that_break_by_one_certificate_share_a_break_that_starts_with_the_first() -> None:
    root = certificate(3650)
    early, late = (
        ending(NOON + 5 * DAY, blamed_certificate=root),
        ending(NOON + 9 * DAY, blamed_certificate=root),
    )
    (shared,) = shared_breaks([horizon("new", late), horizon("old", early)], NOON)
    assert shared == SharedBreak(early, {"new": late.at, "old": early.at})


def test_shared_breaks_are_ordered_by_their_instant() -> None:
    breaks = [
        ending(NOON + days * DAY, blamed_certificate=certificate(90, fingerprint=str(days)))
        for days in (9, 2, 5)
    ]
    shared = shared_breaks([horizon(str(each.at), each) for each in breaks], NOON)
    assert [each.first.at - NOON for each in shared] == [2 * DAY, 5 * DAY, 9 * DAY]


def test_a_profile_that_fails_already_has_no_future_break() -> None:
    now = horizon("old", ending(NOON), ending(NOON), reason=Reason.EXPIRED)
    assert shared_breaks([now], NOON) == ()


def test_a_profile_that_never_breaks_has_no_future_break() -> None:
    assert shared_breaks([horizon("new", None)], NOON) == ()


def test_a_profile_has_a_break_of_the_leaf_and_one_that_renewing_it_does_not_cure() -> None:
    leaf = ending(NOON + 30 * DAY, BreakKind.LEAF, certificate(90, fingerprint="leaf"))
    root = ending(NOON + 300 * DAY, BreakKind.ROOT, certificate(3650, fingerprint="root"))
    shared = shared_breaks([horizon("new", leaf, root)], NOON)
    assert [each.key for each in shared] == ["leaf:leaf", "root:root"]


def test_a_break_that_the_next_leaf_would_have_at_once_is_dated_to_the_end_of_this_one() -> None:
    leaf = ending(NOON + 30 * DAY, BreakKind.LEAF, certificate(90))
    distrusted = Break(NOON, Reason.DISTRUSTED, BreakKind.PROGRAMME)
    shared = shared_breaks([horizon("new", leaf, distrusted)], NOON)
    assert {each.key: each.first.at for each in shared} == {
        "leaf:ab12": leaf.at,
        "programme:distrusted": leaf.at,
    }


def test_a_profile_whose_two_breaks_share_a_blamed_certificate_breaks_at_the_earlier_one() -> None:
    root = certificate(3650)
    soon, later = (
        ending(NOON + 5 * DAY, blamed_certificate=root),
        ending(NOON + 9 * DAY, blamed_certificate=root),
    )
    (shared,) = shared_breaks([horizon("new", later, soon)], NOON)
    assert shared.profiles == {"new": soon.at}


@pytest.mark.parametrize(("days", "step"), [(31, None), (30, 4), (14, 5)])
def test_the_end_of_an_intermediate_is_warned_of_in_the_last_month_only(
    days: int, step: int | None
) -> None:
    ends = ending(NOON + days * DAY, BreakKind.INTERMEDIATE, certificate(3650))
    assert due_warning(SharedBreak(ends, {}), NOON) == step


def test_the_end_of_a_root_is_warned_of_half_a_year_ahead() -> None:
    assert due_warning(SharedBreak(ending(NOON + 180 * DAY), {}), NOON) == 1
