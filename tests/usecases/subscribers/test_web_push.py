"""Browsers that subscribe, and the key pair of the installation."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlmodel import select

from app.channels import CHANNELS
from app.channels.web_push import CHANNEL
from app.db.tables import ChannelRow, SubscriberRow
from app.domain.errors import InvalidError, NotFoundError, UnavailableError
from app.domain.notifications.push_hosts import DEFAULT_PUSH_HOSTS
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, is_valid
from app.net.push_encryption import public_key_of
from app.usecases.context import NOBODY, Ctx
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.availability import (
    can_subscribe,
    form_channels,
    subscribable_channels,
)
from app.usecases.subscribers.channel_settings import ChannelChange, edit_channel
from app.usecases.subscribers.records import subscriber_record
from app.usecases.subscribers.web_push import (
    WEB_PUSH,
    BrowserSubscription,
    PushRules,
    read_public_key,
    read_vapid_key,
    subscribe_browser,
)
from tests.cast import Backend
from tests.factories import make_service
from tests.push import browser_values
from tests.subscribing import HASHES

BOX = SecretBox(lambda: b"k" * 32)
RULES = PushRules(CHANNEL, DEFAULT_PUSH_HOSTS)
BROWSER = BrowserSubscription(**browser_values())


def switch(ctx: Ctx, *, is_enabled: bool) -> None:
    edit_channel(ctx, BOX, WEB_PUSH, ChannelChange(is_enabled=is_enabled), CHANNELS)


@pytest.fixture
def offered(backend: Backend) -> Backend:
    with backend.writing() as ctx:
        switch(ctx, is_enabled=True)
    return backend


@pytest.fixture
def on_sqlite(sqlite_backend: Backend) -> Backend:
    with sqlite_backend.writing() as ctx:
        switch(ctx, is_enabled=True)
    return sqlite_backend


def subscribe(
    backend: Backend,
    browser: BrowserSubscription = BROWSER,
    choices: Choices = Choices("en"),  # noqa: B008  # frozen
    *,
    place: str = "192.0.2.1",
) -> str:
    with backend.writing(NOBODY) as ctx:
        return subscribe_browser(ctx, HASHES, BOX, RULES, browser, choices, place=place)


def rows(backend: Backend) -> list[SubscriberRow]:
    with backend.reading() as ctx:
        found = list(ctx.session.exec(select(SubscriberRow)))
        ctx.session.expunge_all()
        return found


def test_a_browser_is_active_at_once_and_gets_the_link_to_manage(offered: Backend) -> None:
    link = subscribe(offered)
    (row,) = rows(offered)
    assert (row.state, row.confirmed_via, row.address) == (
        "active",
        "browser",
        "fcm.googleapis.com",
    )
    assert is_valid(link, row.public_id, row.secret, LinkPurpose.MANAGE)


def test_the_endpoint_is_stored_encrypted(offered: Backend) -> None:
    subscribe(offered)
    (row,) = rows(offered)
    assert "secretpart" not in str(row.model_dump())
    assert json.loads(BOX.decrypt(row.secrets or "", row.public_id)) == BROWSER.values


def test_a_browser_that_asks_again_is_one_subscriber_and_loses_nothing(offered: Backend) -> None:
    with offered.writing() as ctx:
        make_service(ctx, "mail")
        make_service(ctx, "payments")
    for service in ("mail", "payments", "mail"):
        subscribe(offered, choices=Choices("sv", Followed(services=(service,))))
    (row,) = rows(offered)
    with offered.reading() as ctx:
        followed = subscriber_record(ctx, row).choices.followed
    assert (row.language, followed.services) == ("sv", ("mail", "payments"))
    subscribe(offered)
    subscribe(offered, choices=Choices("en", Followed(services=("mail",))))
    (row,) = rows(offered)
    assert (row.language, row.whole_page) == ("en", True)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"endpoint": "https://push.evil.example/x"}, "endpoint"),
        ({"endpoint": "http://fcm.googleapis.com/x"}, "endpoint"),
        ({"endpoint": "https://fcm.googleapis.com/" + "x" * 1_000}, "endpoint"),
        ({"auth": "AAAA"}, "p256dh"),
        ({"p256dh": "x" * 2_000}, "p256dh"),
    ],
)
def test_what_no_browser_states_is_refused(
    on_sqlite: Backend, changed: Mapping[str, str], field: str
) -> None:
    with pytest.raises(InvalidError) as raised:
        subscribe(on_sqlite, replace(BROWSER, **changed))
    assert raised.value.field == field
    assert rows(on_sqlite) == []


def test_a_place_is_refused_after_twenty_in_a_day(offered: Backend) -> None:
    for number in range(20):
        subscribe(offered, replace(BROWSER, endpoint=f"{BROWSER.endpoint}{number}"))
    with pytest.raises(UnavailableError):
        subscribe(offered)
    subscribe(offered, place="198.51.100.7")
    offered.clock.forward(days=1, seconds=1)
    subscribe(offered)


def test_nobody_subscribes_while_the_channel_is_off(sqlite_backend: Backend) -> None:
    with pytest.raises(NotFoundError):
        subscribe(sqlite_backend)


def test_the_key_pair_stays_when_the_channel_is_switched_off_and_on(offered: Backend) -> None:
    with offered.writing() as ctx:
        first = read_vapid_key(ctx, BOX)
        switch(ctx, is_enabled=False)
        assert read_vapid_key(ctx, BOX) is None
        assert subscribable_channels(ctx) == ()
        switch(ctx, is_enabled=True)
        assert read_vapid_key(ctx, BOX) == first
        assert read_public_key(ctx) == public_key_of(first or "")
        assert subscribable_channels(ctx) == ("web_push",)
        assert can_subscribe(ctx)
        assert form_channels(ctx) == ()  # a browser needs no form


def test_the_private_key_is_stored_encrypted(on_sqlite: Backend) -> None:
    with on_sqlite.reading() as ctx:
        row = ctx.session.exec(select(ChannelRow)).one()
        assert "PRIVATE" not in (row.secrets or "")
