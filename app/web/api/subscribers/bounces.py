from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.domain.errors import ConflictError
from app.domain.permissions import Action
from app.secret_keys import address_hashes
from app.usecases.subscribers.addresses.bounces import take_report
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Writer
from app.web.api.subscribers.bounce_schemas import BounceTaken
from app.web.requests.request_body import read_body

__all__ = ["router"]

router = APIRouter(prefix="/bounces", tags=["subscribers"], route_class=JsonRoute)

_BODY: dict[str, Any] = {
    "description": "A mail that was sent to FYR_BOUNCE_ADDRESS.",
    "required": True,
    "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
}


async def _mail(request: Request, _write: Writer) -> bytes:
    """The mail. The declared media type is ignored."""
    return await read_body(request)


@router.post("", response_model=BounceTaken, openapi_extra={"requestBody": _BODY})
def take_bounce(content: Annotated[bytes, Depends(_mail)], write: Writer) -> Response:
    """Take a report about a mail: a failure, a complaint, or a request to unsubscribe."""
    settings = write.state.settings
    hashes = address_hashes(settings)

    def act(request: ApiRequest) -> BounceTaken:
        request.ctx.require(Action.EDIT)
        if not settings.bounce_address:
            raise ConflictError("Set FYR_BOUNCE_ADDRESS first.", code="no_bounce_address")
        outcome = take_report(request.ctx, hashes, content, bounce_address=settings.bounce_address)
        return BounceTaken(outcome=outcome)

    return write(act)
