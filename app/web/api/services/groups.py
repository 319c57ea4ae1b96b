from fastapi import APIRouter, Response

from app.usecases.services import groups
from app.web.api.fields import ListResponse, SlugPath
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.api.services.service_schemas import Group, GroupOrder, NewGroup

__all__ = ["router"]

router = APIRouter(prefix="/groups", tags=["services"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=Group)
def add_group(new: NewGroup, write: Writer) -> Response:
    """Add an empty group at the end. Visitors see it when it has a service."""

    def act(request: ApiRequest) -> Group:
        made = groups.create_group(request.ctx, request.title(new.name, "name"))
        return Group.of(made, request)

    return write(act, status=201)


@router.get("")
def list_groups(request: Reader) -> ListResponse[Group]:
    """List all groups, in the order of the page."""
    found = groups.list_groups(request.ctx)
    return ListResponse(items=[Group.of(each, request) for each in found], next=None)


@router.put("/order", response_model=ListResponse[Group])
def order_groups(order: GroupOrder, write: Writer) -> Response:
    """Put these groups first, in this order. The others follow in their present order."""

    def act(request: ApiRequest) -> ListResponse[Group]:
        groups.order_groups(request.ctx, order.groups)
        return list_groups(request)

    return write(act)


@router.patch("/{slug}", response_model=Group)
def rename_group(slug: SlugPath, change: NewGroup, write: Writer) -> Response:
    """Rename a group; its slug stays. Languages that are not given keep their text."""

    def act(request: ApiRequest) -> Group:
        renamed = groups.rename_group(request.ctx, slug, request.title(change.name, "name"))
        return Group.of(renamed, request)

    return write(act)


@router.delete("/{slug}", status_code=204)
def remove_group(slug: SlugPath, write: Writer) -> Response:
    """Remove a group. Its services stay on the page, in no group."""
    return write(lambda request: groups.remove_group(request.ctx, slug), status=204)
