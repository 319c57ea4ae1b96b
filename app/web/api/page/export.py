"""Export of the content of the page, which `fyr import --from fyr` reads."""

import json
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.usecases.context import Actor as Caller
from app.usecases.database import Database
from app.usecases.imports import export
from app.web.api.json_route import JsonRoute
from app.web.dependencies import Acting, app_state

__all__ = ["router"]

router = APIRouter(prefix="/export", tags=["page"], route_class=JsonRoute)

_CONTENT = {
    "application/x-ndjson": {"schema": {"type": "string", "description": "One JSON object a line."}}
}


class _Document(StreamingResponse):
    media_type = "application/x-ndjson"


@router.get("", response_class=_Document, responses={200: {"content": _CONTENT}})
def export_page(request: Request, caller: Acting) -> Response:
    """Get the content of the page as a `fyr-import-2` document in JSON Lines. For admins.

    It has subscribers by mail, and neither secrets nor users. The export is in the audit log.
    """
    state = app_state(request)
    with state.database.writing(caller) as ctx:
        # A refusal has to come before the first line.
        export.record_export(ctx)
    return _Document(_lines(state.database, caller, state.settings.base_url))


def _lines(database: Database, caller: Caller, base_url: str) -> Iterator[str]:
    with database.reading(caller) as ctx:
        for line in export.export_lines(ctx, base_url):
            yield json.dumps(line, ensure_ascii=False) + "\n"
