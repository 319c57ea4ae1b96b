from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, StrictBool, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.states import ConfirmedVia, StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.subscriber import Subscriber as SubscriberRecord
from app.domain.statuses import Impact
from app.usecases.subscribers.administration import SubscriberCount as CountRecord
from app.usecases.subscribers.imported_lists import ImportOptions
from app.web.api.fields import (
    PUBLIC_ID_PATTERN,
    PatchSchema,
    RequestSchema,
    ResponseSchema,
    Slug,
)

__all__ = [
    "AddressSearch",
    "NewSubscriber",
    "ProblemOfLine",
    "Subscriber",
    "SubscriberChange",
    "SubscriberCounts",
    "SubscriberImport",
    "SubscriberImported",
]

Address = Annotated[StrictStr, Field(max_length=300)]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=1000)]
PublicIds = Annotated[
    tuple[Annotated[StrictStr, Field(pattern=PUBLIC_ID_PATTERN)], ...], Field(max_length=50)
]
Language = Annotated[StrictStr, Field(min_length=2, max_length=35)]
Zone = Annotated[StrictStr, Field(min_length=1, max_length=100)]


class NewSubscriber(RequestSchema):
    """A new subscriber by mail.

    Without `services`, `only_incidents` and `only_maintenances` the whole page is followed.
    `vouched` says how the owner of the address has agreed; without it, a mail asks for that.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"address": "vera@example.net", "language": "en"}]}
    )

    address: Address
    language: Language | None = None
    time_zone: Zone | None = None
    services: Slugs = ()
    only_incidents: PublicIds = ()
    only_maintenances: PublicIds = ()
    incidents: IncidentLevel = IncidentLevel.ALL
    maintenances: MaintenanceLevel = MaintenanceLevel.PLANNED
    minimum: Impact = Impact.NONE
    vouched: Annotated[StrictStr, Field(max_length=500)] | None = None

    def choices(self, default_language: str) -> Choices:
        return Choices(
            (self.language or default_language).lower(),
            Followed(
                tuple(dict.fromkeys(self.services)),
                tuple(dict.fromkeys(self.only_incidents)),
                tuple(dict.fromkeys(self.only_maintenances)),
            ),
            self.incidents,
            self.maintenances,
            self.minimum,
            self.time_zone,
        )


class SubscriberChange(PatchSchema):
    """Changes of what a subscriber chose; null removes the time zone.

    `url` is a new one of a webhook. It replaces the present one once the program there has answered
    a challenge, or its owner has confirmed by the link. With empty `services`, `only_incidents`
    and `only_maintenances` the whole page is followed.
    """

    nullable: ClassVar[frozenset[str]] = frozenset({"time_zone"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"incidents": "ends"}]})

    language: Language | SkipJsonSchema[None] = None
    time_zone: Zone | None = None
    services: Slugs | SkipJsonSchema[None] = None
    only_incidents: PublicIds | SkipJsonSchema[None] = None
    only_maintenances: PublicIds | SkipJsonSchema[None] = None
    incidents: IncidentLevel | SkipJsonSchema[None] = None
    maintenances: MaintenanceLevel | SkipJsonSchema[None] = None
    minimum: Impact | SkipJsonSchema[None] = None
    url: Annotated[StrictStr, Field(max_length=2000)] | SkipJsonSchema[None] = None

    @property
    def has_choices(self) -> bool:
        """Whether it changes anything besides the URL."""
        return bool(self.model_fields_set - {"url"}) or self.url is None

    def applied_to(self, present: Choices) -> Choices:
        """The choices with these changes."""
        followed = present.followed
        zone = self.time_zone if "time_zone" in self.model_fields_set else present.time_zone
        return Choices(
            present.language if self.language is None else self.language.lower(),
            Followed(
                _given(self.services, followed.services),
                _given(self.only_incidents, followed.incidents),
                _given(self.only_maintenances, followed.maintenances),
            ),
            self.incidents or present.incidents,
            self.maintenances or present.maintenances,
            self.minimum or present.minimum,
            zone,
        )


def _given(sent: tuple[str, ...] | None, present: tuple[str, ...]) -> tuple[str, ...]:
    return present if sent is None else tuple(dict.fromkeys(sent))


class AddressSearch(RequestSchema):
    """The mail address of a subscriber."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"address": "vera@example.net"}]})

    address: Address


class SubscriberImport(RequestSchema):
    """A list of subscribers as JSON Lines, as an export has them, in one string.

    `confirmed` says where and when these people have agreed. With `ask` each one is asked by mail
    to confirm instead. With `dry_run` nothing is stored.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": '{"address": "vera@example.net", "language": "en"}\n',
                    "confirmed": "the former status page, 2026-11-01",
                }
            ]
        }
    )

    lines: StrictStr
    confirmed: Annotated[StrictStr, Field(max_length=500)]
    ask: StrictBool = False
    dry_run: StrictBool = False

    def options(self) -> ImportOptions:
        return ImportOptions(self.confirmed, self.ask, self.dry_run)


class ProblemOfLine(ResponseSchema):
    """Why a line of a list was left out."""

    line: int
    code: str


class SubscriberImported(ResponseSchema):
    """The number of subscribers that were imported, and the lines that were left out."""

    added: int
    problems: list[ProblemOfLine]


class Subscriber(ResponseSchema):
    """A subscriber. The address is masked for editors."""

    id: str
    channel: str
    address: str
    state: SubscriberState
    stop_reason: StopReason | None
    stopped_at: datetime | None
    language: str
    time_zone: str | None
    services: list[str]
    only_incidents: list[str]
    only_maintenances: list[str]
    incidents: IncidentLevel
    maintenances: MaintenanceLevel
    minimum: Impact
    created_at: datetime
    confirmed_at: datetime | None
    confirmed_via: ConfirmedVia | None
    last_sent_at: datetime | None

    @classmethod
    def of(cls, record: SubscriberRecord) -> "Subscriber":
        choices = record.choices
        return cls(
            id=record.id,
            channel=record.channel,
            address=record.address,
            state=record.state,
            stop_reason=record.stop_reason,
            stopped_at=record.stopped_at,
            language=choices.language,
            time_zone=choices.time_zone,
            services=list(choices.followed.services),
            only_incidents=list(choices.followed.incidents),
            only_maintenances=list(choices.followed.maintenances),
            incidents=choices.incidents,
            maintenances=choices.maintenances,
            minimum=choices.minimum,
            created_at=record.created_at,
            confirmed_at=record.confirmed_at,
            confirmed_via=record.confirmed_via,
            last_sent_at=record.last_sent_at,
        )


class SubscriberCounts(ResponseSchema):
    """The number of subscribers of a channel in a state and a language."""

    channel: str
    state: SubscriberState
    language: str
    number: int

    @classmethod
    def of(cls, count: CountRecord) -> "SubscriberCounts":
        return cls(
            channel=count.channel,
            state=count.state,
            language=count.language,
            number=count.number,
        )
