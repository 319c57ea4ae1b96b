"""Requests of the subscribe form: a row for each, so that the answer is equal for all addresses.

What the address is to Fyr, the worker looks up later (request_handling). When requests lead to too
many mails, they wait, and the worker handles those of networks with few requests first.
"""

import logging
from dataclasses import dataclass, field

from app.db.queries.subscribers import subscription_requests
from app.db.tables import SubscriptionRequestRow
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.notifications.request_limits import (
    DAY,
    HOUR,
    MINUTE,
    MOST_OF_PLACE_IN_A_DAY,
    MOST_OF_PLACE_LATELY,
    PLACE_PERIOD,
    is_sending_allowed,
    most_in_an_hour,
    most_waiting,
)
from app.domain.notifications.subscribers.choices import Choices
from app.usecases.context import Ctx
from app.usecases.notices.counters import count_request
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.availability import EMAIL, subscribable_channels
from app.usecases.subscribers.choices import check_choices, choices_as_json
from app.usecases.subscribers.requests.new_addresses import REPLACES

__all__ = [
    "DROPPED",
    "SENT",
    "THROTTLED",
    "TRAPPED",
    "FormRequest",
    "accept_request",
    "is_busy",
    "may_send",
    "record_request",
]

_log = logging.getLogger("fyr.web")

# Outcomes of requests that lead to no mail, whatever the address is.
THROTTLED = "throttled"
TRAPPED = "trapped"
DROPPED = "dropped"
# Outcomes of requests that lead to a mail, or to a request of a webhook.
SENT = frozenset({"confirm", "known"})


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What a visitor submitted. `place` is the network address that it came from.

    `is_trapped`: a field that people do not see was filled in. `replaces` is the public id of the
    subscriber whose address this one replaces.
    """

    address: str = field(repr=False)
    choices: Choices
    place: str = field(repr=False)
    is_trapped: bool = False
    replaces: str | None = None


def record_request(ctx: Ctx, hashes: AddressHashes, request: FormRequest) -> None:
    """Store a request for the worker.

    Raises InvalidError when the address is malformed or a choice is not on the page, NotFoundError
    when visitors cannot subscribe by mail, UnavailableError (`subscriptions_busy`) when too many
    requests wait, most of them of its provider. A place that is over its limit gets no error.
    """
    if EMAIL not in subscribable_channels(ctx):
        raise NotFoundError("Visitors cannot subscribe by mail.")
    address = check_mail_address(request.address)
    choices = check_choices(ctx, request.choices)
    row = accept_request(
        ctx, hashes, EMAIL, choices.language, request.place, is_trapped=request.is_trapped
    )
    if row is not None:
        row.address = address.address
        row.wishes = {**choices_as_json(choices), REPLACES: request.replaces}


def accept_request(  # what is counted, and what the row says
    ctx: Ctx,
    hashes: AddressHashes,
    channel: str,
    language: str,
    place: str,
    *,
    is_trapped: bool,
) -> SubscriptionRequestRow | None:
    """Store that something was requested; returns the row that has to say what.

    None when the request leads to nothing: its place, a network address, is over its limit, or a
    field that people do not see was filled in. Raises UnavailableError (`subscriptions_busy`).
    """
    hashed, provider = hashes.of_place(ctx, place), hashes.of_provider(ctx, place)
    subscription_requests.lock_count(ctx.session, hashed)
    in_a_day, lately = subscription_requests.count_of_place(
        ctx.session, hashed, day_ago=ctx.now - DAY, lately=ctx.now - PLACE_PERIOD
    )
    if in_a_day >= MOST_OF_PLACE_IN_A_DAY:
        return None
    row = SubscriptionRequestRow(
        channel=channel,
        language=language,
        place=hashed,
        provider=provider,
        requested_at=ctx.now,
    )
    if lately < MOST_OF_PLACE_LATELY and not is_trapped:
        _make_room(ctx, provider)
        ctx.session.add(row)
        return row
    ctx.session.add(row)
    row.outcome = TRAPPED if is_trapped else THROTTLED
    row.handled_at = ctx.now
    count_request(ctx, row.outcome)
    return None


def _make_room(ctx: Ctx, provider: str) -> None:
    """Drop a request when too many wait: the newest one of the provider with the most that wait.

    Raises UnavailableError (`subscriptions_busy`) when that is the provider of the new request.
    """
    active = subscription_requests.count_active(ctx.session)
    if subscription_requests.count_waiting(ctx.session) < most_waiting(active):
        return
    waiting = subscription_requests.waiting_of_providers(ctx.session)
    most, of_new = max(waiting.values()), waiting.get(provider, 0)
    if of_new >= most:
        _log.warning("subscribe.busy")
        raise UnavailableError(
            "Too many people subscribe at the moment. Try again in an hour.",
            code="subscriptions_busy",
        )
    largest = next(each for each, number in waiting.items() if number == most)
    row = subscription_requests.newest_waiting(ctx.session, largest)
    if row is not None:
        row.outcome, row.handled_at, row.address, row.wishes = DROPPED, ctx.now, None, None
        ctx.session.add(row)
        count_request(ctx, DROPPED)


def may_send(ctx: Ctx) -> bool:
    """Whether a further request may lead to a mail, or to a request of a webhook, now."""
    active = subscription_requests.count_active(ctx.session)
    in_an_hour, in_a_minute = _sent_lately(ctx)
    return is_sending_allowed(active, in_an_hour, in_a_minute)


def is_busy(ctx: Ctx) -> bool:
    """Whether requests wait because those of all visitors led to too many mails in an hour."""
    in_an_hour, _ = _sent_lately(ctx)
    most = most_in_an_hour(subscription_requests.count_active(ctx.session))
    return in_an_hour >= most and subscription_requests.has_request(ctx.session)


def _sent_lately(ctx: Ctx) -> tuple[int, int]:
    """The numbers of requests with the outcomes SENT in the last hour and the last minute."""
    return subscription_requests.count_handled(
        ctx.session, SENT, hour_ago=ctx.now - HOUR, minute_ago=ctx.now - MINUTE
    )
