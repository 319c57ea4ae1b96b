from collections.abc import Collection
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.domain.certificates.target_filter import TargetFilter, TargetState
from app.domain.errors import ConflictError
from app.trust.errors import ProfileError
from app.usecases.targets import own_host, status, targets
from app.usecases.targets.profiles import load_profiles
from app.web.api.fields import Cursor, Limit, ListResponse, OfService, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer
from app.web.api.targets.target_schemas import NewTarget, Target, TargetChange

__all__ = ["router"]

router = APIRouter(prefix="/targets", tags=["targets"], route_class=JsonRoute)

HostPart = Annotated[
    str | None,
    Query(
        alias="q",
        pattern=r"^[^\x00-\x1f\x7f]{1,200}$",
        description="Only targets whose host contains this.",
    ),
]
State = Annotated[
    Literal["failing", "warning", "unknown", "ok", "paused"] | None,
    Query(description="Only targets in this state."),
]


@router.post("", status_code=201, response_model=Target)
def add_target(new: NewTarget, write: Writer) -> Response:
    """Add a target. Its first probe is due at once."""

    def act(request: ApiRequest) -> Target:
        return Target.of(targets.add_target(request.ctx, new.to_record(), _profiles(request)))

    return write(act, status=201)


@router.get("")
def list_targets(  # each filter is an argument
    request: Reader,
    query: HostPart = None,
    state: State = None,
    service: OfService = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Target]:
    """List the targets that match the filters, newest first."""
    wanted = TargetFilter(query, None if state is None else TargetState(state), service)
    found = targets.list_targets(request.ctx, wanted, cursor=cursor, limit=limit)
    return ListResponse(items=[Target.of(target) for target in found.items], next=found.next)


@router.get("/{target_id}")
def get_target(target_id: PublicId, request: Reader) -> Target:
    """Return one target and its state."""
    return Target.of(targets.get_target(request.ctx, target_id))


@router.patch("/{target_id}", response_model=Target)
def edit_target(target_id: PublicId, change: TargetChange, write: Writer) -> Response:
    """Change the given fields. Host and port cannot be changed; add another target instead."""

    def act(request: ApiRequest) -> Target:
        edited = targets.edit_target(request.ctx, target_id, change.to_record(), _profiles(request))
        return Target.of(edited)

    return write(act)


@router.delete("/{target_id}", status_code=204)
def delete_target(target_id: PublicId, write: Writer) -> Response:
    """Delete a target, but not the host of FYR_BASE_URL. Incidents that it opened stay."""

    def act(request: ApiRequest) -> None:
        own_host.check_deletable(request.ctx, write.state.settings.base_url, target_id)
        targets.delete_target(request.ctx, target_id)

    return write(act, status=204)


@router.post("/{target_id}/probe", response_model=Target)
def probe_target(target_id: PublicId, write: Writer) -> Response:
    """Probe a target now instead of when it is due."""

    def act(request: ApiRequest) -> Target:
        status.probe_now(request.ctx, target_id)
        return Target.of(targets.get_target(request.ctx, target_id))

    return write(act)


@router.post("/{target_id}/pause", response_model=Target)
def pause_target(target_id: PublicId, write: Writer) -> Response:
    """Stop probing a target until it is resumed."""
    return write(lambda request: Target.of(targets.pause_target(request.ctx, target_id)))


@router.post("/{target_id}/resume", response_model=Target)
def resume_target(target_id: PublicId, write: Writer) -> Response:
    """Resume probing; the next probe is due at once."""
    return write(lambda request: Target.of(targets.resume_target(request.ctx, target_id)))


def _profiles(request: ApiRequest) -> Collection[str]:
    try:
        return load_profiles(request.data_dir / "profiles").keys()
    except ProfileError as error:
        raise ConflictError(error.message, code="broken_profile") from error
