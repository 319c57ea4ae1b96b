from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from app.domain.certificates.horizon import BreakKind
from app.usecases.targets import forecasts
from app.usecases.targets.forecasts import ForecastFilter
from app.web.api.fields import PUBLIC_ID_PATTERN, Cursor, Limit, ListResponse
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader
from app.web.api.targets.horizon_schemas import Forecast, ForecastWarning, Kind

__all__ = ["router"]

router = APIRouter(prefix="/horizons", tags=["horizons"], route_class=JsonRoute)

Target = Annotated[str | None, Query(pattern=PUBLIC_ID_PATTERN, description="Only of this target.")]
Days = Annotated[
    int | None, Query(ge=0, le=40_000, description="Only breaks within this number of days.")
]
Warned = Annotated[bool, Query(description="Only what staff have been warned of.")]


@router.get("")
def list_horizons(  # noqa: PLR0913, PLR0917  # each filter is an argument
    request: Reader,
    target: Target = None,
    kind: Annotated[Kind | None, Query(description="Only when this is what ends.")] = None,
    within_days: Days = None,
    warned: Warned = False,  # noqa: FBT002  # as it stands in a query
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Forecast]:
    """List the future breaks of targets, the soonest first."""
    wanted = ForecastFilter(
        target=target,
        kind=None if kind is None else BreakKind(kind),
        within=None if within_days is None else timedelta(days=within_days),
        warned=warned,
    )
    found = forecasts.list_forecasts(request.ctx, wanted, cursor=cursor, limit=limit)
    locales, now = request.locales(), request.ctx.now
    return ListResponse(
        items=[Forecast.of(each, locales, now) for each in found.items], next=found.next
    )


@router.get("/warnings")
def list_warnings(
    request: Reader, cursor: Cursor = None, limit: Limit = 25
) -> ListResponse[ForecastWarning]:
    """List the warnings of breaks that were sent to staff, newest first."""
    found = forecasts.list_warnings(request.ctx, cursor=cursor, limit=limit)
    locales = request.locales()
    return ListResponse(
        items=[ForecastWarning.of(each, locales) for each in found.items], next=found.next
    )
