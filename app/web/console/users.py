"""The staff: who is there, invited by a link, given a role, kept out and let in again."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.permissions import Role
from app.domain.phrases import N_
from app.rendering.filters.console import ROLES
from app.usecases.context import Ctx
from app.usecases.users import administration, sessions
from app.usecases.users.administration import Invited
from app.web.console.kit.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/users")

_HERE = "/console/users"
_ROLE = N_("The role is changed.")
_OUT = N_("This user is signed out everywhere and cannot sign in.")
_IN = N_("This user can sign in again.")
_RESET = N_("The second factor is off. The password alone is enough until it is set up again.")
_UNKNOWN = N_("Whoever signs in next through your organisation with this address is this user.")
_ENDED = N_("This user is signed out everywhere.")


@router.get("")
def list_users(request: Admin) -> Response:
    """All users, and a form to invite another one."""
    return _list(request, Form.filled({"email": "", "role": Role.EDITOR.value}))


@router.post("")
def invite(request: Admin, form: SubmittedForm) -> Response:
    """Invite somebody; the answer tells the link."""

    def act(ctx: Ctx) -> Invited:
        return administration.invite(ctx, form.text("email"), _role(form))

    return request.write_and_reveal(
        form, act, again=lambda: _list(request, form), show=lambda made: _link(request, made)
    )


@router.get("/{user_id}")
def one_user(request: Admin, user_id: str) -> Response:
    """One user, and what can be done about them."""
    return _one(request, user_id, Form())


@router.post("/{user_id}/role")
def change_role(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Give another role."""

    def act(ctx: Ctx) -> None:
        administration.update_user(ctx, user_id, role=_role(form))

    return _write(request, user_id, form, act, _ROLE)


@router.post("/{user_id}/disable")
def disable(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Keep a user out."""
    return _write(
        request,
        user_id,
        form,
        lambda ctx: administration.update_user(ctx, user_id, disabled=True),
        _OUT,
    )


@router.post("/{user_id}/enable")
def enable(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Let a user in again."""
    return _write(
        request,
        user_id,
        form,
        lambda ctx: administration.update_user(ctx, user_id, disabled=False),
        _IN,
    )


@router.post("/{user_id}/second-factor/reset")
def reset_second_factor(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Switch off a second factor that was lost."""
    return _write(
        request, user_id, form, lambda ctx: administration.reset_second_factor(ctx, user_id), _RESET
    )


@router.post("/{user_id}/identity/forget")
def forget_identity(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Let a new account at the provider be this user."""
    return _write(
        request, user_id, form, lambda ctx: administration.forget_identity(ctx, user_id), _UNKNOWN
    )


@router.post("/{user_id}/sessions/end")
def end_sessions(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Sign a user out everywhere."""
    return _write(
        request, user_id, form, lambda ctx: administration.end_sessions(ctx, user_id), _ENDED
    )


@router.post("/{user_id}/link")
def new_link(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Make another link to choose a password with; the answer tells it."""
    return request.write_and_reveal(
        form,
        lambda ctx: administration.new_link(ctx, user_id),
        again=lambda: _one(request, user_id, form),
        show=lambda made: _link(request, made),
    )


def _write(
    request: StaffRequest, user_id: str, form: Form, act: Callable[[Ctx], object], said: str
) -> Response:
    def acting(ctx: Ctx) -> str:
        act(ctx)
        return f"{_HERE}/{user_id}"

    return request.write(
        form, acting, again=lambda: _one(request, user_id, form), notice=request.translate(said)
    )


def _role(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError:
        raise InvalidError("Choose a role.", code="unknown_role", field="role") from None


def _roles(request: StaffRequest) -> list[tuple[str, str]]:
    return [(role.value, request.translate(said)) for role, said in ROLES.items()]


def _list(request: StaffRequest, form: Form) -> Response:
    return request.page(
        "users",
        form=form,
        users=administration.list_user_details(request.ctx),
        roles=_roles(request),
    )


def _one(request: StaffRequest, user_id: str, form: Form) -> Response:
    user = administration.get_user(request.ctx, user_id)
    if not form.has("role"):
        form.fields += (("role", user.role.value),)
    return request.page(
        "user",
        form=form,
        user=user,
        sessions=sessions.list_sessions(request.ctx, user_id),
        roles=_roles(request),
        is_me=user_id == request.me.user.id,
    )


def _link(request: StaffRequest, made: Invited) -> Response:
    address = f"{request.app.settings.base_url}/console/invitation/{made.link.secret}"
    return request.page("user_link", user=made.user, address=address, until=made.link.expires_at)
