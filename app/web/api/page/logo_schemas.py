from typing import Annotated

from pydantic import Field

from app.domain.page import logos
from app.web.api.fields import ResponseSchema
from app.web.api.request import ApiRequest

__all__ = ["Logo"]


class LogoPicture(ResponseSchema):
    """A picture of the logo as it is served, converted from the upload."""

    url: Annotated[
        str, Field(description="The URL of the picture, which changes with its content.")
    ]
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str

    @classmethod
    def of(cls, facts: logos.LogoFacts, request: ApiRequest) -> "LogoPicture":
        return cls(
            url=request.page.base_url + facts.path,
            content_type=facts.kind.media_type,
            width=facts.width,
            height=facts.height,
            bytes=facts.size,
            sha256=facts.sha256,
        )


class Logo(ResponseSchema):
    """The logo of the page. Without `dark`, dark mode shows `light` on a light background."""

    light: LogoPicture
    dark: LogoPicture | None

    @classmethod
    def of(cls, logo: logos.Logo, request: ApiRequest) -> "Logo":
        dark = LogoPicture.of(logo.dark, request) if logo.dark else None
        return cls(light=LogoPicture.of(logo.light, request), dark=dark)
