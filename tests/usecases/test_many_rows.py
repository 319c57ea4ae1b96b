"""Lists of ten years of history take a fixed number of queries, none of which reads all rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from app.domain.incidents.incident_filter import IncidentFilter, IncidentState
from app.domain.maintenances.maintenance_filter import MaintenanceFilter, MaintenanceState
from app.usecases.context import Ctx
from app.usecases.incidents.listing import list_incidents
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.listing import list_maintenances, list_waiting
from app.usecases.pagination import CursorPage
from tests.cast import BEN, Backend
from tests.many_rows import INCIDENTS, counted_queries, fill

_PAGE = 50
# The rows, their updates and services, postmortems, evidence, how many subscribers were notified of
# them; the service.
_MOST_QUERIES = 8


@contextmanager
def ten_years(backend: Backend) -> Iterator[Ctx]:
    with backend.writing(BEN) as ctx:
        fill(ctx)
        ctx.session.execute(text("ANALYZE"))
        yield ctx


def page(ctx: Ctx, wanted: IncidentFilter, cursor: str | None = None) -> CursorPage[StaffIncident]:
    ctx.session.expunge_all()
    with counted_queries(ctx.session) as sent:
        found = list_incidents(ctx, wanted, cursor=cursor, limit=_PAGE)
    assert len(sent) <= _MOST_QUERIES, sent
    return found


def titles(found: CursorPage[StaffIncident]) -> list[str]:
    return [str(dict(each.incident.title)["en"]) for each in found.items]  # type: ignore[arg-type]


def test_ten_thousand_incidents_are_paged_by_time_through_an_index_with_few_queries(
    backend: Backend,
) -> None:
    # Ten thousand incidents take seconds to make: one test asks of them all that needs them.
    with ten_years(backend) as ctx:
        first = page(ctx, IncidentFilter())
        assert titles(first)[:2] == [f"Café {INCIDENTS - n} is slow" for n in (1, 2)]
        second = page(ctx, IncidentFilter(), first.next)
        assert titles(second)[0] == f"Café {INCIDENTS - 51} is slow"
        assert titles(page(ctx, IncidentFilter(query="SLOW cafe 4711"))) == ["Café 4711 is slow"]
        assert titles(page(ctx, IncidentFilter(state=IncidentState.IDENTIFIED)))[9:] == [
            f"Café {INCIDENTS - 10} is slow"
        ]
        of_service = page(ctx, IncidentFilter(service="service-7", state=IncidentState.RESOLVED))
        assert len(of_service.items) == INCIDENTS / 200
        old = ctx.now - timedelta(days=3650)
        of_a_day = page(ctx, IncidentFilter(since=old, until=old + timedelta(days=1)))
        assert titles(of_a_day) == ["Café 2 is slow", "Café 1 is slow", "Café 0 is slow"]

        ctx.session.expunge_all()
        with counted_queries(ctx.session) as sent:
            assert list_maintenances(ctx, cursor=None, limit=_PAGE).next is not None
            past = MaintenanceFilter(query="upgrade", state=MaintenanceState.COMPLETED)
            assert list_maintenances(ctx, past, cursor=None, limit=_PAGE).next is not None
            assert len(list_waiting(ctx)) == 31
        assert len(sent) <= 16, sent

        wanted = (
            (IncidentFilter(), first.next),
            (IncidentFilter(state=IncidentState.OPEN), None),
            (IncidentFilter(service="service-7"), None),
            (IncidentFilter(since=ctx.now - timedelta(days=9), until=ctx.now), None),
        )
        for each, cursor in wanted:
            plan = explained(ctx, each, cursor)
            assert "index" in plan.lower(), plan
            assert "SCAN incident\n" not in plan, plan
            assert "Seq Scan on incident " not in plan, plan


def explained(ctx: Ctx, wanted: IncidentFilter, cursor: str | None) -> str:
    """The plan of the database for the query of a page."""
    explain = (
        "EXPLAIN "
        if ctx.session.get_bind().dialect.name == "postgresql"
        else ("EXPLAIN QUERY PLAN ")
    )
    plans: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401  # of SQLAlchemy
        _, sender, statement, parameters, *_ = arguments
        if "FROM incident " in statement and "ORDER BY incident.started_at" in statement:
            sender.execute(explain + statement, parameters)
            plans.append("\n".join(str(row[-1]) for row in sender.fetchall()) + "\n")

    bind = ctx.session.connection()
    event.listen(bind, "before_cursor_execute", note)
    try:
        list_incidents(ctx, wanted, cursor=cursor, limit=_PAGE)
    finally:
        event.remove(bind, "before_cursor_execute", note)
    return plans[0]
