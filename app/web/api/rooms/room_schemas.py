from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.statuses import Impact
from app.usecases.subscribers import rooms
from app.web.api.fields import PatchSchema, RequestSchema, ResponseSchema, Slug

__all__ = ["CreatedRoom", "NewRoom", "Room", "RoomChange", "RoomSecret"]

Kind = Annotated[StrictStr, Field(max_length=60, description="The kind of channel.")]
Name = Annotated[StrictStr, Field(max_length=200)]
Language = Annotated[StrictStr, Field(max_length=40, description="A language of the page.")]
TimeZone = Annotated[
    StrictStr,
    Field(max_length=60, description="Such as `Europe/Stockholm`; null: that of the page."),
]
Values = Annotated[
    dict[StrictStr, Annotated[StrictStr, Field(max_length=2_000)]],
    Field(max_length=20, description="The fields of the channel. Secrets are never returned."),
]
Services = Annotated[
    tuple[Slug, ...], Field(max_length=1_000, description="Empty: everything on the page.")
]
# The levels as literals, so that the schema lists them.
Incidents = Literal["none", "ends", "all"]
Maintenances = Literal["none", "planned", "all"]
Minimum = Literal["none", "minor", "major", "critical"]


class NewRoom(RequestSchema):
    """Room to be created."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "slack",
                    "name": "Operations",
                    "language": "en",
                    "values": {"url": "https://hooks.slack.com/services/T0/B0/x"},
                }
            ]
        }
    )

    kind: Kind
    name: Name
    values: Values
    language: Language
    time_zone: TimeZone | None = None
    services: Services = ()
    incidents: Incidents = "all"
    maintenances: Maintenances = "all"
    minimum: Minimum = "none"

    def to_record(self) -> rooms.NewRoom:
        choices = Choices(
            self.language.lower(),
            Followed(services=tuple(self.services)),
            IncidentLevel(self.incidents),
            MaintenanceLevel(self.maintenances),
            Impact(self.minimum),
            self.time_zone,
        )
        return rooms.NewRoom(self.kind, self.name, self.values, choices)


class RoomChange(PatchSchema):
    """Changes to a room; fields that are left out stay unchanged, also those in `values`."""

    nullable: ClassVar[frozenset[str]] = frozenset({"time_zone"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "On call"}]})

    name: Name | SkipJsonSchema[None] = None
    values: Values | SkipJsonSchema[None] = None
    language: Language | SkipJsonSchema[None] = None
    time_zone: TimeZone | None = None
    services: Services | SkipJsonSchema[None] = None
    incidents: Incidents | SkipJsonSchema[None] = None
    maintenances: Maintenances | SkipJsonSchema[None] = None
    minimum: Minimum | SkipJsonSchema[None] = None

    def to_record(self, present: Choices) -> rooms.RoomChanges:
        """The changes of a room that has the choices `present`."""
        sent = self.model_fields_set
        choices = Choices(
            self.language.lower() if self.language is not None else present.language,
            present.followed if self.services is None else Followed(services=tuple(self.services)),
            IncidentLevel(self.incidents or present.incidents),
            MaintenanceLevel(self.maintenances or present.maintenances),
            Impact(self.minimum or present.minimum),
            self.time_zone if "time_zone" in sent else present.time_zone,
        )
        return rooms.RoomChanges(self.name, self.values, None if choices == present else choices)


class Room(ResponseSchema):
    """Room. `hints` has the last characters of each secret in `values`."""

    id: str
    kind: str
    name: str
    address: str
    values: dict[str, str]
    hints: dict[str, str]
    language: str
    time_zone: str | None
    services: list[str]
    incidents: IncidentLevel
    maintenances: MaintenanceLevel
    minimum: Impact
    state: SubscriberState
    stop_reason: StopReason | None
    created_at: datetime
    last_sent_at: datetime | None

    @classmethod
    def of(cls, room: rooms.Room) -> "Room":
        choices = room.choices
        return cls(
            id=room.id,
            kind=room.kind,
            name=room.name,
            address=room.address,
            values=dict(room.values),
            hints=dict(room.hints),
            language=choices.language,
            time_zone=choices.time_zone,
            services=list(choices.followed.services),
            incidents=choices.incidents,
            maintenances=choices.maintenances,
            minimum=choices.minimum,
            state=room.state,
            stop_reason=room.stop_reason,
            created_at=room.created_at,
            last_sent_at=room.last_sent_at,
        )


class CreatedRoom(Room):
    """Room that was just created. `secret` signs its webhooks, and is returned only once."""

    secret: str | None

    @classmethod
    def made(cls, created: rooms.CreatedRoom) -> "CreatedRoom":
        return cls(**Room.of(created.room).model_dump(), secret=created.secret)


class RoomSecret(ResponseSchema):
    """The new secret of a room, which is returned only once."""

    secret: str | None
