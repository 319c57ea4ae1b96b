from fastapi import APIRouter, Response

from app.usecases.users import administration
from app.web.api.fields import ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader, Writer
from app.web.api.users.user_schemas import InvitedUser, NewUser, User, UserChange

__all__ = ["router"]

router = APIRouter(prefix="/users", tags=["users"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=InvitedUser)
def invite(new: NewUser, write: Writer) -> Response:
    """Invite somebody. The link to pass on is told this once. For admins."""
    base = write.state.settings.base_url
    return write(
        lambda request: InvitedUser.made(
            administration.invite(request.ctx, new.email, new.role), base
        ),
        status=201,
    )


@router.get("")
def list_users(request: Reader) -> ListResponse[User]:
    """All members of staff, disabled ones too, oldest first. For admins."""
    return ListResponse(
        items=[User.of(each) for each in administration.list_user_details(request.ctx)], next=None
    )


@router.get("/{user_id}")
def get_user(user_id: PublicId, request: Reader) -> User:
    """One member of staff. For admins."""
    return User.of(administration.get_user(request.ctx, user_id))


@router.patch("/{user_id}", response_model=User)
def change_user(user_id: PublicId, change: UserChange, write: Writer) -> Response:
    """Give another role; keep somebody out, which ends their sessions. For admins."""
    return write(
        lambda request: User.of(
            administration.update_user(
                request.ctx, user_id, role=change.role, disabled=change.disabled
            )
        )
    )


@router.post("/{user_id}/link", status_code=201, response_model=InvitedUser)
def new_link(user_id: PublicId, write: Writer) -> Response:
    """Make another link to choose a password with, told this once. For admins."""
    base = write.state.settings.base_url
    return write(
        lambda request: InvitedUser.made(administration.new_link(request.ctx, user_id), base),
        status=201,
    )


@router.post("/{user_id}/reset-second-factor", response_model=User)
def reset_second_factor(user_id: PublicId, write: Writer) -> Response:
    """Let in with the password alone who has lost their second factor. For admins."""
    return write(lambda request: User.of(administration.reset_second_factor(request.ctx, user_id)))


@router.post("/{user_id}/forget-identity", response_model=User)
def forget_identity(user_id: PublicId, write: Writer) -> Response:
    """Forget who this is to the single sign-on; who comes next with the address is them. For
    admins.
    """
    return write(lambda request: User.of(administration.forget_identity(request.ctx, user_id)))


@router.post("/{user_id}/end-sessions", response_model=User)
def end_sessions(user_id: PublicId, write: Writer) -> Response:
    """Sign somebody out everywhere. For admins."""
    return write(lambda request: User.of(administration.end_sessions(request.ctx, user_id)))
