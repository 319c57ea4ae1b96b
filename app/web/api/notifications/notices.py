from fastapi import APIRouter

from app.usecases.outbox import progress
from app.web.api.fields import Cursor, Limit, ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.notifications.notice_schemas import Notice, NoticeDetail
from app.web.api.request import Reader

__all__ = ["router"]

router = APIRouter(prefix="/notices", tags=["notices"], route_class=JsonRoute)


@router.get("")
def list_notices(request: Reader, cursor: Cursor = None, limit: Limit = 25) -> ListResponse[Notice]:
    """List the notices about incidents and maintenances, newest first."""
    found = progress.list_notices(request.ctx, cursor=cursor, limit=limit)
    return ListResponse(items=[Notice.of(notice) for notice in found.items], next=found.next)


@router.get("/{notice_id}")
def get_notice(notice_id: PublicId, request: Reader) -> NoticeDetail:
    """Get a notice, with its deliveries by channel, language and state."""
    return NoticeDetail.detailed(progress.get_notice(request.ctx, notice_id))
