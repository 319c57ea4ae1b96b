"""The tokens of programs: made, told once, revoked."""

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.permissions import Role
from app.domain.phrases import N_
from app.usecases.context import Ctx
from app.usecases.users import api_tokens
from app.usecases.users.api_tokens import FreshToken
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/tokens")

_HERE = "/console/tokens"
_REVOKED = N_("The token opens nothing any more.")


@router.get("")
def list_tokens(desk: Admin) -> Response:
    """All tokens, and a form for another one."""
    return _page(desk, Form.filled({"name": "", "role": Role.VIEWER.value}))


@router.post("")
def add_token(desk: Admin, form: Sent) -> Response:
    """Make a token; the answer tells it."""

    def act(ctx: Ctx) -> FreshToken:
        return api_tokens.add_token(ctx, form.text("name"), _role(form))

    return desk.make(
        form,
        act,
        again=lambda: _page(desk, form),
        show=lambda made: desk.page("token_made", token=made),
    )


@router.post("/{token_id}/revoke")
def revoke_token(desk: Admin, token_id: str, form: Sent) -> Response:
    """Let a token open nothing any more."""

    def act(ctx: Ctx) -> str:
        api_tokens.revoke_token(ctx, token_id)
        return _HERE

    return desk.write(form, act, again=lambda: _page(desk, form), said=desk.say(_REVOKED))


def _role(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError:
        raise InvalidError("Choose a role.", code="unknown_role", field="role") from None


def _page(desk: StaffRequest, form: Form) -> Response:
    found = api_tokens.list_tokens(desk.ctx)
    return desk.page(
        "tokens",
        form=form,
        good=[token for token in found if token.revoked_at is None],
        revoked=[token for token in found if token.revoked_at is not None],
        roles=list(Role),
    )
