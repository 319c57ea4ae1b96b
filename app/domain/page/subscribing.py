"""Contents of the pages with which visitors subscribe, confirm, change and unsubscribe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.subscriber import SentDelivery, Subscriber
from app.domain.page.pages import PageFacts
from app.domain.statuses import Impact
from app.domain.texts.phrases import Text

__all__ = [
    "ChoiceValues",
    "EndedPage",
    "FollowedSubject",
    "LinkExpiredPage",
    "Missing",
    "RequestSentPage",
    "ServiceChoice",
    "ServiceChoices",
    "SubscribePage",
    "SubscriptionPage",
    "SubscriptionSummary",
    "UnsubscribePage",
    "WebhookRequestedPage",
]


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """A service that can be followed."""

    slug: str
    name: Text


@dataclass(frozen=True, slots=True)
class ServiceChoices:
    """A group with the services that can be followed; `name` is None for services in none."""

    name: Text | None
    services: tuple[ServiceChoice, ...]


@dataclass(frozen=True, slots=True)
class FollowedSubject:
    """One incident or maintenance that can be followed by itself. `path` has no language."""

    kind: Literal["incident", "maintenance"]
    id: str
    title: Text
    path: str


@dataclass(frozen=True, slots=True)
class ChoiceValues:
    """The values of the fields of a form about a subscription, as texts.

    `scope` is `page` for everything, or `chosen` for `services`, `incident` and `maintenance`.
    `url`, `format` and `contact` are those of a webhook.
    """

    channel: str = ""
    address: str = field(default="", repr=False)
    url: str = field(default="", repr=False)
    format: str = ""
    contact: str = field(default="", repr=False)
    scope: str = "page"
    services: frozenset[str] = frozenset()
    incident: frozenset[str] = frozenset()
    maintenance: frozenset[str] = frozenset()
    incidents: str = IncidentLevel.ALL.value
    maintenances: str = MaintenanceLevel.PLANNED.value
    minimum: str = Impact.NONE.value
    language: str = ""
    time_zone: str = ""

    @classmethod
    def of(cls, choices: Choices) -> "ChoiceValues":
        """The values that show these choices."""
        followed = choices.followed
        return cls(
            scope="page" if followed.is_whole_page else "chosen",
            services=frozenset(followed.services),
            incident=frozenset(followed.incidents),
            maintenance=frozenset(followed.maintenances),
            incidents=choices.incidents.value,
            maintenances=choices.maintenances.value,
            minimum=choices.minimum.value,
            language=choices.language,
            time_zone=choices.time_zone or "",
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """What was asked for and is not part of a subscription, with its names and titles.

    `followed` names nothing when the whole page is missing.
    """

    followed: Followed
    titles: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionSummary:
    """What a subscriber gets, for a message about that.

    `host` is that of a webhook or a browser, None for mail. `titles` are those of the services and
    of what else is followed. `missing` was asked for and is not part of it.
    """

    host: str | None
    choices: Choices
    titles: tuple[Text, ...] = ()
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class SubscribePage:
    """The subscribe form, for the whole page or for one `subject`.

    `errors` has the code of an error by field; the one under "" is about the whole form. `query`
    is the part of the URL that names the subject, with its question mark. `push_key` is the public
    key that browsers subscribe with; None while they cannot. `channels` are the kinds that the form
    offers.
    """

    page: PageFacts
    groups: tuple[ServiceChoices, ...]
    subject: FollowedSubject | None = None
    values: ChoiceValues = ChoiceValues()
    errors: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    push_key: str | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookRequestedPage:
    """The answer to a request to notify a webhook, equal for all URLs on the `host`.

    `secret` signs the requests, and is not shown again; None where it stays as it is.
    """

    page: PageFacts
    host: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RequestSentPage:
    """The answer to a request, equal for all addresses."""

    page: PageFacts


@dataclass(frozen=True, slots=True)
class LinkExpiredPage:
    """The answer to a link that is not valid any more."""

    page: PageFacts


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """A subscription with its link: to confirm it, or to change it.

    `subjects` are the incidents and maintenances that it follows; `groups` the services that can
    be followed. `notice` is `saved`, `address` or empty. `deliveries` are newest first. `offered`
    was asked for by the form and is not part of it yet; the values have it. `secret` is the
    new secret of a webhook, which is not shown again.
    """

    page: PageFacts
    link: str = field(repr=False)
    subscriber: Subscriber
    groups: tuple[ServiceChoices, ...] = ()
    subjects: tuple[FollowedSubject, ...] = ()
    deliveries: tuple[SentDelivery, ...] = ()
    values: ChoiceValues = ChoiceValues()
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    offered: Missing | None = None
    secret: str | None = field(default=None, repr=False)

    @property
    def can_change_url(self) -> bool:
        """Whether a webhook can get a new URL."""
        is_active = self.subscriber.state is SubscriberState.ACTIVE
        return self.subscriber.channel == "webhook" and (is_active or self.can_verify)

    @property
    def can_verify(self) -> bool:
        """Whether a webhook that was stopped can be asked to confirm again."""
        reasons = {StopReason.FAILING, StopReason.GONE}
        return self.subscriber.channel == "webhook" and self.subscriber.stop_reason in reasons

    @property
    def service_names(self) -> tuple[Text, ...]:
        """The names of the services that are followed."""
        followed = set(self.subscriber.choices.followed.services)
        every = (each for group in self.groups for each in group.services)
        return tuple(each.name for each in every if each.slug in followed)


@dataclass(frozen=True, slots=True)
class UnsubscribePage:
    """The page of a link to unsubscribe. `can_reduce`: fewer notifications are possible."""

    page: PageFacts
    link: str = field(repr=False)
    masked: str
    can_reduce: bool


@dataclass(frozen=True, slots=True)
class EndedPage:
    """Nothing is sent to this address any more; with `is_reduced`, less is sent from now on."""

    page: PageFacts
    is_reduced: bool = False
