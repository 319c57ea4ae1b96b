"""Screens of imports: start one with a dry run, read its report, import, follow and resume it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.domain.errors import FyrError
from app.domain.texts.phrases import N_
from app.importers.registry import KINDS
from app.ports.importer import SourceForm
from app.rendering.console.error_messages import MESSAGES, error_message
from app.rendering.console.import_reports import report_view
from app.usecases.context import Ctx
from app.usecases.imports.runs import runs
from app.usecases.imports.runs.run_files import ImportFiles, NewUpload
from app.usecases.imports.runs.run_options import NewImport, RunOptions
from app.usecases.users import sessions
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest
from app.web.requests.upload_stream import receive_form_with_file

__all__ = ["router"]

router = APIRouter(prefix="/page/import")

_HERE = "/console/page/import"
_STATES = {
    runs.ImportRunState.CHECKING: N_("Reading the source"),
    runs.ImportRunState.CHECKED: N_("Report ready"),
    runs.ImportRunState.IMPORTING: N_("Importing"),
    runs.ImportRunState.IMPORTED: N_("Imported"),
    runs.ImportRunState.FAILED: N_("Failed"),
    runs.ImportRunState.INTERRUPTED: N_("Interrupted"),
}


@dataclass(frozen=True, slots=True)
class _Submitted:
    """A form, and the file that came with it, which is stored already."""

    form: Form
    upload: NewUpload | None


async def _submitted(http: Request, request: Admin) -> _Submitted:
    """The form of an admin who has signed in lately; only then its file is read."""
    sessions.check_fresh(request.me)
    form: Form = http.state.form
    if not http.headers.get("content-type", "").lower().startswith("multipart/"):
        return _Submitted(form, None)
    files = _files(request)
    received = await receive_form_with_file(http, files.add_upload)
    return _Submitted(Form(received.body.fields), received.upload)


@router.get("")
def list_imports(request: Admin) -> Response:
    """The newest imports, and the form to start another one."""
    return _page(request, Form())


@router.post("")
def start(
    request: Admin, submitted: Annotated[_Submitted, Depends(_submitted, scope="function")]
) -> Response:
    """Start the dry run of an import."""
    form, upload = submitted.form, submitted.upload
    started: list[str] = []

    def act(ctx: Ctx) -> str:
        new = _new_import(form, upload)
        run = runs.start(ctx, new, _files(request), request.app.secret_box)
        started[:] = [run.id]
        return f"{_HERE}/{run.id}"

    response = request.write(form, act, again=lambda: _page(request, form))
    if upload is not None and not started:
        upload.discard()
    return _after(request, started, response)


@router.get("/{import_id}")
def show_import(request: Admin, import_id: str) -> Response:
    """An import: how far it is, or its report."""
    return _one(request, import_id, Form())


@router.post("/{import_id}/apply")
def apply(request: Admin, import_id: str, form: SubmittedForm) -> Response:
    """Import what the dry run has read, or resume what was interrupted."""
    started: list[str] = []

    def act(ctx: Ctx) -> str:
        sessions.check_fresh(request.me)
        started[:] = [runs.go_on(ctx, import_id, _files(request)).id]
        return f"{_HERE}/{import_id}"

    response = request.write(form, act, again=lambda: _one(request, import_id, form))
    return _after(request, started, response)


@router.post("/{import_id}/delete")
def delete(request: Admin, import_id: str, form: SubmittedForm) -> Response:
    """Delete what an import has read, and its report."""

    def act(ctx: Ctx) -> str:
        runs.delete_run(ctx, import_id, _files(request))
        return _HERE

    return request.write(form, act, again=lambda: _one(request, import_id, form))


def _after(request: StaffRequest, started: list[str], response: Response) -> Response:
    """The response to a write, after whose commit the import is started."""
    for run_id in started:
        request.app.start_import(run_id)
    return response


def _new_import(form: Form, upload: NewUpload | None) -> NewImport:
    options = RunOptions(
        page=form.text("page").strip(),
        time_zone=form.text("time_zone").strip(),
        languages=tuple(form.text("languages").replace(",", " ").split()),
        targets=form.has("targets"),
        history=form.has("history"),
        with_hidden=form.has("with_hidden"),
        keep_open=form.has("keep_open"),
    )
    return NewImport(
        form.text("kind"),
        form.text("address").strip(),
        upload.id if upload is not None else "",
        form.text("token").strip(),
        options,
    )


def _files(request: StaffRequest) -> ImportFiles:
    return ImportFiles(request.app.settings.data_dir)


def _problem(request: StaffRequest, run: runs.ImportRun) -> str | None:
    """Why an import failed, in the language of the user; None without a message for that."""
    if run.problem_code not in MESSAGES:
        return None
    error = FyrError(run.problem or "", code=run.problem_code, data=run.problem_data)
    return error_message(error, request.locale)


def _state_names(request: StaffRequest) -> dict[str, str]:
    return {state.value: request.translate(name) for state, name in _STATES.items()}


def _page(request: StaffRequest, form: Form) -> Response:
    kinds = [
        (name, kind.title) for name, kind in KINDS.items() if kind.forms != (SourceForm.FOLDER,)
    ]
    return request.page(
        "imports",
        form=form,
        kinds=sorted(kinds, key=lambda each: each[1].casefold()),
        folders=[kind.title for kind in KINDS.values() if kind.forms == (SourceForm.FOLDER,)],
        names={name: kind.title for name, kind in KINDS.items()},
        states=_state_names(request),
        runs=runs.list_runs(request.ctx, _files(request)),
        most_bytes=request.app.settings.import_limit_bytes,
    )


def _one(request: StaffRequest, import_id: str, form: Form) -> Response:
    run = runs.get_run(request.ctx, import_id, _files(request))
    kind = KINDS.get(run.kind)
    return request.page(
        "import",
        form=form,
        run=run,
        title=kind.title if kind else run.kind,
        states=_state_names(request),
        report=report_view(run.report, request.locale.catalogue) if run.report else None,
        problem=_problem(request, run),
    )
