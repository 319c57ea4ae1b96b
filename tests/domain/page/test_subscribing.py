"""What the pages of subscriptions show of a subscriber."""

from datetime import UTC, datetime

from app.domain.notifications.events import IncidentLevel
from app.domain.notifications.states import SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.subscriber import Subscriber
from app.domain.page.pages import PageFacts
from app.domain.page.subscribing import (
    ChoiceValues,
    ServiceChoice,
    ServiceChoices,
    SubscriptionPage,
)
from app.domain.texts.localized_text import LocalizedText

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAME = LocalizedText.of("Acme", "en")
CHOICES = Choices("sv", Followed(services=("mail",)), incidents=IncidentLevel.ENDS)


def test_the_form_shows_the_choices_of_a_subscriber() -> None:
    values = ChoiceValues.of(CHOICES)
    assert (values.scope, values.services, values.language) == ("chosen", frozenset({"mail"}), "sv")
    assert values.incidents == "ends"
    assert ChoiceValues.of(Choices("en")).scope == "page"


def test_the_services_that_are_followed_are_named() -> None:
    subscriber = Subscriber(
        "id", "email", "vera@example.net", CHOICES, SubscriberState.ACTIVE,
        None, None, NOW, NOW, None, None, None,
    )  # fmt: skip
    page = PageFacts("p", NAME, "", "UTC", "en", ("en",), 1, NOW, NOW)
    mail, web = (
        ServiceChoice(slug, LocalizedText.of(slug.title(), "en")) for slug in ("mail", "web")
    )
    shown = SubscriptionPage(page, "link", subscriber, (ServiceChoices(None, (mail, web)),))
    assert shown.service_names == (mail.name,)
