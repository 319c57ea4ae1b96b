"""Screens of API tokens: list, create, revoke."""

from dataclasses import replace

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.permissions import Role
from app.domain.texts.phrases import N_
from app.usecases.context import Ctx
from app.usecases.users import administration, api_tokens, sessions
from app.usecases.users.api_tokens import CreatedToken
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/tokens")

_HERE = "/console/tokens"
_MAX_DIGITS = 9
_REVOKED = N_("The token is revoked.")


@router.get("")
def list_tokens(request: Admin) -> Response:
    """All tokens, and the form for a new one."""
    return _page(request, _new_token(request))


@router.post("")
def add_token(request: Admin, form: SubmittedForm) -> Response:
    """Create a token; its secret is shown in this response only."""

    def act(ctx: Ctx) -> CreatedToken:
        sessions.check_fresh(request.me)
        return api_tokens.add_token(
            ctx,
            form.text("name"),
            _role(form),
            owner=form.text("owner") or None,
            days=_days(form),
        )

    return request.write_and_reveal(
        form,
        act,
        again=lambda: _page(request, form),
        show=lambda made: request.page("token_made", token=made),
    )


@router.post("/search")
def search_tokens(request: Admin, form: SubmittedForm) -> Response:
    """The tokens with these words in their name, id or owner, or the token with this secret."""
    return _page(request, _new_token(request), form)


@router.post("/{token_id}/revoke")
def revoke_token(request: Admin, token_id: str, form: SubmittedForm) -> Response:
    """Revoke a token."""

    def act(ctx: Ctx) -> str:
        api_tokens.revoke_token(ctx, token_id)
        return _HERE

    return request.write(
        form, act, again=lambda: _page(request, form), notice=request.translate(_REVOKED)
    )


def _new_token(request: StaffRequest) -> Form:
    fields = {"name": "", "role": Role.VIEWER.value, "owner": request.me.user.email, "days": "365"}
    return Form.filled(fields)


def _days(form: Form) -> int:
    text = form.text("days").strip() or str(api_tokens.DEFAULT_DAYS)
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise InvalidError("Write a whole number.", code="not_a_number", field="days")
    return int(text)


def _role(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError:
        raise InvalidError("Choose a role.", code="unknown_role", field="role") from None


def _page(request: StaffRequest, form: Form, sent: Form | None = None) -> Response:
    every = api_tokens.list_tokens(request.ctx)
    search = NameSearch.of(request, sent)
    matched = sent and api_tokens.find_by_secret(request.ctx, sent.text("q").strip())
    if matched:
        # A secret is not shown again, and so not repeated in the field.
        search, found = replace(search, form=Form.filled({"q": ""})), [matched]
    else:
        found = [each for each in every if search.finds(each.name, each.owner, each.id)]
    return request.page(
        "tokens",
        search=search,
        count=len(every),
        now=request.ctx.now,
        form=form,
        good=[token for token in found if token.revoked_at is None],
        revoked=[token for token in found if token.revoked_at is not None],
        roles=list(Role),
        owners=[
            (user.email, user.email)
            for user in administration.list_user_details(request.ctx)
            if user.disabled_at is None
        ],
    )
