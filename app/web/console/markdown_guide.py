"""Console screen that shows the Markdown of staff texts."""

from fastapi import APIRouter, Response

from app.rendering.console.markdown_guide import markdown_guide
from app.web.console.kit.staff_request import Viewer

__all__ = ["router"]

router = APIRouter(prefix="/markdown")


@router.get("")
def guide(request: Viewer) -> Response:
    """What can be written in a text, beside what visitors see."""
    return request.page("markdown", entries=markdown_guide(request.locale))
