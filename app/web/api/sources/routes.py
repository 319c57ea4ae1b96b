from fastapi import APIRouter, Response

from app.usecases.sources import routes
from app.web.api.fields import ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader, Writer
from app.web.api.sources.route_schemas import NewRoute, Route, RouteChange

__all__ = ["router"]

router = APIRouter(prefix="/routes", tags=["sources"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=Route)
def add_route(new: NewRoute, write: Writer) -> Response:
    """Add a route, at the end unless `position` is set."""
    return write(
        lambda request: Route.of(routes.add_route(request.ctx, new.to_record())), status=201
    )


@router.get("")
def list_routes(request: Reader) -> ListResponse[Route]:
    """List all routes in matching order."""
    return ListResponse(
        items=[Route.of(route) for route in routes.list_routes(request.ctx)], next=None
    )


@router.get("/{route_id}")
def get_route(route_id: PublicId, request: Reader) -> Route:
    """Get a route."""
    return Route.of(routes.get_route(request.ctx, route_id))


@router.patch("/{route_id}", response_model=Route)
def edit_route(route_id: PublicId, change: RouteChange, write: Writer) -> Response:
    """Change the given fields. Alerts that are linked to an incident stay linked."""
    return write(
        lambda request: Route.of(routes.edit_route(request.ctx, route_id, change.to_record()))
    )


@router.delete("/{route_id}", status_code=204)
def delete_route(route_id: PublicId, write: Writer) -> Response:
    """Delete a route."""
    return write(lambda request: routes.delete_route(request.ctx, route_id), status=204)
