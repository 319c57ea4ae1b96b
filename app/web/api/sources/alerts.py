from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from app.domain.alerts.alert_filter import AlertFilter
from app.usecases.services import aliases
from app.usecases.sources import events
from app.web.api.fields import Cursor, Limit, ListResponse, Since, Until
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader, Writer
from app.web.api.sources.route_schemas import Alias, NewAlias
from app.web.api.sources.source_schemas import Alert

__all__ = ["router"]

router = APIRouter(tags=["sources"], route_class=JsonRoute)

OnlyOpen = Annotated[
    Literal["open"] | None, Query(alias="state", description="Only unresolved alerts.")
]
ActionFilter = Annotated[
    Literal["incident", "service_only", "note", "unmapped"] | None,
    Query(description="Only alerts with this action; `unmapped` alerts name no service."),
]


@router.get("/alerts")
def list_alerts(  # noqa: PLR0913, PLR0917  # each filter is an argument
    request: Reader,
    state: OnlyOpen = None,
    action: ActionFilter = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Alert]:
    """List alerts of monitors, newest first. `since` and `until` limit their first report."""
    wanted = AlertFilter(state is not None, action, since, until)
    found = events.list_alerts(request.ctx, wanted, cursor=cursor, limit=limit)
    return ListResponse(items=[Alert.of(alert) for alert in found.items], next=found.next)


@router.post("/aliases", status_code=201, response_model=Alias)
def add_alias(new: NewAlias, write: Writer) -> Response:
    """Add an alias: another name by which monitors can name a service."""
    return write(
        lambda request: Alias.of(aliases.add_alias(request.ctx, new.service, new.alias)), status=201
    )


@router.get("/aliases")
def list_aliases(request: Reader) -> ListResponse[Alias]:
    """List all aliases by name."""
    return ListResponse(
        items=[Alias.of(each) for each in aliases.list_aliases(request.ctx)], next=None
    )


@router.delete("/aliases/{alias}", status_code=204)
def delete_alias(
    alias: Annotated[str, Path(max_length=200, examples=["checkout-prod"])], write: Writer
) -> Response:
    """Delete an alias."""
    return write(lambda request: aliases.delete_alias(request.ctx, alias), status=204)
