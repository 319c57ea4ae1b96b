from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.channels import CHANNELS
from app.usecases.subscribers import channel_settings
from app.web.api.fields import ListResponse
from app.web.api.json_route import JsonRoute
from app.web.api.notifications.channel_schemas import ChannelChange, ChannelSettings
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/channels", tags=["channels"], route_class=JsonRoute)

Kind = Annotated[str, Path(pattern="^[a-z0-9_]{1,60}$", description="The kind, such as `email`.")]


@router.get("")
def list_channels(request: Reader) -> ListResponse[ChannelSettings]:
    """List the kinds of channels, with the parts that have failed."""
    found = channel_settings.list_channels(request.ctx, CHANNELS)
    return ListResponse(items=[ChannelSettings.of(each) for each in found], next=None)


@router.get("/{kind}")
def get_channel(kind: Kind, request: Reader) -> ChannelSettings:
    """Get a kind of channel."""
    return ChannelSettings.of(channel_settings.get_channel(request.ctx, kind, CHANNELS))


@router.patch("/{kind}", response_model=ChannelSettings)
def edit_channel(kind: Kind, change: ChannelChange, write: Writer) -> Response:
    """Switch a channel on or off, and let visitors subscribe through it or not."""

    def act(request: ApiRequest) -> ChannelSettings:
        edited = channel_settings.edit_channel(
            request.ctx, request.secret_box, kind, change.to_record(), CHANNELS
        )
        return ChannelSettings.of(edited)

    return write(act)
