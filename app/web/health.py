"""Health endpoints: liveness of the process, readiness of its database."""

import shutil
from contextlib import suppress
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.domain.errors import UnavailableError
from app.settings import Settings
from app.usecases import health
from app.web.dependencies import app_state

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

# A database with less space left cannot be relied on to take the next change.
_LEAST_FREE_BYTES = 16 * 2**20


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz() -> Response:
    """Liveness: 200 while the process answers, also when all its threads are busy."""
    return Response("ok\n", media_type="text/plain", headers={"Cache-Control": "no-store"})


@router.api_route("/readyz", methods=["GET", "HEAD"])
def readyz(request: Request) -> Response:
    """Readiness: 200 while the database answers and its disk and the data directory have space."""
    state = app_state(request)
    headers = {"Cache-Control": "no-store"}
    reason = ""
    try:
        with state.database.reading() as ctx:
            health.check(ctx)
    except UnavailableError:
        reason = "no database\n"
    if not reason and _is_full(state.settings):
        reason = "disk full\n"
    if not reason:
        return Response("ready\n", media_type="text/plain", headers=headers)
    headers["Retry-After"] = "5"
    return Response(reason, 503, headers, "text/plain")


def _is_full(settings: Settings) -> bool:
    folders = [settings.data_dir]
    if settings.is_embedded:
        folders.append(Path(settings.database.removeprefix("sqlite:///").partition("?")[0]).parent)
    return any(_free_bytes(each) < _LEAST_FREE_BYTES for each in folders)


def _free_bytes(folder: Path) -> int:
    # A folder that does not exist yet is created when it is needed.
    with suppress(FileNotFoundError):
        return shutil.disk_usage(folder).free
    return _LEAST_FREE_BYTES
