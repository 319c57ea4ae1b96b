"""Health: whether the database answers, and the statistics that operators watch."""

from dataclasses import dataclass

from app.db.queries.incidents import incidents
from app.db.queries.page import page
from app.db.queries.targets import targets
from app.usecases.context import Ctx

__all__ = ["HealthStatistics", "check", "read_statistics"]


def check(ctx: Ctx) -> None:
    """Read the revision. Raises UnavailableError when the database does not answer."""
    page.read_revision(ctx.session)


@dataclass(frozen=True, slots=True)
class HealthStatistics:
    """Statistics of the database at one time.

    `overdue_seconds` is for how long the most overdue target has been due for a probe.
    """

    revision: int
    open_incidents: int
    targets: int
    overdue_seconds: float


def read_statistics(ctx: Ctx) -> HealthStatistics:
    """The present statistics. Raises UnavailableError when the database does not answer."""
    revision, _ = page.read_revision(ctx.session)
    count, first_due_at = targets.count_and_first_due(ctx.session)
    overdue = 0.0 if first_due_at is None else (ctx.now - first_due_at).total_seconds()
    shown = incidents.count_visible_open_incidents(ctx.session, ctx.now)
    return HealthStatistics(revision, shown, count, max(0.0, overdue))
