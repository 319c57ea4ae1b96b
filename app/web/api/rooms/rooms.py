from fastapi import APIRouter, Response

from app.channels import CHANNELS
from app.usecases.subscribers import rooms
from app.web.api.fields import ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.api.rooms.room_schemas import CreatedRoom, NewRoom, Room, RoomChange, RoomSecret

__all__ = ["router"]

router = APIRouter(prefix="/rooms", tags=["rooms"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=CreatedRoom)
def add_room(new: NewRoom, write: Writer) -> Response:
    """Create a room. The secret of a webhook is returned only once."""

    def act(request: ApiRequest) -> CreatedRoom:
        created = rooms.add_room(request.ctx, request.secret_box, new.to_record(), CHANNELS)
        return CreatedRoom.made(created)

    return write(act, status=201)


@router.get("")
def list_rooms(request: Reader) -> ListResponse[Room]:
    """List all rooms by name."""
    found = rooms.list_rooms(request.ctx, request.secret_box)
    return ListResponse(items=[Room.of(room) for room in found], next=None)


@router.get("/{room_id}")
def get_room(room_id: PublicId, request: Reader) -> Room:
    """Get a room."""
    return Room.of(rooms.get_room(request.ctx, request.secret_box, room_id))


@router.patch("/{room_id}", response_model=Room)
def edit_room(room_id: PublicId, change: RoomChange, write: Writer) -> Response:
    """Change the given fields. The kind cannot be changed: create another room instead."""

    def act(request: ApiRequest) -> Room:
        present = rooms.get_room(request.ctx, request.secret_box, room_id).choices
        changes = change.to_record(present)
        return Room.of(rooms.edit_room(request.ctx, request.secret_box, room_id, changes, CHANNELS))

    return write(act)


@router.delete("/{room_id}", status_code=204)
def delete_room(room_id: PublicId, write: Writer) -> Response:
    """Delete a room. What waits to be sent to it is withdrawn."""
    return write(lambda request: rooms.delete_room(request.ctx, room_id), status=204)


@router.post("/{room_id}/test", status_code=204)
def test_room(room_id: PublicId, write: Writer) -> Response:
    """Send a test message to a room."""
    return write(lambda request: rooms.test_room(request.ctx, room_id), status=204)


@router.post("/{room_id}/rotate", response_model=RoomSecret)
def rotate_room_secret(room_id: PublicId, write: Writer) -> Response:
    """Replace the secret that signs webhooks. The former one signs too for 24 hours."""

    def act(request: ApiRequest) -> RoomSecret:
        rotated = rooms.rotate_room_secret(request.ctx, request.secret_box, room_id)
        return RoomSecret(secret=rotated.secret)

    return write(act)


@router.post("/{room_id}/stop", response_model=Room)
def stop_room(room_id: PublicId, write: Writer) -> Response:
    """Send nothing more to a room. What waits to be sent to it is withdrawn."""

    def act(request: ApiRequest) -> Room:
        return Room.of(rooms.stop_room(request.ctx, request.secret_box, room_id))

    return write(act)


@router.post("/{room_id}/start", response_model=Room)
def start_room(room_id: PublicId, write: Writer) -> Response:
    """Send to a room again, from now on."""
    return write(
        lambda request: Room.of(rooms.start_room(request.ctx, request.secret_box, room_id))
    )
