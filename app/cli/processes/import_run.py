"""`fyr import-run`: the process of an import that the console or the API has started."""

import logging
import os
import time
from dataclasses import replace
from typing import Annotated

import typer

from app.cli.database import open_database
from app.cli.import_parts import add_draft_target, named_error, room_adder
from app.domain.errors import FyrError, InvalidError
from app.importers.registry import KINDS, load_importer
from app.importing.http.response_store import ResponseStore
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.secret_keys import address_hashes, secret_box
from app.settings import Settings, load_settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.imports.imports import (
    BATCH,
    MOST_AT_ONCE,
    HistoryImport,
    Progress,
    import_history,
)
from app.usecases.imports.report import ImportReport
from app.usecases.imports.runs import runs
from app.usecases.imports.runs.run_files import ImportFiles, ImportProgress
from app.usecases.imports.runs.run_options import in_words_of_the_api
from app.usecases.imports.runs.runs import ImportJob

__all__ = ["execute", "import_run"]

_log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 0.5
# Below the web processes, which answer visitors meanwhile.
_NICENESS = 10


def import_run(run_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Run an import that the console or the API has started."""
    os.nice(_NICENESS)
    settings = load_settings()
    with open_database(settings) as database:
        execute(database, settings, run_id)


def execute(
    database: Database,
    settings: Settings,
    run_id: str,
    *,
    batch: int = BATCH,
    whole: int = MOST_AT_ONCE,
) -> None:
    """Run an import, and record its report or why it failed.

    More than `whole` incidents are written in transactions of `batch` incidents each.
    """
    files = ImportFiles(settings.data_dir)
    with database.reading(SHELL) as ctx:
        job = runs.job_of(ctx, run_id)
    try:
        run = _history(database, settings, job, run_id)
        report = _import(replace(run, batch=batch, whole=whole), settings, job, run_id)
    except FyrError as error:
        _fail(database, files, run_id, in_words_of_the_api(error.message), error)
    except Exception:  # noqa: BLE001  # else the import would look interrupted, and be tried again
        _log.exception("import.failed id=%s kind=%s", run_id, job.kind)
        _fail(database, files, run_id, "The fault is ours and was logged.")
    else:
        with database.writing(SHELL) as ctx:
            runs.finish(ctx, run_id, report)
        if job.is_dry_run:
            files.remove_source(run_id)
        else:
            files.remove(run_id)


def _fail(
    database: Database,
    files: ImportFiles,
    run_id: str,
    problem: str,
    error: FyrError | None = None,
) -> None:
    with database.writing(SHELL) as ctx:
        runs.fail(ctx, run_id, problem, error)
    files.remove(run_id)


def _history(database: Database, settings: Settings, job: ImportJob, run_id: str) -> HistoryImport:
    files = ImportFiles(settings.data_dir)
    return HistoryImport(
        reading=lambda: database.reading(job.actor),
        writing=lambda: database.writing(job.actor),
        spool=files.spool(run_id),
        lock=files.lock,
        options=job.options.writing(is_trial=job.is_dry_run),
        languages=frozenset(job.options.languages),
        hashes=address_hashes(settings),
        add_room=room_adder(settings),
        add_target=add_draft_target,
        progress=_progress(files, run_id),
        resume=job.is_resumed,
        skip_broken=job.options.skip_broken,
        reuse=not job.is_dry_run,
        keep_spool=job.is_dry_run,
    )


def _import(run: HistoryImport, settings: Settings, job: ImportJob, run_id: str) -> ImportReport:
    files = ImportFiles(settings.data_dir)
    source = job.address or str(files.upload(run_id))
    token = files.token(run_id, secret_box(settings))
    with run.reading() as ctx:
        options = job.options.reading(ctx.now)
    responses = ResponseStore(settings.data_dir / "import-responses", source)
    guard = Guard(settings.allowed_networks)
    with SourceTools(source, guard, token=token, responses=responses) as tools:
        try:
            return import_history(run, load_importer(job.kind).read(tools, options))
        except InvalidError as error:
            raise named_error(error, source, KINDS[job.kind]) from None


def _progress(files: ImportFiles, run_id: str) -> Progress:
    """A function that stores how far the import is, twice a second at most."""
    last = float("-inf")

    def progress(phase: str, number: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS:
            last = now
            files.write_progress(run_id, ImportProgress(phase, number))

    return progress
