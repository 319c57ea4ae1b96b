from fastapi import APIRouter, Response

from app.secret_keys import address_hashes
from app.usecases.subscribers.addresses import suppressed_addresses
from app.web.api.fields import ListResponse
from app.web.api.json_route import JsonRoute
from app.web.api.notifications.suppression_schemas import Suppression
from app.web.api.request import ApiRequest, Writer
from app.web.api.subscribers.subscriber_schemas import AddressSearch

__all__ = ["router"]

router = APIRouter(prefix="/suppressions", tags=["suppressions"], route_class=JsonRoute)


@router.post("/search", response_model=ListResponse[Suppression])
def search_suppressions(search: AddressSearch, write: Writer) -> Response:
    """List the suppression of an address, which is in no URL this way. For admins."""
    hashes = address_hashes(write.state.settings)

    def act(request: ApiRequest) -> ListResponse[Suppression]:
        found = suppressed_addresses.find_suppression(request.ctx, hashes, search.address)
        items = [] if found is None else [found]
        return ListResponse(items=[Suppression.of(each) for each in items], next=None)

    return write(act)


@router.post("/lift", status_code=204)
def lift_suppression(search: AddressSearch, write: Writer) -> Response:
    """Lift the suppression of an address: its owner can subscribe again. For admins."""
    hashes = address_hashes(write.state.settings)
    return write(
        lambda request: suppressed_addresses.lift_suppression(request.ctx, hashes, search.address),
        status=204,
    )
