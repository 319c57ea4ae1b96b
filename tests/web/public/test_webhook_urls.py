"""Webhooks whose URL changes: the challenge, the secret that stays, and what waits."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from standardwebhooks import Webhook

from app.db.tables import SubscriberRow
from app.domain.notifications.states import StopReason, SubscriberState
from app.ports.channel import WEBHOOK, FailureScope, SendError
from tests.factories import make_incident
from tests.subscribing import Subscribing
from tests.web.public.submitting import read
from tests.web.public.webhook_page import URL, Page, publish, secret_in

NEW_URL = "https://new.example.net/in?token=do-not-show-me-either"
HOUR = timedelta(hours=1)


@pytest.fixture
def page(on_each_database: Subscribing, tmp_path: Path) -> Page:
    with on_each_database.backend.writing() as ctx:
        publish(ctx)
    return Page(on_each_database, tmp_path)


def test_its_owner_changes_the_url_which_is_used_once_it_is_confirmed(page: Page) -> None:
    first = secret_in(page.submit(contact="vera@example.net"))
    page.work()
    before, manage = page.row(), page.link("manage")
    (field_of_url,) = read(page.installation.vera.get(manage)).xpath("//input[@name='url']/@value")
    assert field_of_url == ""
    asked = page.installation.vera.post(manage, data={"action": "url", "url": NEW_URL})
    assert asked.status_code == 200
    assert "new.example.net" in asked.text
    assert "do-not-show-me" not in asked.text
    assert 'class="secret"' not in asked.text
    page.program.answers_challenge = False
    page.work()
    assert [each[0] for each in page.program.got] == [URL, NEW_URL]
    with page.installation.writing() as ctx:
        make_incident(ctx)
    page.work()
    assert page.program.got[-1][0] == URL, "the present URL stays until the new one is confirmed"
    page.program.got.pop()
    confirmed = page.installation.vera.post(page.link("confirm"))
    new_manage = confirmed.headers["location"].partition("?")[0]
    after = page.row()
    assert before is not None
    assert after is not None
    assert (after.public_id, after.address, after.state) == (
        before.public_id,
        "new.example.net",
        "active",
    )
    with page.installation.writing() as ctx:
        make_incident(ctx)
    page.work()
    url, headers, content = page.program.got[-1]
    assert url == NEW_URL
    Webhook(first).verify(content.decode(), dict(headers))
    assert page.installation.vera.get(manage).status_code == 410, "the former links stop working"
    data = page.installation.vera.get(f"{new_manage}/data.json").json()
    assert (data["url"], data["contact"]) == (NEW_URL, "vera@example.net")


def test_a_webhook_that_was_stopped_because_its_url_does_not_work_gets_a_new_one(
    page: Page,
) -> None:
    page.submit()
    page.work()
    manage = page.link("manage")
    with page.installation.writing() as ctx:
        row = ctx.session.exec(select(SubscriberRow).where(SubscriberRow.channel == WEBHOOK)).one()
        row.state, row.stop_reason = SubscriberState.STOPPED.value, StopReason.GONE.value
        row.stopped_at = ctx.now
    page.installation.vera.post(manage, data={"action": "url", "url": NEW_URL})
    page.work()
    after = page.row()
    assert after is not None
    assert (after.address, after.state, after.stop_reason) == ("new.example.net", "active", None)
    assert after.confirmed_via == "endpoint"


def test_what_waits_for_a_host_that_is_gone_goes_to_the_new_one(page: Page) -> None:
    page.submit()
    page.work()
    manage = page.link("manage")
    with page.installation.writing() as ctx:
        make_incident(ctx)
    page.program.error = SendError("connection_refused", scope=FailureScope.LANE)
    page.work()
    page.program.error = None
    page.installation.vera.post(manage, data={"action": "url", "url": NEW_URL})
    page.work()
    page.work()
    assert page.program.got[-1][0] == NEW_URL
    assert page.program.documents()[-1]["type"] == "incident.opened"


@pytest.mark.parametrize(
    ("url", "code"),
    [("", 422), ("ftp://example.net/", 422), ("https://example.net/#part", 422)],
)
def test_a_new_url_that_cannot_be_used_is_refused_beside_its_field(
    own: Subscribing, tmp_path: Path, url: str, code: int
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    page.submit()
    page.work()
    answer = page.installation.vera.post(page.link("manage"), data={"action": "url", "url": url})
    assert answer.status_code == code
    assert read(answer).xpath("//*[@id='error-url']")
    (shown,) = read(answer).xpath("//input[@name='url']/@value")
    assert shown == url


def test_the_present_url_again_and_one_of_somebody_else_change_nothing(
    own: Subscribing, tmp_path: Path
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    first = secret_in(page.submit())
    page.work()
    manage = page.link("manage")
    page.installation.clock.now += HOUR
    page.submit(NEW_URL)
    page.work()
    page.installation.clock.now += HOUR
    for url in (URL, NEW_URL):
        page.installation.vera.post(manage, data={"action": "url", "url": url})
    page.work()
    assert [each["type"] for each in page.program.documents()[-2:]] == ["subscription.known"] * 2
    row = page.row()
    assert row is not None
    assert row.address == "hooks.example.net"
    Webhook(first).verify(page.program.got[0][2].decode(), dict(page.program.got[0][1]))


def test_a_url_that_was_confirmed_before_keeps_its_own_secret(
    own: Subscribing, tmp_path: Path
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    page.submit()
    page.work()
    manage = page.link("manage")
    theirs = secret_in(page.submit(NEW_URL))
    page.work()
    with page.installation.writing() as ctx:
        row = ctx.session.exec(
            select(SubscriberRow).where(SubscriberRow.address == "new.example.net")
        ).one()
        row.state, row.stop_reason = SubscriberState.STOPPED.value, StopReason.FAILING.value
        row.stopped_at = ctx.now
    page.installation.clock.now += HOUR
    page.installation.vera.post(manage, data={"action": "url", "url": NEW_URL})
    page.work()
    with page.installation.writing() as ctx:
        make_incident(ctx)
    page.work()
    url, headers, content = page.program.got[-1]
    assert url == NEW_URL
    Webhook(theirs).verify(content.decode(), dict(headers))


def test_the_url_is_in_no_log_when_it_changes(
    own: Subscribing, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    with caplog.at_level("DEBUG", logger="fyr"):
        page.submit()
        page.work()
        manage = page.link("manage")
        page.installation.vera.post(manage, data={"action": "url", "url": NEW_URL})
        page.work()
        page.installation.vera.get(page.link("manage") + "/data.json")
    assert "do-not-show-me" not in caplog.text


def test_admins_change_the_url_of_a_webhook_by_api(own: Subscribing, tmp_path: Path) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    page.submit()
    page.work()
    row = page.row()
    assert row is not None
    page.installation.sign_in_ada()
    path = f"/api/v1/subscribers/{row.public_id}"
    taken = page.installation.ada.patch(path, {"url": URL})
    assert (taken.status_code, taken.json()["code"]) == (409, "url_taken")
    malformed = page.installation.ada.patch(path, {"url": "ftp://example.net/"})
    assert (malformed.status_code, malformed.json()["errors"][0]["field"]) == (422, "url")
    asked = page.installation.ada.patch(path, {"url": NEW_URL})
    assert (asked.status_code, asked.json()["address"]) == (200, "hooks.example.net")
    page.work()
    assert page.program.got[-1][0] == NEW_URL
    found = page.installation.ada.get(path)
    assert found.json()["address"] == "new.example.net"
    assert "do-not-show-me" not in found.text
    again = page.installation.ada.patch(path, {"url": f"{NEW_URL}#x"})
    assert again.status_code == 422
