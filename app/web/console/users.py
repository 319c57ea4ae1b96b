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
from app.web.console.kit.forms import Form, Sent
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
def list_users(desk: Admin) -> Response:
    """All users, and a form to invite another one."""
    return _list(desk, Form.filled({"email": "", "role": Role.EDITOR.value}))


@router.post("")
def invite(desk: Admin, form: Sent) -> Response:
    """Invite somebody; the answer tells the link."""

    def act(ctx: Ctx) -> Invited:
        return administration.invite(ctx, form.text("email"), _role(form))

    return desk.make(
        form, act, again=lambda: _list(desk, form), show=lambda made: _link(desk, made)
    )


@router.get("/{user_id}")
def one_user(desk: Admin, user_id: str) -> Response:
    """One user, and what can be done about them."""
    return _one(desk, user_id, Form())


@router.post("/{user_id}/role")
def change_role(desk: Admin, user_id: str, form: Sent) -> Response:
    """Give another role."""

    def act(ctx: Ctx) -> None:
        administration.change_member(ctx, user_id, role=_role(form))

    return _write(desk, user_id, form, act, _ROLE)


@router.post("/{user_id}/disable")
def disable(desk: Admin, user_id: str, form: Sent) -> Response:
    """Keep a user out."""
    return _write(
        desk,
        user_id,
        form,
        lambda ctx: administration.change_member(ctx, user_id, disabled=True),
        _OUT,
    )


@router.post("/{user_id}/enable")
def enable(desk: Admin, user_id: str, form: Sent) -> Response:
    """Let a user in again."""
    return _write(
        desk,
        user_id,
        form,
        lambda ctx: administration.change_member(ctx, user_id, disabled=False),
        _IN,
    )


@router.post("/{user_id}/second-factor/reset")
def reset_second_factor(desk: Admin, user_id: str, form: Sent) -> Response:
    """Switch off a second factor that was lost."""
    return _write(
        desk, user_id, form, lambda ctx: administration.reset_second_factor(ctx, user_id), _RESET
    )


@router.post("/{user_id}/identity/forget")
def forget_identity(desk: Admin, user_id: str, form: Sent) -> Response:
    """Let a new account at the provider be this user."""
    return _write(
        desk, user_id, form, lambda ctx: administration.forget_identity(ctx, user_id), _UNKNOWN
    )


@router.post("/{user_id}/sessions/end")
def end_sessions(desk: Admin, user_id: str, form: Sent) -> Response:
    """Sign a user out everywhere."""
    return _write(
        desk, user_id, form, lambda ctx: administration.end_sessions(ctx, user_id), _ENDED
    )


@router.post("/{user_id}/link")
def new_link(desk: Admin, user_id: str, form: Sent) -> Response:
    """Make another link to choose a password with; the answer tells it."""
    return desk.make(
        form,
        lambda ctx: administration.new_link(ctx, user_id),
        again=lambda: _one(desk, user_id, form),
        show=lambda made: _link(desk, made),
    )


def _write(
    desk: StaffRequest, user_id: str, form: Form, act: Callable[[Ctx], object], said: str
) -> Response:
    def acting(ctx: Ctx) -> str:
        act(ctx)
        return f"{_HERE}/{user_id}"

    return desk.write(form, acting, again=lambda: _one(desk, user_id, form), said=desk.say(said))


def _role(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError:
        raise InvalidError("Choose a role.", code="unknown_role", field="role") from None


def _roles(desk: StaffRequest) -> list[tuple[str, str]]:
    return [(role.value, desk.say(said)) for role, said in ROLES.items()]


def _list(desk: StaffRequest, form: Form) -> Response:
    return desk.page(
        "users", form=form, users=administration.list_members(desk.ctx), roles=_roles(desk)
    )


def _one(desk: StaffRequest, user_id: str, form: Form) -> Response:
    user = administration.get_member(desk.ctx, user_id)
    if not form.has("role"):
        form.fields += (("role", user.role.value),)
    return desk.page(
        "user",
        form=form,
        user=user,
        sessions=sessions.list_sessions(desk.ctx, user_id),
        roles=_roles(desk),
        is_me=user_id == desk.me.member.id,
    )


def _link(desk: StaffRequest, made: Invited) -> Response:
    address = f"{desk.office.settings.base_url}/console/invitation/{made.link.secret}"
    return desk.page("user_link", user=made.member, address=address, until=made.link.expires_at)
