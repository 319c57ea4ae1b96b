"""Before publication, the composer shows who would be notified."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html
from sqlmodel import select

from app.db.tables import ChannelRow, NoticeRow
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.services.services import add_service
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import english, make_incident, make_maintenance, make_subscriber, update

OPEN = {
    "status": "investigating",
    "title:en": "Down",
    "title:sv": "Nere",
    "body:en": "We are looking into it.",
    "body:sv": "Vi letar efter felet.",
    "services:payments": "major_outage",
    "notify": "on",
}


@pytest.fixture
def ben(installation: Installation) -> Staff:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(languages=["en", "sv", "ar"], undo_seconds=0))
        add_service(ctx, "payments", english("Payments"))
    person = staff(installation, Role.EDITOR)
    person.headers["Accept-Language"] = "en"
    return person


def subscribe(installation: Installation, languages: Iterable[str], channel: str = "email") -> None:
    with installation.writing(SHELL) as ctx:
        if channel == "email":
            row = ChannelRow(
                kind=channel, is_enabled=True, is_public=True, options={}, changed_at=ctx.now
            )
            ctx.session.add(row)
        for number, tag in enumerate(languages):
            make_subscriber(ctx, f"{channel}{number}.example.net", channel=channel, language=tag)


def shown(page: str) -> list[str]:
    """The lines of the audience, as they are read."""
    document: Any = html.document_fromstring(page)
    return [
        " ".join(each.text_content().split()) for each in document.xpath("//*[@id='notified']//li")
    ]


def notified(page: str) -> str:
    document: Any = html.document_fromstring(page)
    (part,) = document.xpath("//*[@id='notified']")
    return " ".join(part.text_content().split())


def is_ticked(page: str) -> bool:
    document: Any = html.document_fromstring(page)
    return bool(document.xpath("//input[@name='notify' and @checked]"))


def notices(installation: Installation) -> list[str]:
    with installation.writing(SHELL) as ctx:
        return list(ctx.session.exec(select(NoticeRow.event)))


def test_the_preview_says_how_many_by_channel_and_language(
    installation: Installation, ben: Staff
) -> None:
    subscribe(installation, ["sv", "sv", "en", "ar"])
    subscribe(installation, ["en"], "webhook")
    subscribe(installation, ["en"], "slack")
    subscribe(installation, ["sv"], "teams")
    page = ben.send("/console/incidents/new", {**OPEN, "do": "preview"}).text
    assert shown(page) == [
        "4 by e-mail (Swedish 2 · Arabic 1: text in English · English 1)",
        "1 webhook (English 1)",
        "2 rooms (English 1 · Swedish 1)",
    ]


def test_nobody_is_said_plainly(installation: Installation, ben: Staff) -> None:
    subscribe(installation, [])
    page = ben.send("/console/incidents/new", {**OPEN, "do": "preview"}).text
    assert "Nobody will be notified." in notified(page)
    with installation.writing(SHELL) as ctx:
        make_subscriber(ctx)
    without = {name: value for name, value in OPEN.items() if name != "notify"}
    page = ben.send("/console/incidents/new", {**without, "do": "preview"}).text
    assert "Nobody will be notified." in notified(page)


def test_a_window_that_moves_notifies_although_its_text_stays(
    installation: Installation, ben: Staff
) -> None:
    subscribe(installation, ["en"])
    with installation.writing() as ctx:
        planned = make_maintenance(ctx)
    form = ben.get(f"/console/maintenances/{planned.id}/edit").text
    seen = re.search(r'name="seen" value="([^"]*)"', form)
    fields = {
        "title:en": "Database upgrade",
        "body:en": "It may be slow.",
        "services": "payments",
        "seen": seen[1] if seen else "",
        "starts_at": "2026-04-01T12:00",
        "ends_at": "2026-04-01T14:00",
        "do": "preview",
    }
    page = ben.send(f"/console/maintenances/{planned.id}/edit", fields).text
    assert shown(page) == ["1 by e-mail (English 1)"]


def back_dated(installation: Installation) -> tuple[str, dict[str, str | list[str]]]:
    """The form of an update of an incident, and an update with a time of more than a day ago."""
    subscribe(installation, ["en"])
    with installation.writing() as ctx:
        incident = make_incident(ctx, update()).incident.id
        zone = ZoneInfo("UTC")
        at = (ctx.now - timedelta(days=1, minutes=1)).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return f"/console/incidents/{incident}/update", {
        "status": "identified",
        "body:en": "A line was cut.",
        "posted_at": at,
        "confirm": ["moves_start_back", "started_long_ago", "stays_open"],
    }


def test_the_tick_goes_off_for_a_text_that_is_back_dated_more_than_a_day(
    installation: Installation, ben: Staff
) -> None:
    path, late = back_dated(installation)
    page = ben.send(path, {**late, "notify": "on", "do": "preview"}).text
    assert not is_ticked(page)
    assert 'name="backdated" value="yes"' in page


def test_a_back_dated_text_that_is_sent_without_a_preview_is_asked_about_once(
    installation: Installation, ben: Staff
) -> None:
    path, late = back_dated(installation)
    made = notices(installation)
    answer = ben.send(path, {**late, "notify": "on", "do": "publish"})
    assert answer.status_code == 422
    assert "more than a day ago" in answer.text
    assert not is_ticked(answer.text)
    assert ben.send(path, {**late, "backdated": "yes", "do": "publish"}).status_code == 303
    assert notices(installation) == made


def test_subscribers_are_notified_of_a_back_dated_text_on_request(
    installation: Installation, ben: Staff
) -> None:
    path, late = back_dated(installation)
    made = notices(installation)
    again = {**late, "backdated": "yes", "notify": "on", "do": "publish"}
    assert ben.send(path, again).status_code == 303
    assert notices(installation) == [*made, "incident.updated"]


def test_an_approver_reads_who_will_be_notified(installation: Installation, ben: Staff) -> None:
    subscribe(installation, ["en", "ar"])
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=300))
    waiting = ben.send("/console/incidents/new", {**OPEN, "do": "publish"})
    page: Any = html.document_fromstring(ben.get(waiting.headers["location"]).text)
    (part,) = page.find_class("notified")
    assert "2 by e-mail" in part.text_content()
