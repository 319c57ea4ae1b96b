from fastapi import APIRouter, Response

from app.usecases.sources import routes
from app.web.api.fields import Listing, PublicId
from app.web.api.request import Look, Write
from app.web.api.sources.route_schemas import NewRoute, Route, RouteChange
from app.web.api.strict_json import JsonRoute

__all__ = ["router"]

router = APIRouter(prefix="/routes", tags=["sources"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=Route)
def add_route(new: NewRoute, write: Write) -> Response:
    """Add a rule, behind the others unless it says its position."""
    return write(lambda request: Route.of(routes.add_route(request.ctx, new.meant())), status=201)


@router.get("")
def list_routes(request: Look) -> Listing[Route]:
    """All routes, in the order in which they decide."""
    return Listing(items=[Route.of(route) for route in routes.list_routes(request.ctx)], next=None)


@router.get("/{route_id}")
def get_route(route_id: PublicId, request: Look) -> Route:
    """One route."""
    return Route.of(routes.get_route(request.ctx, route_id))


@router.patch("/{route_id}", response_model=Route)
def edit_route(route_id: PublicId, change: RouteChange, write: Write) -> Response:
    """Change what is named. Alerts that belong to an incident already stay there."""
    return write(lambda request: Route.of(routes.edit_route(request.ctx, route_id, change.meant())))


@router.delete("/{route_id}", status_code=204)
def delete_route(route_id: PublicId, write: Write) -> Response:
    """Take the rule away."""
    return write(lambda request: routes.delete_route(request.ctx, route_id), status=204)
