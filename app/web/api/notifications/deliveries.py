from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.channels import CHANNELS
from app.domain.notifications.states import DeliveryState
from app.usecases.outbox import deliveries
from app.usecases.outbox.deliveries import DeliveryFilter
from app.web.api.fields import (
    PUBLIC_ID_PATTERN,
    Cursor,
    Limit,
    ListResponse,
    PublicId,
    Since,
    Until,
)
from app.web.api.json_route import JsonRoute
from app.web.api.notifications.delivery_schemas import Delivery, DeliveryDetail
from app.web.api.request import Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/deliveries", tags=["deliveries"], route_class=JsonRoute)

State = Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")]
OfNotice = Annotated[
    str | None, Query(pattern=PUBLIC_ID_PATTERN, description="Only deliveries of this notice.")
]
Word = r"^[a-z0-9_]{1,60}$"
OfChannel = Annotated[
    str | None, Query(pattern=Word, description="Only deliveries of this kind of channel.")
]
WithCode = Annotated[
    str | None, Query(pattern=Word, description="Only deliveries whose last failure has this code.")
]


def _filters(  # each filter is an argument
    state: State = None,
    notice: OfNotice = None,
    channel: OfChannel = None,
    code: WithCode = None,
    since: Since = None,
    until: Until = None,
) -> DeliveryFilter:
    return DeliveryFilter(state, notice, channel, code, since, until)


@router.get("")
def list_deliveries(
    request: Reader,
    filters: Annotated[DeliveryFilter, Depends(_filters)],
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Delivery]:
    """List the deliveries that match the filters, newest first.

    `since` and `until` limit `made_at`.
    """
    found = deliveries.list_deliveries(request.ctx, filters, cursor=cursor, limit=limit)
    return ListResponse(items=[Delivery.of(each) for each in found.items], next=found.next)


@router.get("/{delivery_id}")
def get_delivery(delivery_id: PublicId, request: Reader) -> DeliveryDetail:
    """Get a delivery, with its failed attempts."""
    return DeliveryDetail.detailed(deliveries.get_delivery(request.ctx, delivery_id))


@router.post("/{delivery_id}/repeat", status_code=204)
def repeat_delivery(delivery_id: PublicId, write: Writer) -> Response:
    """Send a delivery again, with a new message id. It becomes a new delivery."""
    return write(
        lambda request: deliveries.repeat_delivery(request.ctx, delivery_id, CHANNELS), status=204
    )


@router.post("/{delivery_id}/give-up", status_code=204)
def give_up_delivery(delivery_id: PublicId, write: Writer) -> Response:
    """End a waiting delivery: it is not attempted again."""
    return write(lambda request: deliveries.give_up(request.ctx, delivery_id), status=204)
