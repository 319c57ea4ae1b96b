"""How many subscribers were notified of an update, where the page shows it to visitors."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from app.db.tables import AuditEntryRow
from app.domain.maintenances.occurrences import parse_occurrence_id
from app.domain.notifications.notified import NotifiedCount
from app.i18n.catalogues.catalogs import translations
from app.i18n.localization import Locale
from app.rendering.text.notified import notified_sentence
from app.usecases.incidents.lifecycle import post_update
from app.usecases.outbox.completion import complete_notices, has_completed
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation
from tests.factories import make_incident, make_maintenance, make_service, update
from tests.subscribing import Subscribing
from tests.usecases.outbox.ledger import fan_out_all
from tests.usecases.outbox.sending import Hand
from tests.web.public.submitting import installation_of

ADDRESSES = ("vera@example.net", "sven@example.net")
SHOWN = "2 subscribers were notified"


def look(installation: Installation) -> None:
    """What the worker does from time to time."""
    with installation.writing() as ctx:
        complete_notices(ctx)
    with installation.reading() as ctx:
        assert not has_completed(ctx)


def notified(installation: Installation, path: str) -> list[bool]:
    """Whether the HTML page and its Markdown say it."""
    answers = [installation.vera.get(f"/en{path}{suffix}") for suffix in ("", ".md")]
    assert [each.status_code for each in answers] == [200, 200]
    return [SHOWN in each.text for each in answers]


@pytest.fixture
def own_page(on_each_database: Subscribing) -> Installation:
    installation = installation_of(on_each_database)
    for address in ADDRESSES:
        on_each_database.subscribe(address)
    with installation.writing() as ctx:
        make_service(ctx)
    return installation


def test_the_number_is_shown_once_the_audience_is_done_and_the_page_shows_it(
    own_page: Installation,
) -> None:
    with own_page.writing() as ctx:
        incident = make_incident(ctx).incident.id
    path, api = f"/incidents/{incident}", f"/api/v1/incidents/{incident}"
    hand = Hand(own_page)
    hand.send(hand.claim())  # the mails to confirm
    fan_out_all(own_page)
    one, two = hand.claim()
    hand.send([one])
    with own_page.writing() as ctx:
        edit_page(ctx, PageChange(show_notified=True))
    look(own_page)
    assert notified(own_page, path) == [False, False], "one is on the way"
    hand.send([two])
    look(own_page)
    assert notified(own_page, path) == [True, True]
    (posted,) = own_page.cy.get(api).json()["updates"]
    assert posted["notified"]["count"] == 2
    assert posted["notified"]["first_sent_at"] <= posted["notified"]["last_sent_at"]
    assert "notified" not in own_page.vera.get("/en/feed.atom").text
    with own_page.writing() as ctx:
        edit_page(ctx, PageChange(show_notified=False))
    assert notified(own_page, path) == [False, False]
    assert own_page.cy.get(api).json()["updates"][0]["notified"] is None


def test_each_update_has_its_own_number_and_one_that_reached_nobody_has_none(
    own_page: Installation,
) -> None:
    with own_page.writing() as ctx:
        edit_page(ctx, PageChange(show_notified=True))
        incident = make_incident(ctx).incident.id
    hand = Hand(own_page)
    fan_out_all(own_page)
    hand.send(hand.claim())
    with own_page.writing() as ctx:
        post_update(ctx, incident, replace(update(body="Nobody hears this."), notify=False))
    look(own_page)
    newest, oldest = own_page.cy.get(f"/api/v1/incidents/{incident}").json()["updates"]
    assert newest["notified"] is None
    assert oldest["notified"]["count"] == 2


def test_the_plan_of_a_maintenance_has_its_number(own_page: Installation) -> None:
    with own_page.writing() as ctx:
        edit_page(ctx, PageChange(show_notified=True))
        made = make_maintenance(ctx, recurrence="FREQ=DAILY;COUNT=3")
    fan_out_all(own_page)
    hand = Hand(own_page)
    hand.send(hand.claim())
    look(own_page)
    window = made.maintenance
    assert notified(own_page, window.path) == [True, True]
    assert parse_occurrence_id(window.path.rpartition("/")[2]) is not None
    found = own_page.cy.get(f"/api/v1/maintenances/{made.id}").json()
    assert found["notified"]["count"] == 2


def test_the_setting_is_off_at_first_and_its_change_is_audited(
    own_installation: Installation,
) -> None:
    assert own_installation.cy.get("/api/v1/page").json()["show_notified"] is False
    own_installation.sign_in_ada()
    changed = own_installation.ada.patch("/api/v1/page", {"show_notified": True})
    assert changed.json()["show_notified"] is True
    assert own_installation.ben.patch("/api/v1/page", {"show_notified": False}).status_code == 403
    with own_installation.reading() as ctx:
        entry = ctx.session.exec(
            select(AuditEntryRow).where(AuditEntryRow.action == "page.edit")
        ).one()
        assert entry.after == {"show_notified": True}


@pytest.mark.parametrize("tag", ["en", "sv", "ar"])
def test_the_sentence_names_one_time_when_all_were_notified_in_one_minute(tag: str) -> None:
    first = datetime(2026, 11, 23, 10, 2, 5, tzinfo=UTC)
    locale = Locale(tag, "en", ZoneInfo("UTC"), translations(tag))
    within = notified_sentence(NotifiedCount(1, first, first + timedelta(seconds=40)), locale)
    longer = notified_sentence(NotifiedCount(3412, first, first + timedelta(minutes=4)), locale)
    assert "–" not in within
    if tag == "en":
        assert within == "1 subscriber was notified: Nov 23, 2026, 10:02\u202fAM UTC"
        assert longer.startswith("3,412 subscribers were notified: Nov 23, 2026, 10:02")
    assert "%(" not in within + longer
