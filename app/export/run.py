"""One export: read, render, bring. What goes wrong is told by what it raises."""

from collections.abc import Callable

from app.export.mirror import Mirror, Outcome, bring
from app.export.site import Site
from app.usecases.context import Database

__all__ = ["export"]


def export(
    database: Database, site: Site, mirror: Mirror, stopping: Callable[[], bool] = lambda: False
) -> Outcome:
    """Bring the mirror to what the page is now.

    Raises UnavailableError, MirrorError, and StoppedError when `stopping` says so.
    """
    try:
        # One look for all of it: no page leads to one that is not there yet.
        with database.reading() as ctx:
            outcome = bring(mirror, site.leaves(ctx), stopping)
            mirror.finish(site.facts)
    except BaseException:
        site.forget()
        raise
    return outcome
