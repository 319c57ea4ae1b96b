from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.domain.permissions import Action
from app.usecases.imports.runs import runs
from app.usecases.imports.runs.run_files import ImportFiles, NewUpload
from app.web.api.fields import ListResponse, PublicId
from app.web.api.imports.import_schemas import Import, ImportFile, NewImport
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, ApiWriter, Reader, Writer
from app.web.dependencies import Acting, app_state
from app.web.requests.upload_stream import receive_file

__all__ = ["router"]

router = APIRouter(prefix="/imports", tags=["imports"], route_class=JsonRoute)

_BODY: dict[str, Any] = {
    "description": "The file, as the body.",
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


def _may_upload(request: Request, actor: Acting) -> ImportFiles:
    """The files of imports, for an actor who may import; before anything of the body is read."""
    state = app_state(request)
    with state.database.reading(actor) as ctx:
        ctx.require(Action.CONFIGURE)
        files = ImportFiles(state.settings.data_dir)
        files.sweep(ctx.now.timestamp())
    return files


async def _received(
    request: Request,
    files: Annotated[ImportFiles, Depends(_may_upload)],
    name: Annotated[
        str, Query(max_length=200, description="The name of the file, for messages.")
    ] = "",
) -> ImportFile:
    upload: NewUpload = await run_in_threadpool(files.add_upload, name)
    size = await receive_file(request, upload)
    return ImportFile(id=upload.id, name=upload.name, bytes=size)


@router.post(
    "/files", status_code=201, response_model=ImportFile, openapi_extra={"requestBody": _BODY}
)
def upload_import_file(received: Annotated[ImportFile, Depends(_received)]) -> ImportFile:
    """Upload a file to import, at most FYR_IMPORT_LIMIT_BYTES. It is deleted after a day.

    For admins.
    """
    return received


@router.post("", status_code=202, response_model=Import)
def start_import(new: NewImport, write: Writer) -> Response:
    """Start an import in the background; by default a dry run, which only makes the report.

    For admins who have signed in lately.
    """

    def act(request: ApiRequest) -> runs.ImportRun:
        files = ImportFiles(request.data_dir)
        return runs.start(request.ctx, new.to_import(), files, request.secret_box)

    return _started(write, act)


@router.get("")
def list_imports(request: Reader) -> ListResponse[Import]:
    """List the newest 20 imports, newest first. For admins."""
    found = runs.list_runs(request.ctx, ImportFiles(request.data_dir))
    return ListResponse(items=[Import.of(each) for each in found], next=None)


@router.get("/{import_id}")
def get_import(import_id: PublicId, request: Reader) -> Import:
    """Get an import: how far it is, and its report. For admins."""
    return Import.of(runs.get_run(request.ctx, import_id, ImportFiles(request.data_dir)))


@router.post("/{import_id}/apply", status_code=202, response_model=Import)
def apply_import(import_id: PublicId, write: Writer) -> Response:
    """Import what a dry run has read, or resume an import that was interrupted.

    For admins who have signed in lately.
    """
    return _started(
        write, lambda request: runs.go_on(request.ctx, import_id, ImportFiles(request.data_dir))
    )


def _started(write: ApiWriter, act: Callable[[ApiRequest], runs.ImportRun]) -> Response:
    """The response to a write, after whose commit the import is started."""
    started: list[str] = []

    def acting(request: ApiRequest) -> Import:
        run = act(request)
        started[:] = [run.id]
        return Import.of(run)

    # A repeated request gets the stored response and starts nothing.
    response = write(acting, status=202)
    for run_id in started:
        write.state.start_import(run_id)
    return response
