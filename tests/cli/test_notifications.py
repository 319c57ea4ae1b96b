"""`fyr room`, `fyr delivery` and `fyr message`: set up a room, test it, read what is sent."""

import email
import email.policy
import json

from sqlmodel import select

from app.db.tables import NoticeRow, SubscriberRow
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import open_backend
from tests.cli.program import Fyr
from tests.factories import make_incident, make_service


def test_a_room_is_set_up_and_its_deliveries_are_listed(fyr: Fyr) -> None:
    url = "url=https://hooks.example.net/in"
    made = fyr("room", "add", "webhook", "Billing", "--field", url)
    assert made.code == 0
    room, secret = made.out.split()
    assert secret.startswith("whsec_")
    listed = fyr("room", "list").out
    assert listed == f"{room}\tactive\twebhook\ten\tBilling\thooks.example.net\n"
    assert secret not in listed
    assert fyr("room", "test", room).code == 0
    waiting = fyr("delivery", "list", "--state", "waiting").out.split("\t")
    assert waiting[2:6] == ["waiting", "test", "webhook", "Billing"]
    assert fyr("delivery", "list").out == ""
    refused = fyr("delivery", "repeat", waiting[0])
    assert refused.code == 1
    assert "still on the way" in refused.err
    assert fyr("room", "add", "slack", "Ops", "--field", "url").code == 1


def test_the_message_of_a_notice_is_shown_in_any_language(sqlite_url: str, fyr: Fyr) -> None:
    with open_backend(sqlite_url) as backend, backend.writing() as ctx:
        edit_page(ctx, PageChange(languages=["en", "sv"], postal_address="Box 1 <Gävle>"))
        make_incident(ctx, title="Cards are refused")
        notice = ctx.session.exec(select(NoticeRow)).one().public_id
    english = fyr("message", "show", notice).out
    assert "Cards are refused" in english
    assert "[unsubscribe]" in english
    assert english.rstrip().endswith("Box 1 <Gävle>")
    assert "\ue000" not in english
    swedish = fyr("message", "show", notice, "--language", "sv", "--as", "card").out
    assert swedish.startswith("Undersöks: Cards are refused")
    webhook = json.loads(fyr("message", "show", notice, "--as", "webhook").out)
    assert webhook["type"] == "incident.opened"
    mail = fyr("message", "show", notice, "--as", "html").out
    assert "Box 1 &lt;Gävle&gt;" in mail
    assert json.loads(fyr("message", "show", notice, "--as", "push").out)["lang"] == "en"
    eml = fyr("message", "show", notice, "--language", "sv", "--as", "eml").out
    parsed = email.message_from_string(eml, policy=email.policy.default)
    assert "Cards are refused" in str(parsed["Subject"])
    assert parsed["To"] == "subscriber@example.net"
    assert parsed["Content-Language"] == "sv"
    assert fyr("message", "show", "aaaaaaaaaaaa").code == 1


def test_a_room_follows_some_services_with_its_own_levels_and_zone(
    sqlite_url: str, fyr: Fyr
) -> None:
    with open_backend(sqlite_url) as backend, backend.writing() as ctx:
        make_service(ctx)
    wanted = ["--service", "payments", "--incidents", "ends", "--maintenances", "none"]
    wanted += ["--minimum", "major", "--time-zone", "Asia/Tokyo"]
    field = ["--field", "url=https://hooks.example.net/in"]
    made = fyr("room", "add", "webhook", "Billing", *field, *wanted)
    assert made.code == 0, made.err
    with open_backend(sqlite_url) as backend, backend.reading() as ctx:
        row = ctx.session.exec(select(SubscriberRow)).one()
        assert (row.incidents, row.maintenances, row.minimum) == ("ends", "none", "major")
        assert (row.time_zone, row.whole_page) == ("Asia/Tokyo", False)
    assert fyr("room", "add", "webhook", "B", *field, "--service", "nothing").code == 1
    assert fyr("room", "add", "webhook", "B", *field, "--time-zone", "Mars/Base").code == 1
    assert fyr("room", "add", "webhook", "B", *field, "--incidents", "some").code == 64
