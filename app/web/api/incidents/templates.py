from fastapi import APIRouter, Response

from app.usecases.publication import templates
from app.web.api.fields import ListResponse, PublicId
from app.web.api.incidents.template_schemas import NewTemplate, Template
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/templates", tags=["saved replies"], route_class=JsonRoute)


@router.get("")
def list_templates(request: Reader) -> ListResponse[Template]:
    """All templates of incidents and maintenances, by name."""
    return ListResponse(
        items=[Template.of(each) for each in templates.list_templates(request.ctx)], next=None
    )


@router.post("", status_code=201, response_model=Template)
def add_template(new: NewTemplate, write: Writer) -> Response:
    """Add a template, which the form of an incident or a maintenance in the console offers."""

    def act(request: ApiRequest) -> Template:
        fields = new.fields(request)
        return Template.of(templates.add_template(request.ctx, new.name, new.kind, fields))

    return write(act, status=201)


@router.put("/{template_id}", response_model=Template)
def edit_template(template_id: PublicId, new: NewTemplate, write: Writer) -> Response:
    """Replace a template. What was written from it stays."""

    def act(request: ApiRequest) -> Template:
        fields = new.fields(request)
        return Template.of(
            templates.edit_template(request.ctx, template_id, new.name, new.kind, fields)
        )

    return write(act)


@router.delete("/{template_id}", status_code=204)
def delete_template(template_id: PublicId, write: Writer) -> Response:
    """Delete a template. What was written from it stays."""
    return write(lambda request: templates.delete_template(request.ctx, template_id), status=204)
