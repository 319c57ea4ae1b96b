from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.domain.page.logos import ColourScheme
from app.usecases.page import logo
from app.web.api.json_route import JsonRoute
from app.web.api.page.logo_schemas import Logo
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.requests.form_body import read_form
from app.web.requests.request_body import read_body

__all__ = ["router"]

router = APIRouter(prefix="/page/logo", tags=["page"], route_class=JsonRoute)

_BINARY = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "description": "The picture: PNG, JPEG, WebP, GIF or SVG, as the body or as a file of a form.",
    "required": True,
    "content": {"application/octet-stream": {"schema": _BINARY}},
}

SchemeQuery = Annotated[ColourScheme, Query(description="The colour scheme of the page.")]


async def _picture(request: Request, _write: Writer) -> bytes:
    """The uploaded bytes. The declared media type is ignored: the bytes decide."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        form = await read_form(request)
        return next((file.content for file in form.files.values()), b"")
    return await read_body(request)


@router.get("", responses={404: {}})
def get_logo(request: Reader) -> Logo:
    """Get the logo of the page, with the URLs of its pictures."""
    return Logo.of(logo.get_logo(request.ctx), request)


@router.put("", response_model=Logo, openapi_extra={"requestBody": _BODY})
def set_logo(
    content: Annotated[bytes, Depends(_picture)],
    write: Writer,
    scheme: SchemeQuery = ColourScheme.LIGHT,
) -> Response:
    """Set the logo for a colour scheme; this replaces the present one."""

    def act(request: ApiRequest) -> Logo:
        logo.set_logo(request.ctx, content, scheme)
        return Logo.of(logo.get_logo(request.ctx), request)

    return write(act)


@router.delete("", status_code=204, responses={404: {}})
def remove_logo(write: Writer, scheme: SchemeQuery = ColourScheme.LIGHT) -> Response:
    """Remove the logo for a colour scheme; removing `light` removes `dark` too."""
    return write(lambda request: logo.remove_logo(request.ctx, scheme), status=204)
