"""Health endpoints: liveness of the process, readiness of its database."""

from fastapi import APIRouter, Request, Response

from app.domain.errors import UnavailableError
from app.usecases import health
from app.web.dependencies import app_state

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz() -> Response:
    """Liveness: 200 while the process answers, also when all its threads are busy."""
    return Response("ok\n", media_type="text/plain", headers={"Cache-Control": "no-store"})


@router.api_route("/readyz", methods=["GET", "HEAD"])
def readyz(request: Request) -> Response:
    """Readiness: 200 while the database answers, else 503."""
    headers = {"Cache-Control": "no-store"}
    try:
        with app_state(request).database.reading() as ctx:
            health.check(ctx)
    except UnavailableError:
        headers["Retry-After"] = "5"
        return Response("no database\n", 503, headers, "text/plain")
    return Response("ready\n", media_type="text/plain", headers=headers)
