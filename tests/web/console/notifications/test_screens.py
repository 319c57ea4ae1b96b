"""Screens of subscribers, rooms and deliveries, as staff use them."""

from datetime import timedelta
from typing import Any

import pytest
from lxml import html
from sqlmodel import select

from app.db.tables import AuditEntryRow, DeliveryRow, LaneRow, NoticeRow, SubscriberRow
from app.domain.notifications.states import DeliveryState
from app.domain.permissions import Role
from app.secret_keys import address_hashes
from app.usecases.context import SHELL
from app.usecases.notices import counters
from app.usecases.subscribers.addresses.suppressions import SuppressionReason
from app.usecases.subscribers.administration import count_by_day
from app.usecases.subscribers.availability import record_mail_setup
from app.usecases.subscribers.removal import remove
from app.web.metrics.exposition import format_families
from app.web.metrics.families import collect
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_delivery, make_incident, make_notice, make_subscriber

DEAD, SENT, WAITING = DeliveryState.DEAD, DeliveryState.SENT, DeliveryState.WAITING


def signed_in(installation: Installation, role: Role) -> Staff:
    person = staff(installation, role)
    person.headers["Accept-Language"] = "en"
    return person


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return signed_in(installation, Role.ADMIN)


def words(page: str) -> str:
    document: Any = html.document_fromstring(page)
    (main,) = document.xpath("//main")
    return " ".join(main.text_content().split())


def test_a_viewer_sees_no_address(installation: Installation, ada: Staff) -> None:
    with installation.writing(SHELL) as ctx:
        subscriber = make_subscriber(ctx)
        make_delivery(ctx, make_notice(ctx), subscriber, DEAD, code="refused")
        path = f"/console/subscribers/{subscriber.public_id}"
    viewer, editor = (signed_in(installation, role) for role in (Role.VIEWER, Role.EDITOR))
    page = viewer.get("/console/subscribers").text
    assert "E-mail Active English 1" in words(page)
    assert "example.net" not in page
    for address in ("/console/deliveries", path):
        assert viewer.get(address).status_code == 403
    for address in ("/console/subscribers", "/console/deliveries", path):
        page = editor.get(address).text
        assert "v•••@example.net" in page
        assert "vera@" not in page
    assert "vera@example.net" in ada.get(path).text


def test_a_search_finds_a_subscriber_or_a_suppressed_address(
    installation: Installation, ada: Staff
) -> None:
    with installation.writing(SHELL) as ctx:
        subscriber = make_subscriber(ctx).public_id
    path = "/console/subscribers"
    found = ada.send(f"{path}/search", {"address": "Vera@example.net"})
    assert found.headers["location"] == f"{path}/{subscriber}"
    assert "not suppressed" in ada.send(f"{path}/search", {"address": "no@example.net"}).text
    assert ada.confirm(f"{path}/{subscriber}/erase").status_code == 303
    gone = ada.send(f"{path}/search", {"address": "vera@example.net"})
    assert "Staff have erased the subscriber." in gone.text
    lifted = ada.send(f"{path}/suppressions/lift", {"address": "vera@example.net"})
    assert lifted.status_code == 303
    refused = ada.send(f"{path}/search", {"address": "no address"})
    assert refused.status_code == 422


def test_failed_deliveries_come_first_and_are_sent_again(
    installation: Installation, ada: Staff
) -> None:
    with installation.writing(SHELL) as ctx:
        notice = make_notice(ctx)
        notice.subject_kind = "incident"
        make_delivery(ctx, notice, make_subscriber(ctx), SENT)
        failed = make_subscriber(ctx, "gone@example.net")
        public_id = make_delivery(ctx, notice, failed, DEAD, code="refused").public_id
        notice_id = notice.public_id
    page = ada.get("/console/deliveries").text
    assert "gone@example.net" in page
    assert "vera@example.net" not in page
    everything = ada.get(f"/console/deliveries?state=all&notice={notice_id}").text
    assert "1 sent 0 on the way 1 failed" in words(everything)
    fields = {"notice": notice_id, "state": "dead"}
    asked = ada.send("/console/deliveries/repeat-all", fields)
    assert "once more: 1." in asked.text
    assert ada.confirm("/console/deliveries/repeat-all", fields).status_code == 303
    with installation.reading() as ctx:
        states = list(ctx.session.exec(select(DeliveryRow.state)))
        actions = set(ctx.session.exec(select(AuditEntryRow.action)))
    assert sorted(states) == ["dead", "sent", "waiting"]
    assert "delivery.repeat" in actions
    nothing = {"notice": notice_id, "state": "superseded"}
    assert ada.send("/console/deliveries/repeat-all", nothing).status_code == 422
    assert "refused" in ada.get(f"/console/deliveries/{public_id}").text


