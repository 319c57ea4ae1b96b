"""Import of a document in a process that kills itself (SIGKILL) before a statement of its own.

Arguments: URL of the database, document, folder of the spool, number of the statement, and
`resume` to go on with an import that was interrupted.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app.db.engine import make_engine
from app.importers.fyr import document_items
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.imports.imports import HistoryImport, import_history
from tests.fakes import fake_hashes


def _main(url: str, document: str, folder: str, last: str, mode: str) -> None:
    engine = make_engine(url)
    database = Database(engine)
    statements = 0

    def count(*_: Any) -> None:  # noqa: ANN401  # the arguments of the event
        nonlocal statements
        statements += 1
        if statements == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    run = HistoryImport(
        reading=lambda: database.reading(SHELL),
        writing=lambda: database.writing(SHELL),
        spool=Path(folder) / "import",
        hashes=fake_hashes(),
        whole=1,
        batch=3,
        resume=mode == "resume",
    )
    import_history(run, document_items(json.loads(Path(document).read_text(encoding="utf-8"))))
    print(statements)  # noqa: T201  # to the test


if __name__ == "__main__":
    _main(*sys.argv[1:])
