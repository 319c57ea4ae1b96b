from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool
from pydantic.json_schema import SkipJsonSchema

from app.usecases.subscribers import channel_settings
from app.web.api.fields import PatchSchema, ResponseSchema

__all__ = ["ChannelChange", "ChannelSettings"]


class ChannelChange(PatchSchema):
    """Changes to the settings of a channel; what is left out stays unchanged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_enabled": True}]})

    is_enabled: StrictBool | SkipJsonSchema[None] = None
    is_public: StrictBool | SkipJsonSchema[None] = None
    reply_to: Annotated[
        str | SkipJsonSchema[None],
        Field(max_length=254, description="Of `email`: the address for replies; empty for none."),
    ] = None

    def to_record(self) -> channel_settings.ChannelChange:
        return channel_settings.ChannelChange(self.is_enabled, self.is_public, self.reply_to)


class ChannelField(ResponseSchema):
    """Field of the rooms of a channel."""

    name: str
    is_secret: bool
    is_required: bool


class LaneTrouble(ResponseSchema):
    """Part of a channel that has failed since its last success."""

    name: str
    paused_until: datetime | None
    failures: int
    code: str | None


class ChannelSettings(ResponseSchema):
    """Kind of channel: whether it sends, and whether visitors can subscribe through it."""

    kind: str
    name: str
    is_room: Annotated[bool, Field(description="Whether only staff can subscribe with it.")]
    is_set_up: bool
    is_enabled: bool
    is_public: bool
    reply_to: Annotated[
        str | None,
        Field(description="Of `email`: the address for replies; empty for none."),
    ]
    fields_of_rooms: list[ChannelField]
    lanes: list[LaneTrouble]

    @classmethod
    def of(cls, settings: channel_settings.ChannelSettings) -> "ChannelSettings":
        return cls(
            kind=settings.kind,
            name=settings.name,
            is_room=settings.is_room,
            is_set_up=settings.is_set_up,
            is_enabled=settings.is_enabled,
            is_public=settings.is_public,
            reply_to=settings.reply_to,
            fields_of_rooms=[
                ChannelField(name=each.name, is_secret=each.is_secret, is_required=each.is_required)
                for each in settings.fields
            ],
            lanes=[
                LaneTrouble(
                    name=each.name,
                    paused_until=each.paused_until,
                    failures=each.failures,
                    code=each.code,
                )
                for each in settings.lanes
            ],
        )
