"""Messages to subscribers, previewed by staff before they publish."""

import json
from typing import Any

import httpx
import pytest
from lxml import html
from sqlmodel import func, select

from app.db.tables import IncidentRow, NoticeRow
from app.domain.permissions import Role
from app.usecases.page.logo import set_logo
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.subscribers.availability import record_mail_setup
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_maintenance, make_service, make_subscriber
from tests.pictures.samples import raster

TEXT = {"title:en": "Cards are refused", "body:en": "We look into <it>."}
NEW = {**TEXT, "status": "investigating", "notify": "on"}
PATH = "/console/incidents/new/preview"


@pytest.fixture
def ben(installation: Installation) -> Staff:
    with installation.writing() as ctx:
        record_mail_setup(ctx, is_set_up=True)
        edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
        make_service(ctx)
        make_subscriber(ctx, channel="webhook", language="ar")
    return staff(installation, Role.EDITOR)


def read(answer: httpx.Response) -> Any:  # noqa: ANN401  # lxml-stubs know too little of XPath
    return html.document_fromstring(answer.text)


def raw(answer: httpx.Response) -> list[str]:
    return [each.text_content() for each in read(answer).xpath("//pre")]


def test_staff_preview_the_messages_of_an_incident_in_every_language(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing() as ctx:
        logo = set_logo(ctx, raster("PNG", (240, 80))).path
    answer = ben.send(PATH, NEW)
    assert answer.status_code == 200
    document = read(answer)
    assert document.xpath("//details/summary/bdi/@lang") == ["en", "sv", "ar"]
    assert "1 webhook" in document.text_content()
    frames = document.xpath("//iframe")
    assert len(frames) == 3
    for frame in frames:
        assert frame.get("sandbox") == "", "no scripts, no forms, another origin"
        mail: Any = html.document_fromstring(frame.get("srcdoc"))
        policy = mail.xpath("//head/*[1]/@content")
        assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src *"]
        assert [each.get("src") for each in mail.iter("img")] == [logo]
        assert "We look into <it>." in " ".join(mail.text_content().split())
    assert "'unsafe-inline'" in answer.headers["content-security-policy"]
    for rule in ("script-src 'self';", "img-src 'self';"):
        assert rule in answer.headers["content-security-policy"]
    plain, chat, push, webhook, statuspage = raw(answer)[:5]
    assert "We look into <it>." in plain
    assert "Cards are refused" in chat
    assert json.loads(push)["lang"] == "en"
    assert json.loads(webhook)["type"] == "incident.opened"
    assert json.loads(statuspage)["incident"]["name"] == "Cards are refused"
    with installation.reading() as ctx:
        for table in (IncidentRow, NoticeRow):
            assert ctx.session.exec(select(func.count()).select_from(table)).one() == 0


def test_updates_postmortems_and_maintenances_are_previewed_too(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing() as ctx:
        incident, maintenance = make_incident(ctx).incident.id, make_maintenance(ctx).id
    window = {"starts_at": "2030-01-01T10:00", "ends_at": "2030-01-01T12:00", "repeats": ""}
    for path, form, event in (
        (f"incidents/{incident}/update", {"status": "resolved"}, "incident.resolved"),
        (f"maintenances/{maintenance}/update", {"status": "in_progress"}, "maintenance.started"),
        ("maintenances/new", {**window, "services": "payments"}, "maintenance.scheduled"),
    ):
        opened = read(ben.get(f"/console/{path}"))
        (action,) = opened.xpath("//button[@formtarget='_blank']/@formaction")
        assert action == f"/console/{path}/preview"
        seen = opened.xpath("//input[@name='seen']/@value")[0]
        answer = ben.send(action, {**TEXT, **form, "seen": seen, "notify": "on"})
        assert answer.status_code == 200, answer.text
        assert json.loads(raw(answer)[3])["type"] == event


def test_without_notifying_the_messages_are_shown_and_nobody_is_named(ben: Staff) -> None:
    quiet = {name: value for name, value in NEW.items() if name != "notify"}
    answer = ben.send(PATH, quiet)
    assert answer.status_code == 200
    assert "Nobody will be notified." in answer.text
    assert len(read(answer).xpath("//iframe")) == 3


def test_a_form_with_a_fault_is_shown_again_with_what_was_typed(ben: Staff) -> None:
    answer = ben.send(PATH, {**NEW, "title:en": ""})
    assert answer.status_code == 422
    document = read(answer)
    assert document.xpath("//form[@action='/console/incidents/new']")
    assert "We look into &lt;it&gt;." in answer.text


def test_a_draft_notifies_nobody_and_says_so(installation: Installation, ben: Staff) -> None:
    with installation.writing() as ctx:
        draft = make_incident(ctx, publish=False).incident.id
    answer = ben.send(f"/console/incidents/{draft}/update/preview", {**NEW, "status": "identified"})
    assert answer.status_code == 200
    assert "Nobody will be notified." in answer.text
