"""`/metrics`, for those whom the settings name: to everybody else there is nothing."""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.settings import Settings
from app.web.dependencies import app_state
from app.web.metrics.exposition import CONTENT_TYPE, exposed
from app.web.metrics.families import told

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(request: Request) -> Response:
    """Every family; 404 for who may not know."""
    if not _may(request, app_state(request).settings):
        raise NotFoundError("There is nothing at this address.")
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return Response(exposed(told(request.app)), headers=headers)


def _may(request: Request, settings: Settings) -> bool:
    token = settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    try:
        asking = ip_address(request.client.host) if request.client else None
    except ValueError:
        return False
    return asking is not None and any(asking in network for network in settings.metrics_networks)
