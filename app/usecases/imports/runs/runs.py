"""Imports that the console and the API start: state, report, and what can be done with them.

A process of its own runs an import (`app.cli.processes.import_run`). It holds a lock as long as it
lives, so that an import whose process ended too early is found to be interrupted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.db.queries.imports import import_runs
from app.db.tables import ImportRunRow
from app.domain.errors import ConflictError, FyrError, InvalidError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.usecases import audit
from app.usecases.context import Actor, Ctx, new_id, required
from app.usecases.encryption import SecretBox
from app.usecases.imports.report import ImportReport
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.imports.runs.run_options import NewImport, RunOptions, checked_address
from app.usecases.users import sessions

__all__ = [
    "ImportJob",
    "ImportRun",
    "ImportRunState",
    "delete_run",
    "fail",
    "finish",
    "get_run",
    "go_on",
    "job_of",
    "list_runs",
    "start",
]

# How many imports are listed, and stored.
_KEPT = 20
# The refs and changes of a report that are stored; their numbers are exact.
_MOST_REFS = 1_000
# Codes of errors that an importer raises itself.
_OF_SOURCES = ("import_", "no_time_zone")
_TIMES = dict.fromkeys(("naive_time", "time_in_future", "time_out_of_range"), "import_invalid_time")
_LONGEST_PLACE = 300
# A process has the lock of the database at the latest so long after its start.
_STARTING = timedelta(minutes=1)


class ImportRunState(StrEnum):
    """State of an import. `checked`: its dry run has ended; nothing is written yet.

    `interrupted`: the process that ran it has ended too early.
    """

    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_RUNNING = (ImportRunState.CHECKING, ImportRunState.IMPORTING)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import as staff see it. `is_open`: `go_on` imports it, or resumes it.

    `phase` and `number` say how far it is, while it runs on this machine. `problem` is why it
    failed, in English; `problem_code` and `problem_data` are those of a message for staff.
    """

    id: str
    kind: str
    source: str
    is_upload: bool
    options: RunOptions
    state: ImportRunState
    is_open: bool
    phase: str | None
    number: int
    problem: str | None
    problem_code: str | None
    problem_data: Mapping[str, str | int]
    report: Mapping[str, Any] | None
    actor: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether a process runs it now."""
        return self.state in _RUNNING


@dataclass(frozen=True, slots=True)
class ImportJob:
    """What the process of an import has to do, and for whom."""

    kind: str
    address: str
    options: RunOptions
    is_dry_run: bool
    is_resumed: bool
    actor: Actor


def start(ctx: Ctx, new: NewImport, files: ImportFiles, box: SecretBox) -> ImportRun:
    """Store an import that a process is to run after the commit.

    Raises InvalidError, ForbiddenError, and ConflictError while another import is running.
    """
    _require(ctx)
    address, options = checked_address(new)
    _check_none_running(ctx, files)
    files.sweep(ctx.now.timestamp())
    run_id = new_id()
    source = address or files.claim_upload(new.upload, run_id)
    if new.token and address:
        files.store_token(run_id, new.token, box)
    state = ImportRunState.CHECKING if new.is_dry_run else ImportRunState.IMPORTING
    row = ImportRunRow(
        public_id=run_id,
        kind=new.kind,
        source=source,
        is_upload=not address,
        options=options.as_json(),
        state=state,
        created_at=ctx.now,
        **_of_actor(ctx),
    )
    ctx.session.add(row)
    ctx.session.flush()
    import_runs.delete_older(ctx.session, _KEPT)
    return _record(ctx, row, files, state)


def go_on(ctx: Ctx, run_id: str, files: ImportFiles) -> ImportRun:
    """Import what a dry run has read, or resume what was interrupted, after the commit.

    Raises NotFoundError, ForbiddenError, and ConflictError when there is nothing to go on with.
    """
    ctx.require(Action.CONFIGURE)
    row = _row(ctx, run_id)
    _require(ctx)
    _check_none_running(ctx, files)
    found = _record(ctx, row, files)
    if found.state not in {ImportRunState.CHECKED, ImportRunState.INTERRUPTED}:
        raise ConflictError("This import has ended. Start another one.", code="import_ended")
    if not found.is_open:
        raise ConflictError(
            "What this import has read is no longer stored on this server. Start another one.",
            code="import_ended",
        )
    row.is_resumed = row.state == ImportRunState.IMPORTING
    if row.state == ImportRunState.CHECKED:
        row.state = ImportRunState.IMPORTING
    for name, value in _of_actor(ctx).items():
        setattr(row, name, value)
    return _record(ctx, row, files, ImportRunState(row.state))


def delete_run(ctx: Ctx, run_id: str, files: ImportFiles) -> None:
    """Delete an import: what was uploaded and read, and its report. What it has written stays.

    Raises NotFoundError, ForbiddenError, and ConflictError while it is running.
    """
    ctx.require(Action.CONFIGURE)
    row = _row(ctx, run_id)
    if _state(ctx, row, files) in _RUNNING:
        raise ConflictError(
            "Another import is running. Wait until it has ended.", code="import_running"
        )
    audit.record(
        ctx, "import.delete", "import", run_id, before={"kind": row.kind, "source": row.source}
    )
    ctx.session.delete(row)
    files.remove(run_id)


def get_run(ctx: Ctx, run_id: str, files: ImportFiles) -> ImportRun:
    """One import. Raises NotFoundError, ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    return _record(ctx, _row(ctx, run_id), files)


