"""Visitors whose program is notified: the form, the challenge, and a program out of reach."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import select
from standardwebhooks import Webhook

from app.db.tables import DeliveryRow, NoticeRow, SubscriberRow, SubscriptionRequestRow
from app.domain.notifications.states import StopReason, SubscriberState
from app.ports.channel import WEBHOOK, FailureScope, HttpReply, SendError
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress
from app.usecases.subscribers.availability import EMAIL
from tests.cast import BASE_URL
from tests.factories import make_incident
from tests.subscribing import Subscribing
from tests.web.public.submitting import fields, installation_of, read
from tests.web.public.webhook_page import URL, Page, publish, secret_in

HOUR = timedelta(hours=1)


@pytest.fixture
def page(on_each_database: Subscribing, tmp_path: Path) -> Page:
    with on_each_database.backend.writing() as ctx:
        publish(ctx)
    return Page(on_each_database, tmp_path)


def test_a_program_that_answers_the_challenge_is_notified(page: Page) -> None:
    answer = page.submit()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "do-not-show-me" not in answer.text
    page.work()
    ((url, headers, content),) = page.program.got
    assert url == URL
    document = Webhook(secret_in(answer)).verify(content.decode(), dict(headers))
    assert document["type"] == "subscription.verify"
    assert set(document["links"]) == {"manage", "unsubscribe"}
    assert document["data"]["confirm_url"].startswith(f"{BASE_URL}/en/subscribe/confirm/")
    assert page.state() == ("active", None)
    with page.installation.writing() as ctx:
        make_incident(ctx)
    page.work()
    assert page.program.documents()[-1]["type"] == "incident.opened"
    assert page.installation.vera.get(page.link("manage")).status_code == 200
    row = page.row()
    assert row is not None
    assert (row.address, row.confirmed_via) == ("hooks.example.net", "endpoint")


def test_a_program_that_does_not_answer_it_is_confirmed_by_the_link(page: Page) -> None:
    page.program.answers_challenge = False
    page.submit()
    page.work()
    assert page.state() == ("pending", None)
    opened = page.installation.vera.get(page.link("confirm"))
    assert "hooks.example.net" in opened.text
    assert page.state() == ("pending", None), "a GET changes nothing"
    pressed = page.installation.vera.post(page.link("confirm"))
    assert pressed.status_code == 303
    assert page.state() == ("active", None)


@pytest.mark.parametrize(
    "answered",
    [b'{"challenge": 5}', b'{"challenge": null}', b"[]", b"{", b'{"challenge":"a.b"}', b"\xff"],
)
def test_only_its_own_challenge_confirms(page: Page, answered: bytes) -> None:
    async def post(*_: object, **__: object) -> HttpReply:
        return HttpReply(200, {}, answered)

    page.program.post = post  # type: ignore[method-assign]
    page.submit()
    page.work()
    assert page.state() == ("pending", None)


@pytest.mark.parametrize(
    ("changed", "field_name"),
    [
        ({"url": ""}, "url"),
        ({"url": "hooks.example.net"}, "url"),
        ({"url": "ftp://example.net/"}, "url"),
        ({"url": "https://user:pass@example.net/"}, "url"),
        ({"url": "https://example.net/#part"}, "url"),
        ({"url": f"https://example.net/{'a' * 2_000}"}, "url"),
        ({"url": "https://example.net/\u202e"}, "url"),
        ({"format": "xml"}, "format"),
        ({"contact": "not an address"}, "contact"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    own: Subscribing, tmp_path: Path, changed: dict[str, str], field_name: str
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    answer = Page(own, tmp_path).submit(**changed)
    assert answer.status_code == 422
    errors = {each.get("id") for each in read(answer).xpath("//*[@class='error']")}
    assert errors == {"errors", f"error-{field_name}"}
    (chosen,) = read(answer).xpath("//input[@name='channel'][@checked]/@value")
    assert chosen == "webhook"


def test_the_form_offers_what_staff_made_public_and_nothing_else(own: Subscribing) -> None:
    installation = installation_of(own)

    def offered() -> list[str]:
        return [
            str(each)
            for each in read(installation.vera.get("/en/subscribe")).xpath(
                "//input[@name='channel']/@value"
            )
        ]

    assert offered() == ["email"]
    refused = installation.vera.post(
        "/en/subscribe", data={**fields(), "channel": "webhook", "url": URL}
    )
    assert refused.status_code == 404
    installation.sign_in_ada()
    made = installation.ada.patch("/api/v1/channels/webhook", {"is_public": True})
    assert made.status_code == 200
    assert offered() == ["email", "webhook"]
    installation.ada.patch("/api/v1/channels/email", {"is_public": False})
    assert offered() == ["webhook"]
    assert "Subscribe to updates" in installation.vera.get("/en/").text


def test_the_answer_is_equal_for_known_and_unknown_urls_and_the_known_one_is_written_to(
    page: Page,
) -> None:
    first = page.submit()
    page.work()
    page.installation.clock.now += HOUR
    again = page.submit()

    def blank(answer: httpx.Response) -> str:
        return answer.text.replace(secret_in(answer), "SECRET")

    assert blank(again) == blank(first)
    page.work()
    last = page.program.documents()[-1]
    assert last["type"] == "subscription.known"
    assert last["data"]["subscription"]["incidents"] == "all"
    ((_, _, _), (_, headers, content)) = page.program.got
    Webhook(secret_in(first)).verify(content.decode(), dict(headers))


def test_a_host_is_asked_at_most_twenty_times_a_day(page: Page) -> None:
    for number in range(22):
        page.installation.clock.now += timedelta(minutes=11)
        with page.installation.writing() as ctx:
            for each in ctx.session.exec(select(SubscriptionRequestRow)):
                each.place = "elsewhere"
        page.submit(f"https://hooks.example.net/{number}")
    outcomes = page.handle()
    assert outcomes.count("confirm") == 20
    assert outcomes.count("limited") == 2


def test_the_url_is_readable_in_no_table(page: Page) -> None:
    page.submit(contact="vera@example.net")
    with page.installation.reading() as ctx:
        (stored,) = ctx.session.exec(select(SubscriptionRequestRow)).all()
        assert "do-not-show-me" not in str(stored.model_dump())
        assert "vera@" not in str(stored.model_dump())
    page.work()
    row = page.row()
    assert row is not None
    assert "do-not-show-me" not in str(row.model_dump())
    assert "vera@" not in str(row.model_dump())


def test_a_webhook_out_of_reach_for_five_days_is_stopped_and_its_owner_is_written_to(
    page: Page,
) -> None:
    page.submit(contact="vera@example.net")
    page.work()
    assert page.state()[0] == "active"
    page.program.got.clear()
    page.program.error = SendError("connection_refused", scope=FailureScope.LANE)
    for _ in range(23):
        with page.installation.writing() as ctx:
            make_incident(ctx)
        page.installation.clock.now += timedelta(hours=6)
        page.work()
        if page.state()[0] == "stopped":
            break
    assert page.state() == ("stopped", "failing")
    page.program.error = None
    page.work()
    mails = [(to, content.decode()) for to, _, content in page.program.got if "@" in to]
    assert [to for to, _ in mails] == ["vera@example.net"]
    assert "hooks.example.net" in mails[0][1]
    with page.installation.reading() as ctx:
        waiting = ctx.session.exec(
            select(DeliveryRow.state).where(DeliveryRow.channel == WEBHOOK)
        ).all()
    assert set(waiting) <= {"sent", "withdrawn", "dead"}


@pytest.mark.parametrize("complained", [False, True])
def test_a_stranger_cannot_have_a_third_person_written_to_by_many_webhooks(
    own: Subscribing, tmp_path: Path, *, complained: bool
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    for number in range(2):
        page.submit(f"https://hooks{number}.example.net/in", contact="Victim@example.com")
    page.work()
    if complained:
        with page.installation.writing() as ctx:
            suppress(ctx, own.hashes, EMAIL, "victim@example.com", SuppressionReason.COMPLAINED)
    page.program.got.clear()
    page.program.status = 500
    for _ in range(12):
        with page.installation.writing() as ctx:
            make_incident(ctx)
        page.installation.clock.now += timedelta(hours=12)
        page.work()
        page.work()
    with page.installation.reading() as ctx:
        states = ctx.session.exec(select(SubscriberRow.state)).all()
    assert set(states) == {"stopped"}
    assert sum("@" in to for to, _, _ in page.program.got) == (0 if complained else 1)


def test_a_program_that_answers_with_failures_is_stopped_too(
    own: Subscribing, tmp_path: Path
) -> None:
    with own.backend.writing() as ctx:
        publish(ctx)
    page = Page(own, tmp_path)
    page.submit()
    page.work()
    page.program.status = 500
    for _ in range(12):
        with page.installation.writing() as ctx:
            make_incident(ctx)
        page.installation.clock.now += timedelta(hours=12)
        page.work()
    assert page.state() == ("stopped", "failing")
    with page.installation.reading() as ctx:
        events = ctx.session.exec(select(NoticeRow.event)).all()
    assert "subscription.stopped" not in events, "there is no way to write"


def test_its_owner_starts_it_again_by_the_link(page: Page) -> None:
    page.submit()
    page.work()
    manage = page.link("manage")
    with page.installation.writing() as ctx:
        row = ctx.session.exec(select(SubscriberRow).where(SubscriberRow.channel == WEBHOOK)).one()
        row.state, row.stop_reason = SubscriberState.STOPPED.value, StopReason.FAILING.value
        row.stopped_at = ctx.now
    page.installation.clock.now += HOUR
    shown = page.installation.vera.get(manage)
    assert read(shown).xpath("//button[@value='verify']")
    asked = page.installation.vera.post(manage, data={"action": "verify"})
    assert "hooks.example.net" in asked.text
    page.work()
    assert page.state() == ("active", None)
    refused = page.installation.vera.post(manage, data={"action": "verify"})
    assert refused.status_code == 409


def test_its_owner_renews_the_secret_which_is_shown_once(page: Page) -> None:
    first = secret_in(page.submit())
    page.work()
    manage = page.link("manage")
    renewed = secret_in(page.installation.vera.post(manage, data={"action": "renew"}))
    assert renewed != first
    assert 'class="secret"' not in page.installation.vera.get(manage).text
    with page.installation.writing() as ctx:
        make_incident(ctx)
    page.work()
    _, headers, content = page.program.got[-1]
    Webhook(renewed).verify(content.decode(), dict(headers))
