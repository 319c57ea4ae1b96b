"""Processes of imports: each import that the console or the API starts has a child process."""

import os
import subprocess
import sys
from collections.abc import Callable
from threading import Thread

from app.settings import Settings
from app.usecases.imports.runs.run_files import ImportFiles

__all__ = ["StartImport", "start_process"]

# Starts the import with this id. Raises ConflictError while a process runs it.
StartImport = Callable[[str], None]


def start_process(settings: Settings) -> StartImport:
    """A function that starts the process of an import.

    A process of its own, because reading a source holds the interpreter's lock and needs memory:
    visitors get their pages meanwhile, and the import goes on when a web process is replaced.
    """

    def start(run_id: str) -> None:
        # The child inherits the lock, which ends with it.
        lock = ImportFiles(settings.data_dir).take_lock(run_id)
        try:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and command
                [sys.executable, "-m", "app.cli", "import-run", run_id],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[lock],
                env={**os.environ, **_environment(settings)},
            )
        finally:
            os.close(lock)
        Thread(target=process.wait, name=f"fyr-import-{run_id}", daemon=True).start()

    return start


def _environment(settings: Settings) -> dict[str, str]:
    """The settings of this process, which need not come from its environment."""
    named = {
        "FYR_DATABASE_URL": settings.database,
        "FYR_DATA_DIR": str(settings.data_dir.absolute()),
        "FYR_SECRET_KEY": settings.secret_key.get_secret_value(),
        "FYR_ALLOWED_NETWORKS": ",".join(str(each) for each in settings.allowed_networks),
    }
    return {name: value for name, value in named.items() if value}
