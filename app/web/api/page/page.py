from fastapi import APIRouter, Response

from app.usecases.page import settings
from app.web.api.json_route import JsonRoute
from app.web.api.page.page_schemas import PageChange, PageSettings
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/page", tags=["page"], route_class=JsonRoute)


@router.get("")
def get_page(request: Reader) -> PageSettings:
    """Get the settings of the page."""
    return PageSettings.of(settings.page_settings(request.ctx))


@router.patch("", response_model=PageSettings)
def edit_page(change: PageChange, write: Writer) -> Response:
    """Change the given settings."""

    def act(request: ApiRequest) -> PageSettings:
        return PageSettings.of(settings.edit_page(request.ctx, change.to_record(request)))

    return write(act)