def list_runs(ctx: Ctx, files: ImportFiles) -> Sequence[ImportRun]:
    """The newest imports, newest first. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    return [_record(ctx, row, files) for row in import_runs.list_runs(ctx.session, _KEPT)]


# -- for the process of an import ------------------------------------------------------------------


def job_of(ctx: Ctx, run_id: str) -> ImportJob:
    """What the process of an import has to do. Raises NotFoundError, ConflictError."""
    row = _row(ctx, run_id)
    if row.state not in _RUNNING:
        raise ConflictError("This import has ended. Start another one.", code="import_ended")
    role = Role(row.actor_role) if row.actor_role else None
    return ImportJob(
        row.kind,
        "" if row.is_upload else row.source,
        RunOptions.of(row.options),
        row.state == ImportRunState.CHECKING,
        row.is_resumed,
        Actor(ActorKind(row.actor_kind), row.actor_name, role, row.actor_user),
    )


def finish(ctx: Ctx, run_id: str, report: ImportReport) -> None:
    """Record the report of an import: that of a dry run, or the final one."""
    row = _row(ctx, run_id)
    is_dry_run = row.state == ImportRunState.CHECKING
    row.state = ImportRunState.CHECKED if is_dry_run else ImportRunState.IMPORTED
    row.report, row.problem = _stored(report), None
    row.problem_code = row.problem_data = None
    row.finished_at = None if is_dry_run else ctx.now


def fail(ctx: Ctx, run_id: str, problem: str, error: FyrError | None = None) -> None:
    """Record why an import failed: in English, and as the code and data of `error`.

    Without `error` the fault is that of Fyr.
    """
    row = _row(ctx, run_id)
    row.state, row.problem, row.finished_at = ImportRunState.FAILED, problem, ctx.now
    row.problem_code, row.problem_data = _code_and_data(error)


# --------------------------------------------------------------------------------------------------


def _code_and_data(error: FyrError | None) -> tuple[str, dict[str, str | int]]:
    """The code of a failure with a message for staff, and the data of that message.

    Errors that the validation raises are about values of the source, which no form has.
    """
    if error is None:
        return "internal_error", {}
    if not isinstance(error, InvalidError) or error.code.startswith(_OF_SOURCES):
        return error.code, dict(error.data)
    if error.field is None:
        return "import_failed", {}
    return _TIMES.get(error.code, "import_invalid"), {"place": error.field[:_LONGEST_PLACE]}


def _require(ctx: Ctx) -> None:
    """An import can bring subscribers and addresses to probe, and make the server send requests."""
    ctx.require(Action.CONFIGURE)
    sessions.check_owner_signed_in(ctx)


def _row(ctx: Ctx, run_id: str) -> ImportRunRow:
    found = import_runs.find_run(ctx.session, run_id)
    return required(found, "There is no such import.", code="import_not_found")


def _of_actor(ctx: Ctx) -> dict[str, Any]:
    actor = ctx.actor
    return {
        "actor_kind": actor.kind.value,
        "actor_name": actor.name,
        "actor_role": actor.role.value if actor.role else None,
        "actor_user": actor.user_id,
        "started_at": ctx.now,
    }


def _check_none_running(ctx: Ctx, files: ImportFiles) -> None:
    for row in import_runs.runs_in(ctx.session, _RUNNING):
        if _state(ctx, row, files) in _RUNNING:
            raise ConflictError(
                "Another import is running. Wait until it has ended.", code="import_running"
            )


def _state(ctx: Ctx, row: ImportRunRow, files: ImportFiles) -> ImportRunState:
    state = ImportRunState(row.state)
    if state not in _RUNNING:
        return state
    is_alive = files.is_locked(row.public_id)
    if is_alive is None:
        # Another machine runs it, or its process is about to start.
        is_starting = ctx.now - row.started_at < _STARTING
        is_alive = is_starting or import_runs.is_import_locked(ctx.session)
    return state if is_alive else ImportRunState.INTERRUPTED


def _record(
    ctx: Ctx, row: ImportRunRow, files: ImportFiles, state: ImportRunState | None = None
) -> ImportRun:
    state = state or _state(ctx, row, files)
    progress = files.progress(row.public_id) if state in _RUNNING else None
    is_open = {
        ImportRunState.CHECKED: files.has_spool(row.public_id),
        ImportRunState.INTERRUPTED: files.has_any(row.public_id),
    }
    return ImportRun(
        row.public_id,
        row.kind,
        row.source,
        row.is_upload,
        RunOptions.of(row.options),
        state,
        is_open.get(state, False),
        progress.phase if progress else None,
        progress.number if progress else 0,
        row.problem,
        row.problem_code,
        row.problem_data or {},
        row.report,
        row.actor_name,
        row.created_at,
        row.finished_at,
    )


def _stored(report: ImportReport) -> dict[str, Any]:
    """A report as JSON values, with at most _MOST_REFS refs of a code, and as many changes."""
    full = report.as_json()
    numbers = Counter(each["code"] for each in full["report"])
    refs: dict[str, list[str]] = {code: [] for code in numbers}
    for each in full["report"]:
        if each["ref"] and len(refs[each["code"]]) < _MOST_REFS:
            refs[each["code"]].append(each["ref"])
    return {
        **full,
        "report": [
            {"code": code, "count": number, "refs": refs[code]} for code, number in numbers.items()
        ],
        "changes": full["changes"][:_MOST_REFS],
    }
