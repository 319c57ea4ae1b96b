"""Whether the database takes what we write."""

from dataclasses import dataclass

from app.db.queries import page, targets
from app.usecases.context import Ctx
from app.usecases.public import pages

__all__ = ["Look", "check", "look"]


def check(ctx: Ctx) -> None:
    """Raises UnavailableError through the context when the database does not answer."""
    page.read_revision(ctx.session)


@dataclass(frozen=True, slots=True)
class Look:
    """One look: `overdue_seconds` is how long the most overdue target has waited for a worker."""

    revision: int
    open_incidents: int
    targets: int
    overdue_seconds: float


def look(ctx: Ctx) -> Look:
    """The figures of now. Raises UnavailableError through the context."""
    revision, _ = page.read_revision(ctx.session)
    count, first_due_at = targets.count_and_first_due(ctx.session)
    waited = 0.0 if first_due_at is None else (ctx.now - first_due_at).total_seconds()
    shown = pages.overview(ctx)
    return Look(revision, len(shown.open_incidents), count, max(0.0, waited))
