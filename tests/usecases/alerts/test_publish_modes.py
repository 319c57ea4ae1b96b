"""Publish modes and maintenance: when what automation opens is shown."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from app.domain.errors import InvalidError, NotFoundError
from app.domain.ownership import Owner
from app.domain.statuses import Impact, IncidentStatus
from app.domain.texts.phrases import Phrased
from app.usecases.alerts.publish_modes import PublishMode, parse_publish_mode
from app.usecases.context import Ctx
from app.usecases.incidents import lifecycle
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit, edit_incident, edit_update
from app.usecases.maintenances.lifecycle import NewMaintenance, plan_maintenance
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import pages
from tests.factories import english, update
from tests.usecases.alerts.probing import (
    ProbeDriver,
    expired_for_older_clients,
    fine,
    open_probe_driver,
)

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def probing(sqlite_url: str) -> Iterator[ProbeDriver]:
    with open_probe_driver(sqlite_url) as opened:
        yield opened


def shown(probing: ProbeDriver) -> list[str]:
    with probing.database.reading() as ctx:
        return [each.id for each in pages.overview(ctx).open_incidents]


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("auto", PublishMode(at_once=True)),
        ("draft", PublishMode(at_once=False)),
        ("auto_after:15", PublishMode(at_once=False, after=timedelta(minutes=15))),
    ],
)
def test_a_mode_is_known_by_its_name(text: str, mode: PublishMode) -> None:
    assert parse_publish_mode(text) == mode


@pytest.mark.parametrize("text", ["", "AUTO", "auto_after:", "auto_after:0", "auto_after:x", "١"])
def test_any_other_mode_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="auto_after:MINUTES"):
        parse_publish_mode(text)


def test_a_draft_is_seen_by_staff_alone(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="draft")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=30, step=300)
    drafted = probing.incident()
    assert drafted.published_at is None
    assert shown(probing) == []
    with probing.database.reading() as ctx, pytest.raises(NotFoundError):
        pages.incident(ctx, drafted.incident.id)


def test_a_draft_leaves_no_trace_on_the_services(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="draft")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    with probing.database.reading() as ctx:
        assert pages.service(ctx, "payments").service.status == "operational"


def test_a_draft_is_forgotten_when_it_is_over(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="draft")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    probing.serve(fine)
    probing.let_pass(minutes=8, step=60)
    assert probing.incidents() == []


def test_a_draft_that_staff_release_stays_with_automation(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="draft")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    drafted = probing.incident().incident.id
    probing.as_ada(lambda ctx: lifecycle.publish(ctx, drafted))
    assert shown(probing) == [drafted]
    probing.serve(fine)
    probing.let_pass(minutes=8, step=60)
    assert probing.status_history() == [IDENTIFIED, MONITORING, RESOLVED]


def test_auto_after_shows_it_when_the_time_has_come(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="auto_after:10")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=10, step=60)
    assert shown(probing) == []
    probing.let_pass(minutes=3, step=60)
    assert shown(probing) == [probing.incident().incident.id]
    assert probing.incident().owner is Owner.AUTOMATION


def test_auto_after_shows_nothing_that_is_over_by_then(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="auto_after:10")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    probing.serve(fine)
    probing.let_pass(minutes=12, step=60)
    assert probing.incidents() == []


def test_auto_after_shows_nothing_that_staff_deleted(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="auto_after:10")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    probing.as_ada(lambda ctx: lifecycle.delete_incident(ctx, probing.incident().incident.id))
    probing.let_pass(minutes=12, step=60)
    assert shown(probing) == []


def test_auto_after_shows_nothing_that_is_in_staffs_hands(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", publish="auto_after:10")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    drafted = probing.incident().incident.id
    probing.as_ada(lambda ctx: lifecycle.post_update(ctx, drafted, update(IDENTIFIED)))
    probing.let_pass(minutes=12, step=60)
    assert probing.incident().published_at is None


def drafted_for_later(probing: ProbeDriver) -> str:
    """A draft of automation that the clock publishes in a few minutes."""
    probing.add_target("pay.example", "payments", publish="auto_after:10")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    assert probing.incident().publish_at is not None
    return probing.incident().incident.id


def _first_update(ctx: Ctx, incident: str) -> str:
    return lifecycle.get_incident(ctx, incident).incident.updates[0].id


CHANGES_BY_STAFF: dict[str, Callable[[Ctx, str], object]] = {
    "title": lambda ctx, it: edit_incident(ctx, it, IncidentEdit(title=english("Mine"))),
    "impact": lambda ctx, it: edit_incident(ctx, it, IncidentEdit(impact=Impact.CRITICAL)),
    "start": lambda ctx, it: edit_incident(
        ctx, it, IncidentEdit(started_at=ctx.now - timedelta(hours=1))
    ),
    "update": lambda ctx, it: lifecycle.post_update(ctx, it, update(IDENTIFIED)),
    "edited update": lambda ctx, it: edit_update(
        ctx, it, _first_update(ctx, it), UpdateEdit(english("Mine"))
    ),
    "ownership": lifecycle.take_over,
}


@pytest.mark.parametrize("change", CHANGES_BY_STAFF)
def test_any_change_by_a_person_stops_the_clock_also_after_handing_back(
    probing: ProbeDriver, change: str
) -> None:
    drafted = drafted_for_later(probing)
    probing.as_ada(lambda ctx: CHANGES_BY_STAFF[change](ctx, drafted))
    assert probing.incident().publish_at is None
    probing.as_ada(lambda ctx: lifecycle.hand_back(ctx, drafted))
    probing.let_pass(minutes=20, step=300)
    assert shown(probing) == []
    probing.as_ada(lambda ctx: lifecycle.publish(ctx, drafted))
    assert shown(probing) == [drafted]


def test_the_clock_publishes_no_text_of_a_person_that_an_earlier_release_left_to_it(
    probing: ProbeDriver,
) -> None:
    drafted = drafted_for_later(probing)

    def rewrite(ctx: Ctx) -> None:
        edit_incident(ctx, drafted, IncidentEdit(title=english("Mine")))
        row = lifecycle.required_incident(ctx, drafted)
        row.owner, row.publish_at = Owner.AUTOMATION.value, ctx.now

    probing.as_ada(rewrite)
    probing.let_pass(minutes=20, step=300)
    assert (probing.incident().publish_at, shown(probing)) == (None, [])


def test_the_clock_publishes_nothing_once_automation_needs_an_approval(
    probing: ProbeDriver,
) -> None:
    drafted_for_later(probing)
    change = PageChange(four_eyes=True, four_eyes_automation=True)
    probing.as_ada(lambda ctx: edit_page(ctx, change))
    probing.let_pass(minutes=20, step=300)
    assert shown(probing) == []


def maintain(
    probing: ProbeDriver, *slugs: str, minutes: float = 20, recurrence: str | None = None
) -> None:
    """Plan a window on these services that begins now."""

    def plan(ctx: Ctx) -> None:
        title, body = english("Upgrade"), english("It may be slow.")
        ends_at = ctx.now + timedelta(minutes=minutes)
        new = NewMaintenance(title, body, slugs, ctx.now, ends_at, recurrence=recurrence)
        plan_maintenance(ctx, new)

    probing.as_ada(plan)


def test_what_fails_in_a_maintenance_opens_at_its_end(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    maintain(probing, "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=20, step=300)
    assert probing.incidents() == []
    probing.let_pass(minutes=1)
    assert probing.status_history() == [IDENTIFIED]


def test_every_window_of_a_rule_holds_back_what_fails_in_it(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    maintain(probing, "payments", recurrence="FREQ=DAILY")
    probing.let_pass(minutes=24 * 60, step=720 * 60)
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=19, step=60)
    assert probing.incidents() == []
    probing.let_pass(minutes=2)
    assert probing.status_history() == [IDENTIFIED]


def test_what_is_over_before_the_maintenance_ends_opens_nothing(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    maintain(probing, "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=5)
    probing.serve(fine)
    probing.let_pass(minutes=20, step=300)
    assert probing.incidents() == []


def test_only_the_services_in_the_window_are_suppressed(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", "web")
    maintain(probing, "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    assert [each.slug for each in probing.incident().incident.services] == ["web"]
    probing.let_pass(minutes=20, step=60)
    named = {each.slug for each in probing.incident().incident.services}
    assert named == {"web", "payments"}


def test_the_incident_is_about_the_target_that_is_not_under_maintenance(
    probing: ProbeDriver,
) -> None:
    probing.add_target("pay.example", "payments")
    probing.add_target("www.example", "web")
    maintain(probing, "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    (first,) = probing.incident().incident.updates
    assert isinstance(first.body, Phrased)
    assert first.body.phrases[0].params["host"] == "www.example"


def test_a_recovery_counts_in_a_maintenance(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    maintain(probing, "payments", minutes=60)
    probing.serve(fine)
    probing.let_pass(minutes=8, step=60)
    assert probing.status_history() == [IDENTIFIED, MONITORING, RESOLVED]
