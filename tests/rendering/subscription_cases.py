"""The pages about subscriptions that the tests of rendering look at, by name."""

from collections.abc import Callable
from dataclasses import replace
from gettext import NullTranslations

from app.domain.notifications.events import IncidentLevel, MaintenanceLevel, NoticeEvent
from app.domain.notifications.states import (
    ConfirmedVia,
    DeliveryState,
    StopReason,
    SubscriberState,
)
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.subscriber import SentDelivery, Subscriber
from app.domain.page.subscribing import (
    ChoiceValues,
    EndedPage,
    FollowedSubject,
    LinkExpiredPage,
    RequestSentPage,
    ServiceChoice,
    ServiceChoices,
    SubscribePage,
    SubscriptionPage,
    UnsubscribePage,
)
from app.domain.statuses import Impact
from app.rendering import pages
from tests.rendering.records import NOW, facts, text

__all__ = ["PAGES", "Render"]

Render = Callable[[str, NullTranslations | None], bytes]

_LINK = f"{'a' * 12}.{'b' * 22}"
_PAGE = facts(subscribe_channels=("email",))
_GROUPS = (
    ServiceChoices(
        text("Payments", sv="Betalningar", ar="المدفوعات"),
        (
            ServiceChoice("checkout", text("Checkout")),
            ServiceChoice("card-terminals", text("Card terminals")),
        ),
    ),
    ServiceChoices(None, (ServiceChoice("website", text("Website")),)),
)
_INCIDENT = FollowedSubject("incident", "i" * 12, text("Old tills"), f"/incidents/{'i' * 12}")
_CHOICES = Choices(
    "sv",
    Followed(("checkout", "website"), (_INCIDENT.id,)),
    IncidentLevel.ENDS,
    MaintenanceLevel.ALL,
    Impact.MAJOR,
    "Asia/Tokyo",
)
_SUBSCRIBER = Subscriber(
    "a" * 12,
    "email",
    "vera@example.net",
    _CHOICES,
    SubscriberState.ACTIVE,
    None,
    None,
    NOW,
    NOW,
    ConfirmedVia.LINK,
    "subscribe form 1",
    NOW,
)
_STOPPED = replace(_SUBSCRIBER, state=SubscriberState.STOPPED, stop_reason=StopReason.BOUNCED)
_DELIVERIES = tuple(
    SentDelivery(event.value, "incident:x", state, NOW, NOW)
    for event in NoticeEvent
    for state in DeliveryState
)
_ERRORS = dict.fromkeys(
    ("incidents", "maintenances", "minimum", "language", "time_zone", "services"), "unknown_choice"
)


def _form(**changed: object) -> SubscribePage:
    page = SubscribePage(_PAGE, _GROUPS, channels=("email", "webhook"))
    return replace(page, **changed)  # type: ignore[arg-type]


def _subscription(subscriber: Subscriber, **changed: object) -> SubscriptionPage:
    page = SubscriptionPage(_PAGE, _LINK, subscriber, _GROUPS, (_INCIDENT,))
    page = replace(page, values=ChoiceValues.of(subscriber.choices))
    return replace(page, **changed)  # type: ignore[arg-type]


PAGES: dict[str, Render] = {
    "form": lambda tag, words: pages.subscribe(_form(), tag, catalogue=words),
    "form_about_incident": lambda tag, words: pages.subscribe(
        _form(groups=(), subject=_INCIDENT, query=f"?incident={_INCIDENT.id}"), tag, catalogue=words
    ),
    "form_refused": lambda tag, words: pages.subscribe(
        _form(errors={**_ERRORS, "address": "invalid_address"}), tag, catalogue=words
    ),
    "form_busy": lambda tag, words: pages.subscribe(
        _form(errors={"": "subscriptions_busy"}), tag, catalogue=words
    ),
    "form_without_mail": lambda tag, words: pages.subscribe(
        _form(page=facts(), channels=()), tag, catalogue=words
    ),
    "sent": lambda tag, words: pages.request_sent(RequestSentPage(_PAGE), tag, catalogue=words),
    "confirm": lambda tag, words: pages.confirm_subscription(
        _subscription(_SUBSCRIBER), tag, catalogue=words
    ),
    "subscription": lambda tag, words: pages.subscription(
        _subscription(_SUBSCRIBER, deliveries=_DELIVERIES, notice="saved"), tag, catalogue=words
    ),
    "subscription_refused": lambda tag, words: pages.subscription(
        _subscription(_SUBSCRIBER, errors=_ERRORS, notice="address"), tag, catalogue=words
    ),
    "subscription_stopped": lambda tag, words: pages.subscription(
        _subscription(_STOPPED, notice="confirmed"), tag, catalogue=words
    ),
    "unsubscribe": lambda tag, words: pages.unsubscribe(
        UnsubscribePage(_PAGE, _LINK, "v•••@example.net", can_reduce=True), tag, catalogue=words
    ),
    "ended": lambda tag, words: pages.ended(EndedPage(_PAGE), tag, catalogue=words),
    "reduced": lambda tag, words: pages.ended(
        EndedPage(_PAGE, is_reduced=True), tag, catalogue=words
    ),
    "expired": lambda tag, words: pages.link_expired(LinkExpiredPage(_PAGE), tag, catalogue=words),
}
