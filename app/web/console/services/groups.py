"""Screens of the groups of services."""

from fastapi import APIRouter, Response

from app.domain.texts.phrases import N_
from app.rendering.console.pages import texts_of
from app.usecases.context import Ctx
from app.usecases.services import groups
from app.usecases.services.groups import StaffGroup
from app.web.console.kit.confirmation import Question, plain_text, write_confirmed
from app.web.console.kit.forms.form_fields import reordered
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import changed_text, outdated
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/services/groups")

_LIST = "/console/services"
_ADDED = N_("The group is added. Visitors see it when it has a service.")
_SAVED = N_("Saved. Visitors see it now.")
_REMOVED = N_("The group is deleted. Its services have no group now.")


@router.get("/new")
def new_group(request: Admin) -> Response:
    """The form for a new group."""
    return _form(request, Form())


@router.post("/new")
def add_group(request: Admin, form: SubmittedForm) -> Response:
    """Add a group."""

    def act(ctx: Ctx) -> str:
        groups.create_group(ctx, request.line(form, "name"))
        return _LIST

    return request.write(
        form, act, again=lambda: _form(request, form), notice=request.translate(_ADDED)
    )


@router.post("/order")
def order_groups(request: Admin, form: SubmittedForm) -> Response:
    """Move one group up or down."""

    def act(ctx: Ctx) -> str:
        slugs, at = reordered(form)
        groups.order_groups(ctx, slugs)
        return f"{_LIST}#group-{at}" if at else _LIST

    return request.write(form, act, again=lambda: request.redirect(_LIST))


@router.get("/{slug}/edit")
def edit_page(request: Admin, slug: str) -> Response:
    """The form to rename a group."""
    group = groups.get_group(request.ctx, slug)
    return _form(request, Form.filled({"name": texts_of(group.name)}), group)


@router.post("/{slug}/edit")
def rename_group(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Rename a group; its slug stays."""

    def act(ctx: Ctx) -> str:
        name = changed_text(request, form, "name", groups.get_group(ctx, slug).name, one_line=True)
        if name is not None:
            groups.rename_group(ctx, slug, name)
        return _LIST

    def again() -> Response:
        return _form(request, form, groups.get_group(request.ctx, slug))

    return request.write(form, act, again=again, notice=request.translate(_SAVED))


@router.post("/{slug}/remove")
def remove_group(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Remove a group, once the user has confirmed it; its services stay, in no group."""

    def act(ctx: Ctx) -> str:
        groups.remove_group(ctx, slug)
        return _LIST

    def ask(ctx: Ctx) -> Question:
        name = plain_text(request, groups.get_group(ctx, slug).name)
        return Question(
            request.translate(N_("Delete the group?")),
            request.translate(
                N_("Visitors see the services of “%(name)s” outside of any group."), name=name
            ),
            request.translate(N_("Delete the group")),
            f"{_LIST}/groups/{slug}/edit",
        )

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: request.redirect(_LIST),
        notice=request.translate(_REMOVED),
    )


def _form(request: StaffRequest, form: Form, group: StaffGroup | None = None) -> Response:
    return request.page(
        "service_group",
        form=form,
        group=group,
        stale_name=outdated(group.name) if group else [],
    )
