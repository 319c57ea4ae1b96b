from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from app.usecases.page import language_demand
from app.web.api.fields import ResponseSchema

__all__ = ["ReaderLanguages"]


class LanguageViews(ResponseSchema):
    """Views of HTML pages that asked for one language and were given one."""

    month: Annotated[str, Field(description="The month in UTC.", examples=["2026-11"])]
    asked: Annotated[
        str, Field(description="The first language in Accept-Language.", examples=["pl"])
    ]
    given: Annotated[str, Field(description="The language of the page.", examples=["en"])]
    views: Annotated[int, Field(description="Views; programs that name themselves do not count.")]


class ReaderLanguages(ResponseSchema):
    """The views of a month, most views first. They are at most a minute old."""

    items: list[LanguageViews]

    @classmethod
    def of(cls, found: Sequence[language_demand.LanguageViews]) -> "ReaderLanguages":
        return cls(
            items=[
                LanguageViews(
                    month=each.month, asked=each.asked, given=each.given, views=each.views
                )
                for each in found
            ]
        )
