"""Publish modes and maintenance: when what automation opens is shown."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.domain.errors import InvalidError, NotFoundError
from app.domain.ownership import Owner
from app.domain.phrases import Phrased
from app.domain.statuses import IncidentStatus
from app.usecases.alerts.publish_modes import PublishMode, parse_publish_mode
from app.usecases.context import Ctx
from app.usecases.incidents import lifecycle
from app.usecases.maintenances.lifecycle import NewMaintenance, plan_maintenance
from app.usecases.public import pages
from tests.factories import english, update
from tests.usecases.alerts.automation import Watchpost, expired_for_older_clients, fine, watchpost

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def post(sqlite_url: str) -> Iterator[Watchpost]:
    with watchpost(sqlite_url) as opened:
        yield opened


def shown(post: Watchpost) -> list[str]:
    with post.database.reading() as ctx:
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


def test_a_draft_is_seen_by_staff_alone(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="draft")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=30, step=60)
    drafted = post.incident()
    assert drafted.published_at is None
    assert shown(post) == []
    with post.database.reading() as ctx, pytest.raises(NotFoundError):
        pages.incident(ctx, drafted.incident.id)


def test_a_draft_leaves_no_trace_on_the_services(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="draft")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    with post.database.reading() as ctx:
        assert pages.service(ctx, "payments").service.status == "operational"


def test_a_draft_is_forgotten_when_it_is_over(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="draft")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    post.serve(fine)
    post.let_pass(minutes=8, step=60)
    assert post.incidents() == []


def test_a_draft_that_staff_release_stays_with_automation(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="draft")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    drafted = post.incident().incident.id
    post.ask(lambda ctx: lifecycle.publish(ctx, drafted))
    assert shown(post) == [drafted]
    post.serve(fine)
    post.let_pass(minutes=8, step=60)
    assert post.story() == [IDENTIFIED, MONITORING, RESOLVED]


def test_auto_after_shows_it_when_the_time_has_come(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="auto_after:10")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=10, step=60)
    assert shown(post) == []
    post.let_pass(minutes=3, step=60)
    assert shown(post) == [post.incident().incident.id]
    assert post.incident().owner is Owner.AUTOMATION


def test_auto_after_shows_nothing_that_is_over_by_then(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="auto_after:10")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    post.serve(fine)
    post.let_pass(minutes=12, step=60)
    assert post.incidents() == []


def test_auto_after_shows_nothing_that_staff_deleted(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="auto_after:10")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    post.ask(lambda ctx: lifecycle.delete_incident(ctx, post.incident().incident.id))
    post.let_pass(minutes=12, step=60)
    assert shown(post) == []


def test_auto_after_shows_nothing_that_is_in_staffs_hands(post: Watchpost) -> None:
    post.watch("pay.example", "payments", publish="auto_after:10")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    drafted = post.incident().incident.id
    post.ask(lambda ctx: lifecycle.post_update(ctx, drafted, update(IDENTIFIED)))
    post.let_pass(minutes=12, step=60)
    assert post.incident().published_at is None


def maintain(
    post: Watchpost, *slugs: str, minutes: float = 20, recurrence: str | None = None
) -> None:
    """Plan a window on these services that begins now."""

    def plan(ctx: Ctx) -> None:
        title, body = english("Upgrade"), english("It may be slow.")
        ends_at = ctx.now + timedelta(minutes=minutes)
        new = NewMaintenance(title, body, slugs, ctx.now, ends_at, recurrence=recurrence)
        plan_maintenance(ctx, new)

    post.ask(plan)


def test_what_fails_in_a_maintenance_opens_at_its_end(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    maintain(post, "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=20, step=60)
    assert post.incidents() == []
    post.let_pass(minutes=1)
    assert post.story() == [IDENTIFIED]


def test_every_window_of_a_rule_holds_back_what_fails_in_it(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    maintain(post, "payments", recurrence="FREQ=DAILY")
    post.let_pass(minutes=24 * 60, step=720 * 60)
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=19, step=60)
    assert post.incidents() == []
    post.let_pass(minutes=2)
    assert post.story() == [IDENTIFIED]


def test_what_is_over_before_the_maintenance_ends_opens_nothing(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    maintain(post, "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=5)
    post.serve(fine)
    post.let_pass(minutes=20, step=60)
    assert post.incidents() == []


def test_only_the_services_in_the_window_are_suppressed(post: Watchpost) -> None:
    post.watch("pay.example", "payments", "web")
    maintain(post, "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    assert [each.slug for each in post.incident().incident.services] == ["web"]
    post.let_pass(minutes=20, step=60)
    named = {each.slug for each in post.incident().incident.services}
    assert named == {"web", "payments"}


def test_the_incident_speaks_of_the_target_that_is_not_under_maintenance(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    post.watch("www.example", "web")
    maintain(post, "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    (first,) = post.incident().incident.updates
    assert isinstance(first.body, Phrased)
    assert first.body.phrases[0].params["host"] == "www.example"


def test_a_recovery_counts_in_a_maintenance(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    maintain(post, "payments", minutes=60)
    post.serve(fine)
    post.let_pass(minutes=8, step=60)
    assert post.story() == [IDENTIFIED, MONITORING, RESOLVED]