def test_an_incident_says_how_many_were_notified_and_how_fast(
    installation: Installation, ada: Staff
) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
        notice = ctx.session.exec(select(NoticeRow)).one()
        make_delivery(ctx, notice, make_subscriber(ctx), SENT)
        make_delivery(ctx, notice, make_subscriber(ctx, "b@example.net"), DEAD)
        make_delivery(ctx, notice, make_subscriber(ctx, "c@example.net"), WAITING)
    page = words(ada.get(f"/console/incidents/{incident}").text)
    assert "1 notified 1 on the way 1 failed" in page


def test_a_room_is_set_up_from_the_fields_of_its_channel(
    installation: Installation, ada: Staff
) -> None:
    form = {"name": "Billing", "language": "en", "values.url": "https://hooks.example.net/in"}
    made = ada.send("/console/rooms/new/webhook", form)
    assert made.status_code == 200
    assert "whsec_" in made.text
    with installation.reading() as ctx:
        room = ctx.session.exec(select(SubscriberRow)).one().public_id
    page = ada.get(f"/console/rooms/{room}").text
    assert "whsec_" not in page
    assert ada.send(f"/console/rooms/{room}/test").status_code == 303
    # An empty secret keeps the stored one, and a wrong value is reported beside its field.
    edited = {**form, "name": "Invoices", "values.url": ""}
    assert ada.send(f"/console/rooms/{room}/edit", edited).status_code in {303, 422}
    wrong = ada.send("/console/rooms/new/slack", {**form, "values.url": "not a url"})
    assert wrong.status_code == 422
    assert 'id="values.url-problem"' in wrong.text
    assert "hooks.slack.com" not in ada.get("/console/rooms").text


def test_trouble_of_a_channel_is_shown_and_mail_says_what_is_missing(
    installation: Installation, ada: Staff
) -> None:
    page = words(ada.get("/console/rooms").text)
    assert "Mail is not set up" in page
    off = {"is_enabled": "off"}
    assert ada.send("/console/rooms/channels/slack", off).status_code == 303
    assert "Slack Off" in words(ada.get("/console/rooms").text)
    refused = ada.send("/console/rooms/channels/slack", {"is_public": "on"})
    assert refused.status_code == 409


def test_metrics_count_by_channel_and_name_no_address(installation: Installation) -> None:
    with installation.writing(SHELL) as ctx:
        notice = make_notice(ctx)
        make_delivery(ctx, notice, make_subscriber(ctx), WAITING)
        make_delivery(ctx, notice, make_subscriber(ctx, "b@example.net"), SENT)
        counters.count_request(ctx, "confirm")
        ctx.session.add(
            LaneRow(
                name="webhook:hooks.example.net",
                failures=3,
                paused_until=ctx.now + timedelta(minutes=5),
            )
        )
        counters.count_delivery_seconds(ctx, [7.0])
        counters.count_bounce(ctx, "5.1.1")
        counters.count_complaint(ctx)
    installation.clock.forward(minutes=1)
    text = format_families(collect(installation.app))
    for line in (
        'fyr_subscribers{channel="email",state="active"} 2.0',
        'fyr_deliveries_total{channel="email",state="sent"} 1.0',
        'fyr_delivery_queue{channel="email",priority="1"} 1.0',
        'fyr_lane_paused{lane="webhook"} 1.0',
        "fyr_delivery_oldest_seconds 60.0",
        "fyr_fan_out_lag_seconds 60.0",
        'fyr_delivery_seconds_bucket{le="5"} 0.0',
        'fyr_delivery_seconds_bucket{le="10"} 1.0',
        'fyr_delivery_seconds_bucket{le="+Inf"} 1.0',
        "fyr_delivery_seconds_sum 7.0",
        "fyr_delivery_seconds_count 1.0",
        'fyr_bounces_total{class="5.1"} 1.0',
        "fyr_complaints_total 1.0",
        'fyr_subscribe_requests_total{outcome="confirm"} 1.0',
    ):
        assert line in text, line
    assert "example.net" not in text


