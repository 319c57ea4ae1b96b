"""Limits of mails that visitors request, and the masks of addresses."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.notifications.request_limits import (
    is_mail_allowed,
    is_sending_allowed,
    most_in_an_hour,
    most_waiting,
)
from app.domain.notifications.subscribers.choices import Followed
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, is_valid
from app.domain.notifications.subscribers.masking import masked_address
from app.domain.notifications.subscribers.subscriber_links import subscriber_links

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "minutes_ago", "allowed"),
    [
        (0, None, True),
        (1, 9, False),
        (1, 10, True),
        (2, 10, False),
        (2, 24 * 60, True),
        (5, 24 * 60, False),
    ],
)
def test_an_address_gets_few_requested_mails(
    sent: int,
    minutes_ago: int | None,
    allowed: bool,  # noqa: FBT001
) -> None:
    latest = None if minutes_ago is None else NOON - timedelta(minutes=minutes_ago)
    assert is_mail_allowed(sent, latest, NOON) is allowed


def test_a_page_with_many_subscribers_sends_more_mails() -> None:
    assert (most_in_an_hour(0), most_in_an_hour(10_000)) == (100, 300)
    assert (most_waiting(0), most_waiting(10_000)) == (2_400, 7_200)


def test_beyond_the_limit_of_an_hour_a_sixtieth_of_it_is_sent_each_minute() -> None:
    assert is_sending_allowed(0, in_an_hour=99, in_a_minute=99)
    assert is_sending_allowed(0, in_an_hour=100, in_a_minute=0)
    assert not is_sending_allowed(0, in_an_hour=100, in_a_minute=1)
    assert is_sending_allowed(10_000, in_an_hour=900, in_a_minute=4)
    assert not is_sending_allowed(10_000, in_an_hour=900, in_a_minute=5)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("vera@example.com", "v•••@example.com"),
        ("vera", "v•••"),
        ("@example.com", "•••@example.com"),
    ],
)
def test_a_masked_address_has_one_character_and_the_domain(address: str, masked: str) -> None:
    assert masked_address(address) == masked


def test_the_links_of_a_subscriber_are_valid_for_their_purpose_alone() -> None:
    public_id, secret = "subscriber01", b"s" * 32
    links = subscriber_links(public_id, secret, "sv", "https://status.example.com")
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.UNSUBSCRIBE):
        value = links[purpose.value].rpartition("/")[2]
        valid = [each for each in LinkPurpose if is_valid(value, public_id, secret, each)]
        assert valid == [purpose]
    assert links["manage"].startswith("https://status.example.com/sv/subscription/")


def test_who_names_no_subject_follows_the_whole_page() -> None:
    assert Followed().is_whole_page
    assert not Followed(services=("mail",)).is_whole_page
