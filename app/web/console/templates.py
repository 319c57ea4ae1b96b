"""Console screens of templates: the list, and deleting one. The composer adds and uses them."""

from fastapi import APIRouter, Response

from app.domain.texts.phrases import N_
from app.usecases.context import Ctx
from app.usecases.publication import templates
from app.web.console.kit.confirmation import Question, write_confirmed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/templates")

_PATH = "/console/templates"
_DELETED = N_("The template is deleted. What was written from it stays unchanged.")


@router.get("")
def list_page(request: Viewer) -> Response:
    """The templates by name: all, or those with the words of the search."""
    return _page(request, Form())


@router.post("/{template_id}/delete")
def delete(request: Editor, template_id: str, form: SubmittedForm) -> Response:
    """Delete a template, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        templates.delete_template(ctx, template_id)
        return _PATH

    def ask(ctx: Ctx) -> Question:
        return Question(
            request.translate(N_("Delete the template?")),
            templates.get_template(ctx, template_id).name,
            request.translate(N_("Delete the template")),
            _PATH,
        )

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: _page(request, form),
        notice=request.translate(_DELETED),
    )


def _page(request: StaffRequest, form: Form) -> Response:
    every = templates.list_templates(request.ctx)
    search = NameSearch.of(request)
    found = [each for each in every if search.finds(each.name)]
    return request.page("templates", form=form, templates=found, search=search, count=len(every))