def test_an_admin_switches_web_push_on_and_off_in_the_console(
    installation: Installation, ada: Staff
) -> None:
    path = "/console/rooms/channels/web_push"
    assert "push-key" not in installation.vera.get("/en/subscribe").text
    page: Any = html.document_fromstring(ada.get("/console/rooms").text)
    (button,) = page.xpath(f"//form[@action='{path}'][input/@name='is_enabled']")
    assert button.xpath("input/@value") == ["on"]
    assert ada.send(path, {"is_enabled": "on"}).status_code == 303
    offered: Any = html.document_fromstring(installation.vera.get("/en/subscribe").text)
    (key,) = offered.xpath("//*[@id='push']/@data-key")
    ada.send(path, {"is_enabled": "off"})
    assert 'id="push"' not in installation.vera.get("/en/subscribe").text
    ada.send(path, {"is_enabled": "on"})
    assert key in installation.vera.get("/en/subscribe").text


def test_the_screen_counts_confirmations_and_ends_by_day(
    installation: Installation, ada: Staff
) -> None:
    assert "last 14 days" not in ada.get("/console/subscribers").text
    with installation.writing(SHELL) as ctx:
        for number in range(3):
            make_subscriber(ctx, f"person{number}@example.net")
        make_subscriber(ctx, "old@example.net").confirmed_at = ctx.now - timedelta(days=14)
        early = make_subscriber(ctx, "early@example.net")
        early.confirmed_at = ctx.now - timedelta(days=13)
        hashes = address_hashes(installation.settings)
        remove(ctx, hashes, early, SuppressionReason.UNSUBSCRIBED)
    with installation.reading(SHELL) as ctx:
        newest, *_, oldest = count_by_day(ctx)
    assert (newest.confirmed, newest.ended) == (3, 1)
    assert (oldest.confirmed, oldest.ended) == (0, 0)
    assert "last 14 days" in ada.get("/console/subscribers").text


def test_an_admin_sets_the_address_for_replies_to_mails(
    installation: Installation, ada: Staff
) -> None:
    with installation.writing(SHELL) as ctx:
        record_mail_setup(ctx, is_set_up=True)
    path = "/console/rooms/channels/email"
    for wrong in ("help", "help@", "hilfe@bücher@x", "hjälp@example.com", "a@x.y\r\nBcc: b@x.y"):
        refused = ada.send(path, {"reply_to": wrong})
        assert refused.status_code == 422
        assert 'aria-invalid="true"' in refused.text
    assert ada.send(path, {"reply_to": " help@example.com "}).status_code == 303
    assert 'value="help@example.com"' in ada.get("/console/rooms").text
    editor = signed_in(installation, Role.EDITOR)
    assert "help@example.com" not in editor.get("/console/rooms").text
    assert editor.send(path, {"reply_to": ""}).status_code == 403
    assert ada.send(path, {"reply_to": ""}).status_code == 303
    assert "help@example.com" not in ada.get("/console/rooms").text
    with installation.reading() as ctx:
        entries = ctx.session.exec(
            select(AuditEntryRow).where(AuditEntryRow.action == "channel.edit")
        ).all()
        after = [(each.after or {})["reply_to"] for each in entries]
    assert after == ["help@example.com", ""]
