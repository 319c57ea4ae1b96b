from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.usecases.users import administration
from app.web.api.fields import Cursor, Limit, ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader, Writer
from app.web.api.users.user_schemas import InvitedUser, NewUser, User, UserChange

__all__ = ["router"]

router = APIRouter(prefix="/users", tags=["users"], route_class=JsonRoute)

AddressPart = Annotated[
    str | None,
    Query(
        alias="q",
        pattern=r"^[^\x00-\x1f\x7f]{1,200}$",
        description="Only users whose e-mail address contains this.",
    ),
]


@router.post("", status_code=201, response_model=InvitedUser)
def invite_user(new: NewUser, write: Writer) -> Response:
    """Invite a user. The link to pass on is in this response only. For admins."""
    base = write.state.settings.base_url
    return write(
        lambda request: InvitedUser.made(
            administration.invite(request.ctx, new.email, new.role), base
        ),
        status=201,
    )


@router.get("")
def list_users(
    request: Reader, query: AddressPart = None, cursor: Cursor = None, limit: Limit = 25
) -> ListResponse[User]:
    """List users, including disabled ones, newest first. For admins."""
    found = administration.list_users(request.ctx, part=query, cursor=cursor, limit=limit)
    return ListResponse(items=[User.of(each) for each in found.items], next=found.next)


@router.get("/{user_id}")
def get_user(user_id: PublicId, request: Reader) -> User:
    """Get a user. For admins."""
    return User.of(administration.get_user(request.ctx, user_id))


@router.patch("/{user_id}", response_model=User)
def edit_user(user_id: PublicId, change: UserChange, write: Writer) -> Response:
    """Change the role of a user; disable a user, which ends all sessions. For admins."""
    return write(
        lambda request: User.of(
            administration.update_user(
                request.ctx, user_id, role=change.role, disabled=change.disabled
            )
        )
    )


@router.post("/{user_id}/link", status_code=201, response_model=InvitedUser)
def create_user_link(user_id: PublicId, write: Writer) -> Response:
    """Create a link to set a password, which is in this response only. For admins."""
    base = write.state.settings.base_url
    return write(
        lambda request: InvitedUser.made(administration.new_link(request.ctx, user_id), base),
        status=201,
    )


@router.post("/{user_id}/reset-second-factor", response_model=User)
def reset_user_second_factor(user_id: PublicId, write: Writer) -> Response:
    """Remove the second factor of a user who has lost it. For admins."""
    return write(lambda request: User.of(administration.reset_second_factor(request.ctx, user_id)))


@router.post("/{user_id}/forget-identity", response_model=User)
def forget_user_identity(user_id: PublicId, write: Writer) -> Response:
    """Unlink a user from single sign-on. For admins.

    The next account at the provider that signs in with the e-mail address is linked.
    """
    return write(lambda request: User.of(administration.forget_identity(request.ctx, user_id)))


@router.post("/{user_id}/end-sessions", response_model=User)
def end_user_sessions(user_id: PublicId, write: Writer) -> Response:
    """End all sessions of a user. For admins."""
    return write(lambda request: User.of(administration.end_sessions(request.ctx, user_id)))
