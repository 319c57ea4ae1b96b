"""Web Push: the key pair of this installation, and browsers that subscribe.

A browser that subscribes has asked its user, so its subscription is active at once.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from secrets import token_bytes

from app.db.queries.subscribers import channels, subscribers, subscription_requests
from app.db.tables import SubscriberRow, SubscriptionRequestRow
from app.domain.errors import InvalidError, NotFoundError, UnavailableError
from app.domain.notifications.push_hosts import is_push_host
from app.domain.notifications.request_limits import DAY, MOST_OF_PLACE_IN_A_DAY, PLACE_PERIOD
from app.domain.notifications.states import ConfirmedVia, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, token
from app.ports.channel import Channel
from app.usecases.context import Ctx, new_id
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.choices import apply_choices, check_choices
from app.usecases.subscribers.records import subscriber_record
from app.usecases.subscribers.requests.new_subscribers import SECRET_BYTES

__all__ = [
    "WEB_PUSH",
    "BrowserSubscription",
    "PushRules",
    "read_public_key",
    "read_vapid_key",
    "subscribe_browser",
]

WEB_PUSH = "web_push"
_ABOUT = f"channel:{WEB_PUSH}"
_KEY, _PUBLIC_KEY = "vapid_key", "public_key"
_LONGEST_VALUE = 1_000
_SUBSCRIBED = "subscribed"


@dataclass(frozen=True, slots=True)
class BrowserSubscription:
    """What a browser states: its `endpoint` at a push service, and its keys in base64url."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    @property
    def values(self) -> Mapping[str, str]:
        """The values of the fields of the channel."""
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}


def read_vapid_key(ctx: Ctx, secret_box: SecretBox) -> str | None:
    """The private key of this installation in PEM; None while the channel is off.

    Raises UnavailableError when it was encrypted with another FYR_SECRET_KEY.
    """
    row = channels.find_channel(ctx.session, WEB_PUSH)
    if row is None or row.secrets is None or not row.is_enabled:
        return None
    stored: dict[str, str] = json.loads(secret_box.decrypt(row.secrets, _ABOUT))
    return stored.get(_KEY)


def read_public_key(ctx: Ctx) -> str | None:
    """The public key that browsers subscribe with; None while they cannot."""
    row = channels.find_channel(ctx.session, WEB_PUSH)
    if row is None or not (row.is_enabled and row.is_public):
        return None
    key: str | None = row.options.get(_PUBLIC_KEY)
    return key


@dataclass(frozen=True, slots=True)
class PushRules:
    """What a subscription of a browser is checked with: the channel, and the allowed hosts."""

    channel: Channel
    hosts: Collection[str]


def subscribe_browser(  # noqa: PLR0913  # the request, its place, and what it is checked with
    ctx: Ctx,
    hashes: AddressHashes,
    secret_box: SecretBox,
    rules: PushRules,
    browser: BrowserSubscription,
    choices: Choices,
    *,
    place: str,
) -> str:
    """Subscribe a browser, or add to what it has; returns the token of its link to manage.

    A browser that is notified already keeps its levels, and goes on following what it followed.
    `place` is the network address that the request came from. Raises NotFoundError while the
    channel is off, InvalidError, and UnavailableError (`subscriptions_busy`) when too many
    requests came from there.
    """
    row = channels.find_channel(ctx.session, WEB_PUSH)
    if row is None or not (row.is_enabled and row.is_public):
        raise NotFoundError("Visitors cannot subscribe with their browsers.")
    _check(rules, browser)
    check_choices(ctx, choices)
    _count(ctx, hashes, place, choices.language)
    found, present = _stored(ctx, secret_box, rules.channel, browser, choices)
    apply_choices(ctx, found, choices if present is None else _added(present, choices))
    return token(found.public_id, found.secret, LinkPurpose.MANAGE)


def _check(rules: PushRules, browser: BrowserSubscription) -> None:
    for name, value in browser.values.items():
        if len(value) > _LONGEST_VALUE:
            raise InvalidError("This value is too long.", code="too_long", field=name)
    for name, problem in rules.channel.check(browser.values).items():
        raise InvalidError(problem.message, code=problem.code, field=name)
    if not is_push_host(rules.channel.address(browser.values), rules.hosts):
        raise InvalidError(
            "This push service is not one of FYR_PUSH_HOSTS.",
            code="foreign_push_host",
            field="endpoint",
        )


def _count(ctx: Ctx, hashes: AddressHashes, place: str, language: str) -> None:
    """Count the request. Raises UnavailableError when there were too many from its place."""
    hashed = hashes.of_place(ctx, place)
    subscription_requests.lock_count(ctx.session, hashed)
    in_a_day, _ = subscription_requests.count_of_place(
        ctx.session, hashed, day_ago=ctx.now - DAY, lately=ctx.now - PLACE_PERIOD
    )
    if in_a_day >= MOST_OF_PLACE_IN_A_DAY:
        raise UnavailableError(
            "Too many subscriptions came from your network today. Try again tomorrow.",
            code="subscriptions_busy",
        )
    ctx.session.add(
        SubscriptionRequestRow(
            channel=WEB_PUSH,
            language=language,
            place=hashed,
            provider=hashes.of_provider(ctx, place),
            requested_at=ctx.now,
            handled_at=ctx.now,
            outcome=_SUBSCRIBED,
        )
    )


def _stored(
    ctx: Ctx,
    secret_box: SecretBox,
    channel: Channel,
    browser: BrowserSubscription,
    choices: Choices,
) -> tuple[SubscriberRow, Choices | None]:
    """The subscriber of this endpoint with the keys that its browser has now, and its choices.

    None for choices of a browser that was not notified before.
    """
    key = hashlib.sha256(browser.endpoint.encode()).hexdigest()
    row = subscribers.find_by_key(ctx.session, WEB_PUSH, key)
    present = None
    if row is not None and row.state == SubscriberState.ACTIVE:
        present = subscriber_record(ctx, row).choices
    if row is None:
        row = SubscriberRow(
            public_id=new_id(),
            channel=WEB_PUSH,
            address=channel.address(browser.values),
            address_key=key,
            options={},
            secret=token_bytes(SECRET_BYTES),
            language=choices.language,
            state=SubscriberState.ACTIVE.value,
            is_room=False,
            incidents=choices.incidents.value,
            maintenances=choices.maintenances.value,
            minimum=choices.minimum.value,
            whole_page=choices.followed.is_whole_page,
            created_at=ctx.now,
            confirmed_at=ctx.now,
            confirmed_via=ConfirmedVia.BROWSER.value,
            troubles=[],
        )
    row.secrets = secret_box.encrypt(json.dumps(dict(browser.values)), row.public_id)
    if row.state != SubscriberState.ACTIVE:
        row.state, row.stop_reason, row.stopped_at = SubscriberState.ACTIVE.value, None, None
        row.confirmed_at = ctx.now
    return row, present


def _added(present: Choices, asked: Choices) -> Choices:
    """The present choices, with what was asked for besides; the language is that of the page."""
    before, more = present.followed, asked.followed
    followed = Followed()
    if not (before.is_whole_page or more.is_whole_page):
        followed = Followed(
            tuple(dict.fromkeys((*before.services, *more.services))),
            tuple(dict.fromkeys((*before.incidents, *more.incidents))),
            tuple(dict.fromkeys((*before.maintenances, *more.maintenances))),
        )
    return replace(present, language=asked.language, followed=followed)
