"""Outage: requests without an answer while PostgreSQL is killed under load and restarted."""

import tempfile
import time
from pathlib import Path

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.usecases.context import SHELL
from app.usecases.database import Database
from benchmarks import goals, pace
from benchmarks.data import fill
from benchmarks.servers import fyr
from tests.web.page_cache.cluster import own_cluster

__all__ = ["main"]

_RATE, _SECONDS = 500, 20
_DEAD_FROM, _DEAD_FOR = 4, 8


def main() -> None:
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as name:
        upgrade(cluster.url)
        database = Database(make_engine(cluster.url))
        with database.writing(SHELL) as ctx:
            fill(ctx)
        database.close()
        environment = {"FYR_DATABASE_URL": cluster.url}
        with fyr(Path(name), 8851, "protocol", **environment) as server:
            load = pace.begin(server, _RATE, _SECONDS)
            time.sleep(_DEAD_FROM)
            cluster.kill()
            time.sleep(_DEAD_FOR)
            cluster.start()
            waits = pace.finish(load)
    print(
        f"database killed under {_RATE} requests a second and back after {_DEAD_FOR} s:"
        f" {waits.failed} of {waits.requests:,} visitors got no page;"
        f" p99 {waits.p99:.0f} ms, longest {waits.longest:.0f} ms"
    )
    goals.record("outage", f"{waits.failed} of {waits.requests:,}")
