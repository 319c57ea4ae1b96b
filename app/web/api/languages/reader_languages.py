from typing import Annotated

from fastapi import APIRouter, Query

from app.usecases.page import language_demand
from app.web.api.json_route import JsonRoute
from app.web.api.languages.reader_languages_schemas import ReaderLanguages
from app.web.api.request import Reader

__all__ = ["router"]

router = APIRouter(prefix="/reader-languages", tags=["languages"], route_class=JsonRoute)

Month = Annotated[
    str | None,
    Query(
        pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$",
        description="A month in UTC, such as 2026-11; by default the current one.",
    ),
]


@router.get("")
def list_reader_languages(request: Reader, month: Month = None) -> ReaderLanguages:
    """Count the page views of a month by the language asked for and the language given."""
    return ReaderLanguages.of(language_demand.views_of_month(request.ctx, month))
