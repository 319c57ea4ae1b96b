"""E-mail: headers, parts and addresses of what reaches the relay."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.channels.email import CHANNEL
from app.domain.notifications.bounce_addresses import bounce_mac
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.lanes import has_lane_per_address
from app.ports.channel import InlinePicture, Mail, Message, Recipient, SendError
from tests.channels.sending import CARD, MESSAGE, OPTIONS, VERA, RecordedMails, message

KEY = "delivery1234"
MAC = bounce_mac(VERA.bounce_key, KEY)


def mail_of(
    message: Message = MESSAGE, to: Recipient = VERA, options: Mapping[str, Any] = OPTIONS
) -> Mail:
    recorded = RecordedMails()

    async def sent() -> None:
        async with CHANNEL.open(recorded, options) as sender:
            await sender.send(message, to, KEY)

    asyncio.run(sent())
    (mail,) = recorded.mails
    return mail


def parsed(mail: Mail) -> EmailMessage:
    found = message_from_bytes(mail.content, policy=SMTPUTF8 if mail.needs_utf8 else SMTP)
    assert isinstance(found, EmailMessage)
    assert all(part.defects == [] for part in found.walk())
    return found


def body(found: EmailMessage, kind: str) -> str:
    (part,) = [each for each in found.walk() if each.get_content_type() == kind]
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_headers_of_a_mail() -> None:
    mail = mail_of()
    found = parsed(mail)
    assert {name: str(value) for name, value in found.items()} == {
        "To": "vera@example.net",
        "Message-ID": "<delivery1234@example.com>",
        "References": "<incident.abcdef123456.vera12345678@example.com>",
        "In-Reply-To": "<incident.abcdef123456.vera12345678@example.com>",
        "List-Unsubscribe": f"<{VERA.links['unsubscribe']}>, "
        f"<mailto:bounces+delivery1234-{MAC}@example.com?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "From": "Acme <status@example.com>",
        "Subject": "Identified: Card payments fail",
        "Date": "Mon, 23 Nov 2026 10:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "en",
        "Feedback-ID": "incident.updated:email:page12345678:fyr",
        "Precedence": "list",
        "List-Id": "<status.status.example.com>",
        "List-Archive": "<https://status.example.com/>",
        "MIME-Version": "1.0",
        "Content-Type": found["Content-Type"],
    }
    assert found.get_content_type() == "multipart/alternative"
    assert (mail.sender, mail.recipient, mail.key) == (
        f"bounces+delivery1234-{MAC}@example.com",
        "vera@example.net",
        KEY,
    )


def test_every_retry_has_equal_bytes() -> None:
    assert mail_of() == mail_of(replace(MESSAGE))


def test_personal_links_and_the_address_are_in_both_parts() -> None:
    html = MESSAGE.html + "<p>\ue002</p>"
    found = parsed(mail_of(message(html=html), replace(VERA, address="a&b@example.net")))
    assert body(found, "text/plain") == (
        "We know the cause.\n\n-- \nSent to a&b@example.net.\n"
        f"Change: {VERA.links['manage']}\nUnsubscribe: {VERA.links['unsubscribe']}\n"
    )
    assert f'<a href="{VERA.links["manage"]}">Change</a>' in body(found, "text/html")
    assert "<p>a&amp;b@example.net</p>" in body(found, "text/html")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\ue000\ue001\ue002\x85\x0b\x0c")
)


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_any_text_parses_back_exactly_in_lines_of_at_most_76_characters(
    texts: list[str], html: str
) -> None:
    mail = mail_of(message(text="\ue000".join(texts), html=html))
    found = parsed(mail)
    (plain, markup) = [part for part in found.walk() if not part.is_multipart()]
    expected = VERA.links["manage"].join(texts)
    for part, text in ((plain, expected), (markup, html)):
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    content = mail.content.partition(b"\r\n\r\n")[2]
    assert max(map(len, content.split(b"\r\n"))) <= 76
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")


@settings(max_examples=30)
@example("\0")
@given(st.text(max_size=400))
def test_a_title_with_line_breaks_or_headers_stays_a_title(title: str) -> None:
    mail = mail_of(message(title=title, card=replace(CARD, page_name=title)))
    head = mail.content.partition(b"\r\n\r\n")[0]
    assert b"\0" not in head
    found = parsed(mail)
    assert found.get_all("Subject") is not None
    assert len(found.keys()) == len(parsed(mail_of()).keys())
    assert "Bcc" not in found
    assert len(str(found["Subject"])) <= 220


@pytest.mark.parametrize(
    "title",
    [
        "a\r\nBcc: eve@example.org",
        "a\n\nbody",
        "a\u2028Bcc: x@y.z",
        "a\0b",
        "=?utf-8?q?x?=",
        "é" * 300,
    ],
)
def test_a_title_cannot_add_a_header(title: str) -> None:
    found = parsed(mail_of(message(title=title)))
    assert set(found.keys()) == set(parsed(mail_of()).keys())
    assert len(str(found["Subject"])) <= 200


def test_a_name_and_a_title_in_any_script_are_readable_again() -> None:
    arabic = message(
        title="تم التعرف على السبب: فشل الدفع بالبطاقات " * 3,
        card=replace(CARD, page_name='Räksmörgås, "AB"'),
    )
    found = parsed(mail_of(arabic))
    assert str(found["Subject"]).strip() == arabic.title.strip()
    assert found["From"].addresses[0].display_name == 'Räksmörgås, "AB"'
    lines = mail_of(arabic).content.split(b"\r\n")
    assert max(len(line) for line in lines if b"unsubscribe" not in line) <= 100


def test_a_confirmation_has_its_own_link_and_no_headers_of_a_list() -> None:
    for event in (NoticeEvent.SUBSCRIPTION_CONFIRM, NoticeEvent.SUBSCRIPTION_MANAGE):
        found = parsed(mail_of(message(event=event, thread="subscriber:vera12345678")))
        assert not [name for name in found if name.startswith("List-") or name == "Precedence"]
    confirm = parsed(mail_of(message(event=NoticeEvent.SUBSCRIPTION_CONFIRM)))
    assert VERA.links["confirm"] in body(confirm, "text/plain")
    assert VERA.links["manage"] not in body(confirm, "text/plain")


def test_a_page_without_https_offers_no_one_click() -> None:
    to = replace(VERA, links={**VERA.links, "unsubscribe": "http://localhost/unsubscribe/x"})
    found = parsed(mail_of(to=to))
    assert "List-Unsubscribe-Post" not in found
    assert str(found["List-Unsubscribe"]).startswith("<http://localhost/unsubscribe/x>")


def test_without_a_bounce_address_the_sender_gets_the_bounces() -> None:
    mail = mail_of(options={**OPTIONS, "bounce_address": "", "reply_to": "help@example.com"})
    assert mail.sender == "status@example.com"
    found = parsed(mail)
    assert "mailto:" not in str(found["List-Unsubscribe"])
    assert str(found["Reply-To"]) == "help@example.com"


CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:a@b\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize(
    ("event", "method"),
    [
        (NoticeEvent.MAINTENANCE_SCHEDULED, "PUBLISH"),
        (NoticeEvent.MAINTENANCE_CANCELLED, "CANCEL"),
    ],
)
def test_a_maintenance_brings_a_calendar_part(event: NoticeEvent, method: str) -> None:
    calendar_text = CALENDAR.replace("METHOD:PUBLISH", f"METHOD:{method}")
    found = parsed(mail_of(message(event=event, calendar=calendar_text)))
    assert found.get_content_type() == "multipart/mixed"
    alternative, calendar = found.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    assert calendar["Content-Type"].params["method"] == method
    assert calendar.get_filename() == "maintenance.ics"
    text = body(found, "text/calendar")
    assert "BEGIN:VEVENT\nORGANIZER:mailto:status@example.com\nUID:a@b\n" in text
    assert "ATTENDEE" not in text


def structure(found: MIMEPart) -> object:
    """The media types of the parts, nested as the parts are."""
    kind = found.get_content_type()
    return (
        (kind, [structure(each) for each in found.iter_parts()]) if found.is_multipart() else kind
    )


@pytest.mark.parametrize("calendar", [None, CALENDAR], ids=["alone", "calendar"])
def test_a_mail_contains_the_pictures_that_its_html_names(calendar: str | None) -> None:
    pictures = tuple(InlinePicture(f"logo.{n}@fyr", bytes(range(256)) * n) for n in (3, 5))
    html = '<img src="cid:logo.3@fyr"><img src="cid:logo.5@fyr"><a href="\ue000">Change</a>'
    mail = mail_of(message(html=html, pictures=pictures, calendar=calendar))
    found = parsed(mail)
    related = ("multipart/related", ["text/html", "image/png", "image/png"])
    alternative = ("multipart/alternative", ["text/plain", related])
    assert structure(found) == (
        alternative if calendar is None else ("multipart/mixed", [alternative, "text/calendar"])
    )
    (inside,) = [each for each in found.walk() if each.get_content_subtype() == "related"]
    assert inside["Content-Type"].params["type"] == "text/html"
    parts = [each for each in found.walk() if each.get_content_maintype() == "image"]
    assert [(str(each["Content-ID"]), each.get_content()) for each in parts] == [
        (f"<{each.content_id}>", each.content) for each in pictures
    ]
    assert {each.get_content_disposition() for each in parts} == {"inline"}
    assert VERA.links["manage"] in body(found, "text/html")


def test_a_calendar_has_no_personal_link() -> None:
    hostile = CALENDAR.replace("UID:a@b", "SUMMARY:\ue000\ue001 x")
    found = parsed(mail_of(message(calendar=hostile)))
    assert "SUMMARY: x\n" in body(found, "text/calendar")


@pytest.mark.parametrize(
    ("address", "recipient", "header"),
    [
        ("Vera@Example.NET", "Vera@example.net", "Vera@example.net"),
        ("vera@räksmörgås.example", "vera@xn--rksmrgs-5wao1o.example", None),
        ("räka@räksmörgås.example", "räka@xn--rksmrgs-5wao1o.example", None),
        ("o'hara+x@example.net", "o'hara+x@example.net", None),
        ("a" * 64 + "@" + "b" * 60 + ".example.net", None, None),
    ],
)
def test_an_idn_and_a_utf8_address_get_their_mail(
    address: str, recipient: str | None, header: str | None
) -> None:
    mail = mail_of(to=replace(VERA, address=address))
    assert mail.recipient == (recipient or address)
    assert mail.needs_utf8 is not mail.recipient.isascii()
    found = parsed(mail)
    (to,) = found["To"].addresses
    # The parser of the library reads bytes beyond ASCII as surrogates.
    read = to.addr_spec.encode(errors="surrogateescape").decode()
    assert read == (header or mail.recipient)
    assert address in body(found, "text/plain")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "vera",
        "@example.net",
        "vera@",
        "a b@c.de",
        "<a>@b.de",
        "a\r\n@b.de",
        'a"@b.de',
        "a@b@c.de",
    ],
)
def test_what_is_no_address_is_refused_for_good(address: str) -> None:
    with pytest.raises(SendError) as refused:
        mail_of(to=replace(VERA, address=address))
    assert (refused.value.code, refused.value.is_permanent) == ("bad_address", True)
    assert "address" in CHANNEL.check({"address": address})


def test_all_mail_is_in_one_lane() -> None:
    assert not has_lane_per_address(CHANNEL.kind)
    assert CHANNEL.check({"address": VERA.address}) == {}
    assert CHANNEL.address({"address": VERA.address}) == VERA.address


def test_a_boundary_is_in_no_text() -> None:
    content = mail_of(message(text="=_fyr_a_0123 --=_fyr")).content
    boundaries = set(re.findall(rb'boundary="([^"]+)"', content))
    for boundary in boundaries:
        assert content.count(boundary) == 4
