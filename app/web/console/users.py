"""Screens of the users: list, invite, change the role, disable and enable."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.permissions import Role
from app.domain.texts.phrases import N_
from app.rendering.filters.console.console import ROLES
from app.usecases.context import Ctx
from app.usecases.users import administration, security_events, sessions
from app.usecases.users.administration import Invited
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/users")

_HERE = "/console/users"
_PAGE_SIZE = 50
_ROLE = N_("The role is changed.")
_OUT = N_("This user is signed out of all browsers and cannot sign in.")
_IN = N_("This user can sign in again.")
_RESET = N_(
    "The second factor is off. The password alone is sufficient until a second factor is set up."
)
_UNKNOWN = N_("The next single sign-on with this address is linked to this user.")
_ENDED = N_("This user is signed out of all browsers.")


@router.get("")
def list_users(request: Admin) -> Response:
    """All users, and the form to invite one."""
    return _list(request, _new_user())


@router.post("/search")
def search_users(request: Admin, form: SubmittedForm) -> Response:
    """The users whose e-mail address contains the text; the address is in no URL."""
    return _list(request, _new_user(), form)


@router.post("")
def invite(request: Admin, form: SubmittedForm) -> Response:
    """Invite a user; the response shows the link."""

    def act(ctx: Ctx) -> Invited:
        sessions.check_fresh(request.me)
        return administration.invite(ctx, form.text("email"), _role(form))

    return request.write_and_reveal(
        form, act, again=lambda: _list(request, form), show=lambda made: _link(request, made)
    )


@router.get("/{user_id}")
def one_user(request: Admin, user_id: str) -> Response:
    """One user, with the actions of an admin."""
    return _one(request, user_id, Form())


@router.post("/{user_id}/role")
def change_role(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Change the role of a user."""

    def act(ctx: Ctx) -> None:
        sessions.check_fresh(request.me)
        administration.update_user(ctx, user_id, role=_role(form))

    return _write(request, user_id, form, act, _ROLE)


@router.post("/{user_id}/disable")
def disable(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Disable a user, which ends the sessions of the user."""
    return _write(
        request,
        user_id,
        form,
        lambda ctx: administration.update_user(ctx, user_id, disabled=True),
        _OUT,
    )


@router.post("/{user_id}/enable")
def enable(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Enable a disabled user."""

    def act(ctx: Ctx) -> None:
        sessions.check_fresh(request.me)
        administration.update_user(ctx, user_id, disabled=False)

    return _write(request, user_id, form, act, _IN)


@router.post("/{user_id}/second-factor/reset")
def reset_second_factor(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Remove the second factor of a user who has lost it."""

    def act(ctx: Ctx) -> None:
        sessions.check_fresh(request.me)
        administration.reset_second_factor(ctx, user_id)

    return _write(request, user_id, form, act, _RESET)


@router.post("/{user_id}/identity/forget")
def forget_identity(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Unlink a user from the account at the single sign-on provider."""

    def act(ctx: Ctx) -> None:
        sessions.check_fresh(request.me)
        administration.forget_identity(ctx, user_id)

    return _write(request, user_id, form, act, _UNKNOWN)


@router.post("/{user_id}/sessions/end")
def end_sessions(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """End all sessions of a user."""
    return _write(
        request, user_id, form, lambda ctx: administration.end_sessions(ctx, user_id), _ENDED
    )


@router.post("/{user_id}/link")
def new_link(request: Admin, user_id: str, form: SubmittedForm) -> Response:
    """Create a new link to set a password; the response shows it."""

    def act(ctx: Ctx) -> Invited:
        sessions.check_fresh(request.me)
        return administration.new_link(ctx, user_id)

    return request.write_and_reveal(
        form,
        act,
        again=lambda: _one(request, user_id, form),
        show=lambda made: _link(request, made),
    )


def _write(
    request: StaffRequest, user_id: str, form: Form, act: Callable[[Ctx], object], notice: str
) -> Response:
    def acting(ctx: Ctx) -> str:
        act(ctx)
        return f"{_HERE}/{user_id}"

    return request.write(
        form, acting, again=lambda: _one(request, user_id, form), notice=request.translate(notice)
    )


def _new_user() -> Form:
    return Form.filled({"email": "", "role": Role.EDITOR.value})


def _role(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError:
        raise InvalidError("Choose a role.", code="unknown_role", field="role") from None


def _roles(request: StaffRequest) -> list[tuple[str, str]]:
    return [(role.value, request.translate(name)) for role, name in ROLES.items()]


def _list(request: StaffRequest, form: Form, sent: Form | None = None) -> Response:
    search = NameSearch.of(request, sent)
    part = search.form.text("q") or None
    cursor = request.http.query_params.get("cursor") if sent is None else sent.text("cursor")
    found = administration.list_users(
        request.ctx, part=part, cursor=cursor or None, limit=_PAGE_SIZE
    )
    return request.page(
        "users",
        form=form,
        search=search,
        users=found.items,
        more=found.next,
        is_first=not cursor,
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
        security_events=security_events.list_events(request.ctx, user_id),
        roles=_roles(request),
        is_me=user_id == request.me.user.id,
    )


def _link(request: StaffRequest, made: Invited) -> Response:
    address = f"{request.app.settings.base_url}/console/invitation/{made.link.secret}"
    return request.page("user_link", user=made.user, address=address, until=made.link.expires_at)
