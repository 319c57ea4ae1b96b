from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.usecases.page import translation_provider
from app.web.api.fields import RequestSchema, ResponseSchema
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/unread-translations", tags=["languages"], route_class=JsonRoute)

Languages = Annotated[
    list[str],
    Field(
        description="The languages in which pages show translations of a machine that nobody has "
        "read, in the bodies of texts and marked as such.",
        max_length=100,
    ),
]


class NewUnreadTranslations(RequestSchema):
    """The languages, which replace the present ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"languages": ["sv"]}]})

    languages: Languages


class UnreadTranslations(ResponseSchema):
    """Where pages show unread translations of a machine."""

    languages: Languages

    @classmethod
    def of(cls, request: ApiRequest) -> "UnreadTranslations":
        return cls(languages=translation_provider.unread_languages(request.ctx))


@router.get("")
def get_unread_translations(request: Reader) -> UnreadTranslations:
    """Get the languages in which pages show unread translations; none by default."""
    return UnreadTranslations.of(request)


@router.put("", response_model=UnreadTranslations)
def set_unread_translations(unread: NewUnreadTranslations, write: Writer) -> Response:
    """Set the languages in which pages show unread translations."""

    def act(request: ApiRequest) -> UnreadTranslations:
        translation_provider.set_unread_languages(request.ctx, unread.languages)
        return UnreadTranslations.of(request)

    return write(act)
