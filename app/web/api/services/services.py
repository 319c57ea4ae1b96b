from fastapi import APIRouter, Response

from app.domain.texts.localized_text import LocalizedText
from app.usecases.services import groups, services
from app.web.api.fields import ListResponse, SlugPath
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.api.services.service_schemas import NewService, Service, ServiceChange, ServiceOrder

__all__ = ["router"]

router = APIRouter(prefix="/services", tags=["services"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=Service)
def add_service(new: NewService, write: Writer) -> Response:
    """Add a service at the end of the page."""

    def act(request: ApiRequest) -> Service:
        added = services.add_service(
            request.ctx,
            new.slug,
            request.title(new.name, "name"),
            description=_description(new, request),
            group=_group(new, request),
        )
        return Service.of(added, request)

    return write(act, status=201)


@router.get("")
def list_services(request: Reader) -> ListResponse[Service]:
    """List all services, in the order of the page."""
    found = services.list_services(request.ctx)
    return ListResponse(items=[Service.of(service, request) for service in found], next=None)


@router.put("/order", response_model=ListResponse[Service])
def order_services(order: ServiceOrder, write: Writer) -> Response:
    """Put these services first, in this order. The order applies within each group."""

    def act(request: ApiRequest) -> ListResponse[Service]:
        groups.order_services(request.ctx, order.services)
        return list_services(request)

    return write(act)


@router.get("/{slug}")
def get_service(slug: SlugPath, request: Reader) -> Service:
    """Get a service."""
    return Service.of(services.get_service(request.ctx, slug), request)


@router.patch("/{slug}", response_model=Service)
def edit_service(slug: SlugPath, change: ServiceChange, write: Writer) -> Response:
    """Change the given fields. Languages that are not given keep their text."""

    def act(request: ApiRequest) -> Service:
        edited = services.edit_service(
            request.ctx,
            slug,
            name=None if change.name is None else request.title(change.name, "name"),
            description=_description(change, request),
            group=_group(change, request),
            clear=[field for field in ServiceChange.nullable if change.clears(field)],
        )
        return Service.of(edited, request)

    return write(act)


@router.delete("/{slug}", status_code=204)
def archive_service(slug: SlugPath, write: Writer) -> Response:
    """Archive a service: it leaves the page. History still names it; its slug stays taken."""
    return write(lambda request: services.archive_service(request.ctx, slug), status=204)


@router.post("/{slug}/restore", response_model=Service)
def restore_service(slug: SlugPath, write: Writer) -> Response:
    """Restore an archived service, at the end of the page."""
    return write(lambda request: Service.of(services.restore_service(request.ctx, slug), request))


def _description(sent: NewService | ServiceChange, request: ApiRequest) -> LocalizedText | None:
    return None if sent.description is None else request.body(sent.description, "description")


def _group(sent: NewService | ServiceChange, request: ApiRequest) -> LocalizedText | None:
    return None if sent.group is None else request.title(sent.group, "group")
