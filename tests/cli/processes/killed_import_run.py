"""The process of an import that kills itself (SIGKILL) before a commit of its own.

Arguments: id of the import, number of the commit, 0 for never. The settings are the environment's.
"""

import os
import signal
import sys
from typing import Any

from sqlalchemy import event

from app.cli.processes.import_run import execute
from app.db.engine import make_engine
from app.settings import load_settings
from app.usecases.database import Database


def _main(run_id: str, last: str) -> None:
    settings = load_settings()
    engine = make_engine(settings.database_url.get_secret_value())
    commits = 0

    def count(*_: Any) -> None:  # noqa: ANN401  # the arguments of the event
        nonlocal commits
        commits += 1
        if commits == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "commit", count)
    execute(Database(engine), settings, run_id, batch=10, whole=10)


if __name__ == "__main__":
    _main(*sys.argv[1:])
