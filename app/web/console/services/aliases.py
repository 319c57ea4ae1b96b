"""Screen of the aliases of a service: other names that monitors use for it."""

from fastapi import APIRouter, Response

from app.domain.texts.phrases import N_
from app.usecases.context import Ctx
from app.usecases.services import aliases, services
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/services/{slug}/aliases")

_ADDED = N_("Monitors can use this name for the service now.")
_REMOVED = N_("The name is removed.")


@router.get("")
def list_aliases(request: Admin, slug: str) -> Response:
    """The aliases of one service."""
    return _page(request, slug, Form())


@router.post("")
def add_alias(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Add an alias."""

    def act(ctx: Ctx) -> str:
        aliases.add_alias(ctx, slug, form.text("alias"))
        return _here(slug)

    return request.write(
        form, act, again=lambda: _page(request, slug, form), notice=request.translate(_ADDED)
    )


@router.post("/remove")
def remove_alias(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Remove an alias."""

    def act(ctx: Ctx) -> str:
        aliases.delete_alias(ctx, form.text("name"))
        return _here(slug)

    return request.write(
        form, act, again=lambda: _page(request, slug, form), notice=request.translate(_REMOVED)
    )


def _here(slug: str) -> str:
    return f"/console/services/{slug}/aliases"


def _page(request: StaffRequest, slug: str, form: Form) -> Response:
    service = services.get_service(request.ctx, slug)
    every = [each.alias for each in aliases.list_aliases(request.ctx) if each.service == slug]
    search = NameSearch.of(request)
    names = [each for each in every if search.finds(each)]
    return request.page(
        "aliases", form=form, service=service, names=names, search=search, count=len(every)
    )
