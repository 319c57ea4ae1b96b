"""SMS: two segments at most, whatever alphabet a text needs."""

from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.channels.sms import CHANNEL, fits_two_segments
from app.ports.channel import HttpReply, SendError
from tests.channels.messages import KEY, make_message, recipient

LINK = "https://status.example.net/en/incidents/abcdefghij12"


def sent(body: str = "We are looking into it.", headline: str = "Identified: Payments") -> str:
    request = CHANNEL.build(make_message(body, headline=headline), recipient(), KEY)
    return parse_qs(request.content.decode())["Body"][0]


def test_a_message_has_page_status_title_text_and_link() -> None:
    assert sent() == f"Example: Identified: Payments\nWe are looking into it.\n{LINK}"


def test_the_request_has_the_shape_of_twilio() -> None:
    request = CHANNEL.build(make_message(), recipient(), KEY)
    assert request.url == "https://push.example.net/2010-04-01/Accounts/AC123/Messages.json"
    form = parse_qs(request.content.decode())
    assert (form["To"], form["From"]) == (["+46701234567"], ["+46709999999"])


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=500))
def test_any_text_takes_at_most_two_segments_and_keeps_its_link(body: str) -> None:
    text = sent(body.replace("\x00", ""))
    assert fits_two_segments(text)
    assert text.endswith(LINK)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 306, 1),
        ("a" * 307, 0),
        ("€" * 153, 1),
        ("€" * 154, 0),
        ("я" * 134, 1),
        ("я" * 135, 0),
    ],
)
def test_places_are_counted_by_the_alphabet_of_the_text(text: str, fits: int) -> None:
    assert fits_two_segments(text) == bool(fits)


@pytest.mark.parametrize("code", [21610, 21211, 21614])
def test_a_number_that_opted_out_or_is_none_is_gone(code: int) -> None:
    with pytest.raises(SendError) as raised:
        CHANNEL.accept(HttpReply(400, {}, b'{"code":%d,"message":"no"}' % code))
    assert raised.value.is_gone


@pytest.mark.parametrize("number", ["0701234567", "+0123", "tel:+46", "+46 70 123"])
def test_a_number_without_its_country_code_is_refused(number: str) -> None:
    values = {
        "number": number,
        "server": "https://api.twilio.com",
        "account": "AC1",
        "token": "t",
        "sender": "+46709999999",
    }
    assert set(CHANNEL.check(values)) == {"number"}
