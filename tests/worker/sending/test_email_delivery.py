"""From a posted update to the mail in the server: outbox, rendering and SMTP together."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlmodel import select

from app.channels import CHANNELS
from app.db.tables import DeliveryRow, IncidentRow, LaneRow, ServiceRow, SubscriberRow
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.encryption import SecretBox
from app.usecases.incidents.lifecycle import post_update
from app.usecases.services.services import archive_service
from app.usecases.subscribers.availability import record_mail_setup
from app.usecases.subscribers.channel_settings import ChannelChange, edit_channel
from app.worker.notifications import NotificationJobs, notification_jobs
from tests.cast import Backend
from tests.factories import make_incident, make_service, make_subscriber, update
from tests.smtp import ACCEPT_AND_RESET, CLOSE, RESET, SmtpSink
from tests.worker.receiving import delivery_states

pytestmark = pytest.mark.anyio

RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink().running() as running:
        yield running


class Mailer:
    """The notification jobs of a worker whose relay is `sink`."""

    def __init__(
        self,
        backend: Backend,
        folder: Path,
        sink: SmtpSink,
        url: str = "",
        messages_per_connection: int = 100,
    ) -> None:
        settings = load_settings(
            data_dir=folder,
            base_url="https://status.example.com",
            smtp_url=url or f"smtp://127.0.0.1:{sink.port}",
            mail_from="status@example.com",
            bounce_address="bounces@example.com",
            smtp_connections=1,
            smtp_messages_per_connection=messages_per_connection,
        )
        with backend.writing() as ctx:
            record_mail_setup(ctx, is_set_up=settings.mail_is_set_up)
        box = SecretBox(lambda: b"k" * 32)
        self.jobs: NotificationJobs = notification_jobs(settings, backend.database, box)

    async def run(self) -> None:
        """Send all that is due."""
        while self.jobs.fan_out._step() is not None:
            pass
        while await self.jobs.deliverer._claim() == 0:
            await self.jobs.deliverer.finish()
        await self.jobs.deliverer.finish()

    async def close(self) -> None:
        await self.jobs.deliverer.close()


def mails(sink: SmtpSink) -> list[EmailMessage]:
    return [message_from_bytes(each.content, EmailMessage, policy=SMTP) for each in sink.mails]


async def test_beginning_and_end_of_an_incident_arrive_in_the_language_of_the_subscriber(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    with backend.writing() as ctx:
        make_subscriber(ctx, language="sv")
        number = make_incident(ctx, update(body="We are looking.")).incident.id
    await mailer.run()
    with backend.writing() as ctx:
        post_update(ctx, number, update(RESOLVED, body="It works again."))
    await mailer.run()
    await mailer.close()
    first, last = mails(sink)
    assert str(first["Subject"]).startswith("Undersöks: ")
    assert str(last["Subject"]).startswith("Löst: ")
    assert first["References"] == last["References"]
    assert first["Message-ID"] != last["Message-ID"]
    plain = last.get_body(("plain",))
    assert plain is not None
    text = str(plain.get_content())
    assert "It works again." in text
    assert "We are looking." in text
    assert "https://status.example.com/unsubscribe/" in text
    assert sink.mails[0].mail_from.startswith("MAIL FROM:<bounces+")
    assert delivery_states(backend) == ["sent", "sent"]


@pytest.mark.parametrize(
    ("verb", "answer"), [("END", ACCEPT_AND_RESET), ("END", RESET), ("RCPT", "450 4.2.0 busy")]
)
async def test_accepted_then_reset_is_repeated_with_the_same_message_id(
    backend: Backend, tmp_path: Path, sink: SmtpSink, verb: str, answer: str
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    sink.misbehave(verb, answer)
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_incident(ctx, update())
    await mailer.run()
    assert delivery_states(backend) == ["waiting"]
    backend.clock.forward(minutes=2)
    await mailer.run()
    await mailer.close()
    assert delivery_states(backend) == ["sent"]
    found = sink.mails
    assert len(found) == (2 if answer == ACCEPT_AND_RESET else 1)
    assert len({each.content for each in found}) == 1


async def test_550_stops_the_subscriber(backend: Backend, tmp_path: Path, sink: SmtpSink) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    sink.misbehave("RCPT", "550 5.1.1 no such user")
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    assert delivery_states(backend) == ["dead"]
    with backend.reading() as ctx:
        row = ctx.session.exec(select(SubscriberRow)).one()
        assert (row.state, row.stop_reason) == ("stopped", "bounced")


async def test_421_at_the_greeting_spends_no_attempt_and_pauses_the_lane(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    sink.misbehave("GREETING", "421 4.3.2 try later")
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_incident(ctx, update())
    await mailer.run()
    with backend.reading() as ctx:
        delivery = ctx.session.exec(select(DeliveryRow)).one()
        assert (delivery.state, delivery.attempts) == ("waiting", 0)
        lane = ctx.session.exec(select(LaneRow)).one()
        assert (lane.name, lane.last_code) == ("email", "smtp_421")
    backend.clock.forward(minutes=1)
    await mailer.run()
    await mailer.close()
    assert delivery_states(backend) == ["sent"]


async def failed_lane(backend: Backend, mailer: Mailer) -> tuple[str | None, str | None]:
    """Code and detail of the lane after one delivery that was not attempted."""
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    with backend.reading() as ctx:
        delivery = ctx.session.exec(select(DeliveryRow)).one()
        assert (delivery.state, delivery.attempts) == ("waiting", 0)
        lane = ctx.session.exec(select(LaneRow)).one()
        assert lane.paused_until is not None
        return lane.last_code, lane.last_detail


async def test_dns_gone_pauses_the_lane_and_says_so(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    # No name resolves in tests.
    mailer = Mailer(backend, tmp_path, sink, "smtp://relay.example.net:25")
    code, detail = await failed_lane(backend, mailer)
    assert (code, detail) == ("dns_failed", "relay.example.net does not resolve")


async def test_wrong_password_pauses_and_tells_staff(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    sink.extensions = (*sink.extensions, "AUTH PLAIN LOGIN")
    sink.misbehave("AUTH", "535 5.7.8 credentials are invalid")
    mailer = Mailer(backend, tmp_path, sink, f"smtp://fyr:hunter2@127.0.0.1:{sink.port}")
    code, detail = await failed_lane(backend, mailer)
    assert code == "authentication_failed"
    assert "hunter2" not in str(detail)
    assert "MAIL" not in sink.commands


async def test_a_relay_that_drops_mid_data_is_asked_again(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    sink.misbehave("DATA", RESET)
    mailer = Mailer(backend, tmp_path, sink)
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_incident(ctx, update())
    await mailer.run()
    assert (delivery_states(backend), sink.mails) == (["waiting"], [])
    backend.clock.forward(minutes=2)
    await mailer.run()
    await mailer.close()
    assert delivery_states(backend) == ["sent"]


async def test_a_refusal_between_others_concerns_that_recipient_alone(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    fine = "250 2.1.5 OK"
    sink.misbehave("RCPT", fine, fine, fine, "550 5.1.1 no such user", fine, "450 4.2.0 busy")
    with backend.writing() as ctx:
        for number in range(8):
            make_subscriber(ctx, f"{number}@example.net")
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    states = ["sent"] * 8
    states[3], states[5] = "dead", "waiting"
    assert delivery_states(backend) == states
    assert sink.connections == 1
    with backend.reading() as ctx:
        stopped = [each.state for each in ctx.session.exec(select(SubscriberRow))]
        assert stopped.count("stopped") == 1
        noted = [each.last_sent_at for each in ctx.session.exec(select(SubscriberRow))]
        assert noted.count(None) == 2


@pytest.mark.parametrize("answer", ["554 5.6.0 refused", "421 4.3.2 closing", RESET])
async def test_a_content_that_is_not_accepted_repeats_no_other_mail(
    backend: Backend, tmp_path: Path, sink: SmtpSink, answer: str
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    fine = "250 2.0.0 OK"
    sink.misbehave("END", fine, fine, fine, answer)
    with backend.writing() as ctx:
        for number in range(8):
            make_subscriber(ctx, f"{number}@example.net")
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    states = delivery_states(backend)
    assert states[:3] + states[4:] == ["sent"] * 7
    received = [each.rcpt_to for each in sink.mails]
    assert len(received) == len(set(received)) == states.count("sent")


@pytest.mark.parametrize("answer", [CLOSE, RESET, "421 4.7.0 too many messages"])
async def test_a_relay_that_ends_the_connection_between_mails_is_connected_again(
    backend: Backend, tmp_path: Path, sink: SmtpSink, answer: str
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    sink.misbehave("MAIL", *["250 2.1.0 OK"] * 3, answer)
    with backend.writing() as ctx:
        for number in range(8):
            make_subscriber(ctx, f"{number}@example.net")
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    assert delivery_states(backend) == ["sent"] * 8
    assert (len(sink.mails), sink.connections) == (8, 2)


async def test_a_connection_is_replaced_after_so_many_mails(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    mailer = Mailer(backend, tmp_path, sink, messages_per_connection=3)
    with backend.writing() as ctx:
        for number in range(8):
            make_subscriber(ctx, f"{number}@example.net")
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    assert delivery_states(backend) == ["sent"] * 8
    assert sink.connections == 3


async def test_a_mail_names_the_services_that_its_subscriber_follows(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    with backend.writing() as ctx:
        names = {"payments": "Payments", "login": "Sign & <in>", "old": "Old"}
        for slug, name in names.items():
            make_service(ctx, slug, name=name)
        ids = {row.slug: row.id or 0 for row in ctx.session.exec(select(ServiceRow))}
        hidden = make_incident(ctx, publish=False).incident.id
        incident = ctx.session.exec(
            select(IncidentRow.id).where(IncidentRow.public_id == hidden)
        ).one()
        follows = [*(("service", each) for each in ids.values()), ("incident", incident or 0)]
        make_subscriber(ctx, "a@example.net", follows=follows)
        make_subscriber(ctx, "b@example.net", language="sv")
        archive_service(ctx, "old")
        make_incident(ctx, update(services={"payments": ServiceStatus.MAJOR_OUTAGE}))
    await mailer.run()
    await mailer.close()
    lines = {}
    for mail in mails(sink):
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                text = str(part.get_content())
                kind = (str(mail["To"])[0], part.get_content_subtype())
                lines[kind] = [each for each in text.splitlines() if "Payments and Sign" in each]
                assert "Old" not in text
    assert lines["a", "plain"] == ["Subscribed to: Payments and Sign & <in>"]
    assert lines["a", "html"] == [
        "Subscribed to: <bdi>Payments and Sign &amp; &lt;in&gt;</bdi><br>"
    ]
    sv = next(each for each in mails(sink) if str(each["To"]).startswith("b"))
    plain = sv.get_body(("plain",))
    assert plain is not None
    assert "Prenumererar på: Alla tjänster" in str(plain.get_content())


async def test_answers_to_a_mail_go_to_the_address_that_staff_entered(
    backend: Backend, tmp_path: Path, sink: SmtpSink
) -> None:
    mailer = Mailer(backend, tmp_path, sink)
    with backend.writing(SHELL) as ctx:
        edit_channel(
            ctx,
            SecretBox(lambda: b"k" * 32),
            "email",
            ChannelChange(reply_to="help@example.com"),
            CHANNELS,
        )
        make_subscriber(ctx)
        make_incident(ctx, update())
    await mailer.run()
    await mailer.close()
    (mail,) = mails(sink)
    assert str(mail["Reply-To"]) == "help@example.com"
    assert "status@example.com" in str(mail["From"])
