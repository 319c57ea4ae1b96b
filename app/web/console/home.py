"""The first screen: what visitors see now, and what waits for a decision."""

from fastapi import APIRouter, Response

from app.web.console.desk import Viewer

__all__ = ["router"]

router = APIRouter()


@router.get("/")
def now(desk: Viewer) -> Response:
    """What is going on."""
    return desk.page("now")
