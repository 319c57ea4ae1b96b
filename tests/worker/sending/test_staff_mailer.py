"""Mails to staff about their own access, from the event to the relay."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlmodel import select

from app.db.tables import StaffMailRow, UserRow
from app.domain.errors import NotFoundError
from app.domain.permissions import Role
from app.net.guard import Guard
from app.net.mail.relay import parse_relay
from app.net.mail.transport import MailTransport
from app.net.outbound import GuardedOutbound
from app.usecases.context import SHELL
from app.usecases.page.logo import set_logo
from app.usecases.subscribers.availability import record_mail_setup
from app.usecases.users import administration, one_time_links, staff_mail, staff_mail_outbox
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.sessions import BrowserInfo, begin
from app.usecases.users.users import add_user
from app.worker.sending.staff_mailer import StaffMailer
from tests.cast import BASE_URL, Backend
from tests.fakes import fake_hashes
from tests.pictures.samples import raster
from tests.smtp import ACCEPT_AND_RESET, SmtpSink

pytestmark = pytest.mark.anyio

EVE = "eve@example.com"
PASSWORD = "correct horse battery"  # of a test
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink().running() as running:
        yield running


@pytest.fixture
def eve(each_backend: Backend) -> str:
    """Eve is an editor with a password. Mail is set up."""
    with each_backend.writing(SHELL) as ctx:
        record_mail_setup(ctx, is_set_up=True)
        return add_user(ctx, EVE, Role.EDITOR, password=hashed(PASSWORD, email=EVE)).id


async def send_all(backend: Backend, sink: SmtpSink) -> list[EmailMessage]:
    """The mails that are sent now."""
    transport = MailTransport(parse_relay(f"smtp://127.0.0.1:{sink.port}"))
    outbound = GuardedOutbound(Guard(()), transport.open)
    mailer = StaffMailer(backend.database, outbound, "status@example.com", BASE_URL)
    before = len(sink.mails)
    while await mailer.run_due() == 0.0:
        pass
    sent = sink.mails[before:]
    return [message_from_bytes(each.content, EmailMessage, policy=SMTP) for each in sent]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def ask(backend: Backend, email: str, place: str = "192.0.2.1") -> None:
    with backend.writing() as ctx:
        staff_mail.request_link(ctx, fake_hashes(), email, place)


async def test_a_sign_in_from_a_new_device_is_mailed_in_the_language_of_the_user(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    with each_backend.writing() as ctx:
        row = ctx.session.exec(select(UserRow).where(UserRow.public_id == eve)).one()
        row.language = "sv"
        begin(ctx, eve, BrowserInfo(FIREFOX, "192.0.2.7", known=False), days=1)
    (mail,) = await send_all(each_backend, sink)
    assert str(mail["Subject"]).startswith("Inloggning från en ny enhet · ")
    assert str(mail["To"]) == EVE
    assert (mail["Auto-Submitted"], mail["List-Id"]) == ("auto-generated", None)
    for part in ("192.0.2.7", "Firefox", EVE, f"{BASE_URL}/console/account"):
        assert part in text_of(mail)
    assert await send_all(each_backend, sink) == []
    with each_backend.writing() as ctx:
        begin(ctx, eve, BrowserInfo(FIREFOX, "192.0.2.7", known=True), days=1)
    assert await send_all(each_backend, sink) == []


async def test_mails_to_staff_contain_the_logo(backend: Backend, sink: SmtpSink) -> None:
    with backend.writing(SHELL) as ctx:
        record_mail_setup(ctx, is_set_up=True)
        set_logo(ctx, raster("PNG", (240, 80)))
        eve = add_user(ctx, EVE, Role.EDITOR, password=hashed(PASSWORD, email=EVE)).id
        administration.update_user(ctx, eve, role=Role.VIEWER)
    (mail,) = await send_all(backend, sink)
    (picture,) = [each for each in mail.walk() if each.get_content_type() == "image/png"]
    markup = mail.get_body(("html",))
    assert markup is not None
    assert f'src="cid:{str(picture["Content-ID"]).strip("<>")}" alt=""' in markup.get_content()


async def test_changes_of_access_are_mailed_with_who_made_them(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    with each_backend.writing(SHELL) as ctx:
        administration.update_user(ctx, eve, role=Role.VIEWER)
        administration.set_password(ctx, eve, hashed("another long password", email=EVE))
    first, second = await send_all(each_backend, sink)
    assert str(first["Subject"]).startswith("Role changed · ")
    assert str(second["Subject"]).startswith("Password changed · ")
    assert "Viewer" in text_of(first)
    assert "By " in text_of(first)
    assert "another long" not in text_of(second)


async def test_a_requested_link_sets_a_new_password_once(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    ask(each_backend, " Eve@Example.com ")
    (mail,) = await send_all(each_backend, sink)
    found = re.search(rf"{BASE_URL}/console/invitation/(\S+)", text_of(mail))
    assert found is not None
    with each_backend.reading() as ctx:
        assert one_time_links.invited_user(ctx, found[1]).id == eve
    new = hashed("another long password", email=EVE)
    with each_backend.writing() as ctx:
        one_time_links.accept_invitation(ctx, found[1], new)
    with each_backend.writing() as ctx, pytest.raises(NotFoundError):
        one_time_links.accept_invitation(ctx, found[1], new)
    (notice,) = await send_all(each_backend, sink)
    assert str(notice["Subject"]).startswith("Password changed · ")


async def test_a_link_lasts_an_hour_and_a_second_one_ends_the_first(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    secrets = []
    for _ in range(2):
        ask(each_backend, EVE)
        (mail,) = await send_all(each_backend, sink)
        secrets.append(text_of(mail).split("/console/invitation/")[1].split()[0])
        each_backend.clock.forward(minutes=11)
    with each_backend.reading() as ctx, pytest.raises(NotFoundError):
        one_time_links.invited_user(ctx, secrets[0])
    with each_backend.reading() as ctx:
        one_time_links.invited_user(ctx, secrets[1])
    each_backend.clock.forward(minutes=50)
    with each_backend.reading() as ctx, pytest.raises(NotFoundError):
        one_time_links.invited_user(ctx, secrets[1])


async def test_no_link_is_sent_to_who_is_no_user_or_cannot_use_it(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    with each_backend.writing(SHELL) as ctx:
        add_user(ctx, "invited@example.com", Role.VIEWER)
        administration.update_user(ctx, eve, disabled=True)
    for email in ("nobody@example.com", "invited@example.com", EVE):
        ask(each_backend, email)
    assert await send_all(each_backend, sink) == []
    with each_backend.reading() as ctx:
        rows = ctx.session.exec(select(StaffMailRow)).all()
        assert {(each.code, each.address) for each in rows} == {("not_sent", None)}


async def test_flooding_one_address_or_from_one_place_sends_little(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    for number in range(10):
        ask(each_backend, EVE, f"198.51.100.{number}")
    assert len(await send_all(each_backend, sink)) == 1
    each_backend.clock.forward(hours=2)
    with each_backend.writing(SHELL) as ctx:
        for number in range(10):
            email = f"{number}@example.com"
            add_user(ctx, email, Role.VIEWER, password=hashed(PASSWORD, email=email))
    for number in range(10):
        ask(each_backend, f"{number}@example.com")
    assert len(await send_all(each_backend, sink)) == 5
    for _ in range(20):
        ask(each_backend, "more@example.com")
    with each_backend.reading() as ctx:
        assert len(ctx.session.exec(select(StaffMailRow)).all()) == 10 + 20


async def test_a_mail_that_was_accepted_but_not_confirmed_is_repeated_with_its_message_id(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    sink.misbehave("END", ACCEPT_AND_RESET)
    with each_backend.writing(SHELL) as ctx:
        administration.update_user(ctx, eve, role=Role.VIEWER)
    await send_all(each_backend, sink)
    each_backend.clock.forward(minutes=2)
    await send_all(each_backend, sink)
    first, second = sink.mails
    assert first.content == second.content


async def test_each_link_of_a_repeated_mail_works_until_one_was_used(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    sink.misbehave("END", ACCEPT_AND_RESET)
    ask(each_backend, EVE)
    mails = await send_all(each_backend, sink)
    each_backend.clock.forward(minutes=2)
    mails += await send_all(each_backend, sink)
    assert len({each["Message-ID"] for each in mails}) == 1
    links = [text_of(each).split("/console/invitation/")[1].split()[0] for each in mails]
    assert links[0] != links[1]
    with each_backend.reading() as ctx:
        assert one_time_links.invited_user(ctx, links[1]).id == eve
    with each_backend.writing() as ctx:
        new = hashed("another long password", email=EVE)
        one_time_links.accept_invitation(ctx, links[0], new)
    with each_backend.reading() as ctx, pytest.raises(NotFoundError):
        one_time_links.invited_user(ctx, links[1])


async def test_what_a_killed_worker_held_is_sent_when_its_lease_has_ended(
    each_backend: Backend, eve: str, sink: SmtpSink
) -> None:
    with each_backend.writing(SHELL) as ctx:
        administration.update_user(ctx, eve, role=Role.VIEWER)
        assert staff_mail_outbox.take_next(ctx, "killed") is not None
    assert await send_all(each_backend, sink) == []
    each_backend.clock.forward(seconds=61)
    assert len(await send_all(each_backend, sink)) == 1
    with each_backend.writing() as ctx:
        each_backend.clock.forward(days=2)
    with each_backend.writing() as ctx:
        staff_mail_outbox.delete_old(ctx)
        assert ctx.session.exec(select(StaffMailRow)).all() == []


async def test_without_mail_nothing_is_stored(each_backend: Backend) -> None:
    with each_backend.writing(SHELL) as ctx:
        user = add_user(ctx, EVE, Role.EDITOR, password=hashed(PASSWORD, email=EVE)).id
        administration.update_user(ctx, user, role=Role.VIEWER)
        assert ctx.session.exec(select(StaffMailRow)).all() == []
    with pytest.raises(NotFoundError):
        ask(each_backend, EVE)
