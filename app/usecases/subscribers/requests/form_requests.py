"""Requests of the subscribe form: a row for each, so that the answer is equal for all addresses.

What the address is to Fyr, the worker looks up later (request_handling).
"""

import logging
from dataclasses import dataclass, field

from app.db.queries.subscribers import subscription_requests
from app.db.tables import SubscriptionRequestRow
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.notifications.request_limits import (
    DAY,
    HOUR,
    MOST_OF_PLACE_IN_A_DAY,
    MOST_OF_PLACE_LATELY,
    PLACE_PERIOD,
    most_in_an_hour,
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
    "IGNORED",
    "THROTTLED",
    "TRAPPED",
    "FormRequest",
    "accept_request",
    "is_busy",
    "record_request",
]

_log = logging.getLogger("fyr.web")

# Outcomes of requests that lead to no mail, whatever the address is.
THROTTLED = "throttled"
TRAPPED = "trapped"
IGNORED = frozenset({THROTTLED, TRAPPED})


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
    when visitors cannot subscribe by mail, UnavailableError (`subscriptions_busy`) when there were
    too many requests of all visitors. A place that is over its limit gets no error.
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
    hashed = hashes.of_place(ctx, place)
    subscription_requests.lock_count(ctx.session, hashed)
    in_a_day, lately = subscription_requests.count_of_place(
        ctx.session, hashed, day_ago=ctx.now - DAY, lately=ctx.now - PLACE_PERIOD
    )
    if is_busy(ctx):
        _log.warning("subscribe.busy")
        raise UnavailableError(
            "Too many people subscribe at the moment. Try again in an hour.",
            code="subscriptions_busy",
        )
    if in_a_day >= MOST_OF_PLACE_IN_A_DAY:
        return None
    row = SubscriptionRequestRow(
        channel=channel, language=language, place=hashed, requested_at=ctx.now
    )
    ctx.session.add(row)
    if lately < MOST_OF_PLACE_LATELY and not is_trapped:
        return row
    row.outcome = TRAPPED if is_trapped else THROTTLED
    row.handled_at = ctx.now
    count_request(ctx, row.outcome)
    return None


def is_busy(ctx: Ctx) -> bool:
    """Whether there were so many requests of all visitors in an hour that the form refuses more."""
    most = most_in_an_hour(subscription_requests.count_active(ctx.session))
    found = subscription_requests.count_since(ctx.session, ctx.now - HOUR, ignored=IGNORED)
    return found >= most
