"""Clock check: a warning when the clocks of this machine and of the database server differ."""

import logging
from datetime import timedelta

from app.db.queries.clock import server_time
from app.usecases.context import SHELL
from app.usecases.database import Database

__all__ = ["warn_of_clock_skew"]

_log = logging.getLogger("fyr.serve")

# NTP keeps clocks within a tenth of a second. From here on visitors see times in a wrong order.
_TOLERANCE = timedelta(seconds=2)


def warn_of_clock_skew(database: Database) -> None:
    """Log `clock.skew` with the difference; each machine compares itself with the one server."""
    with database.reading(SHELL) as ctx:
        there, here = server_time(ctx.session), database.clock()
    if there is not None and abs(here - there) > _TOLERANCE:
        _log.warning(
            "clock.skew seconds=%+.0f: the clock of this machine differs from that of the database "
            "server; synchronize both with NTP",
            (here - there).total_seconds(),
        )
