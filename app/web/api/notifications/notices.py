from fastapi import APIRouter, Response

from app.channels import CHANNELS
from app.domain.errors import InvalidError, NotFoundError
from app.usecases.outbox import progress
from app.usecases.publication.message_previews import plan_messages
from app.web.api.fields import Cursor, Limit, ListResponse, PublicId, Since, Until
from app.web.api.json_route import JsonRoute
from app.web.api.notifications.notice_schemas import Notice, NoticeDetail
from app.web.api.notifications.preview_schemas import NoticePreview, PlannedChange
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/notices", tags=["notices"], route_class=JsonRoute)


@router.get("")
def list_notices(
    request: Reader,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Notice]:
    """List the notices about incidents and maintenances, newest first.

    `since` and `until` limit `made_at`.
    """
    found = progress.list_notices(request.ctx, since=since, until=until, cursor=cursor, limit=limit)
    return ListResponse(items=[Notice.of(notice) for notice in found.items], next=found.next)


@router.post("/preview", response_model=NoticePreview)
def preview_notice(change: PlannedChange, write: Writer) -> Response:
    """Preview the messages of a change and who would be notified. Nothing is changed.

    For editors.
    """

    def act(request: ApiRequest) -> NoticePreview:
        try:
            planned = plan_messages(
                request.ctx, change.command(request), CHANNELS, request.page.base_url
            )
        except NotFoundError as error:
            raise InvalidError(error.message, code=error.code, field=change.subject) from error
        return NoticePreview.of(planned)

    return write(act)


@router.get("/{notice_id}")
def get_notice(notice_id: PublicId, request: Reader) -> NoticeDetail:
    """Get a notice, with its deliveries by channel, language and state."""
    return NoticeDetail.detailed(progress.get_notice(request.ctx, notice_id))
