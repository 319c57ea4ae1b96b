from typing import Annotated

from fastapi import APIRouter, Query

from app.usecases.chains import served
from app.web.api.fields import Cursor, Limit, ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader
from app.web.api.targets.chain_schemas import ChainChanges, ServedChain

__all__ = ["router"]

router = APIRouter(prefix="/targets/{target_id}/chains", tags=["targets"], route_class=JsonRoute)

Fingerprint = Annotated[
    str, Query(pattern="^[0-9a-f]{64}$", description="The `fingerprint` of a chain.")
]


@router.get("")
def list_chains(
    target_id: PublicId, request: Reader, cursor: Cursor = None, limit: Limit = 25
) -> ListResponse[ServedChain]:
    """List the chains that the target's addresses serve and served, the newest first."""
    found = served.list_chains(request.ctx, target_id, cursor=cursor, limit=limit)
    locales = request.locales()
    return ListResponse(
        items=[ServedChain.of(each, locales) for each in found.items], next=found.next
    )


@router.get("/diff")
def diff_chains(
    target_id: PublicId, request: Reader, before: Fingerprint, after: Fingerprint
) -> ChainChanges:
    """Compare two chains that the target served."""
    found = served.diff_chains(request.ctx, target_id, before, after)
    return ChainChanges.of(found, request.locales())
