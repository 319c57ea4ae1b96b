"""`/metrics` in Prometheus' format, for clients that the settings allow; 404 for all others."""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.settings import Settings
from app.web.dependencies import app_state
from app.web.metrics.exposition import CONTENT_TYPE, format_families
from app.web.metrics.families import collect

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(request: Request) -> Response:
    """All metric families; 404 for a client that is not allowed to read them."""
    if not _is_allowed(request, app_state(request).settings):
        raise NotFoundError("There is nothing at this URL.")
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return Response(format_families(collect(request.app)), headers=headers)


def _is_allowed(request: Request, settings: Settings) -> bool:
    token = settings.metrics_token.get_secret_value()
    authorization = request.headers.get("authorization", "")
    if token and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        return True
    try:
        client = ip_address(request.client.host) if request.client else None
    except ValueError:
        return False
    return client is not None and any(client in network for network in settings.metrics_networks)
