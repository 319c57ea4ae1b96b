from typing import Annotated

from pydantic import Field

from app.domain.page import logos
from app.web.api.fields import ResponseSchema
from app.web.api.request import ApiRequest

__all__ = ["Logo"]


class LogoPicture(ResponseSchema):
    """A picture as it is served, made of what was uploaded."""

    url: Annotated[str, Field(description="Where it is served; it changes with the picture.")]
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
    """The page's logo. Without one for dark, that for light stands on light ground there."""

    light: LogoPicture
    dark: LogoPicture | None

    @classmethod
    def of(cls, logo: logos.Logo, request: ApiRequest) -> "Logo":
        dark = LogoPicture.of(logo.dark, request) if logo.dark else None
        return cls(light=LogoPicture.of(logo.light, request), dark=dark)
