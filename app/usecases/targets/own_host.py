"""Own host: the host of `FYR_BASE_URL` as a target, and the failures it shares with services.

Staff alone see it: the target names no service.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db.queries.targets import targets
from app.db.tables import TargetRow
from app.domain.certificates.findings import Reason
from app.domain.certificates.forecast import Client
from app.domain.errors import ConflictError
from app.domain.permissions import Action
from app.domain.texts.localized_text import LocalizedText
from app.host_names import https_address
from app.trust.clients.profiles import Profile
from app.usecases.chains.client_json import client_of
from app.usecases.context import Ctx
from app.usecases.targets.targets import NewTarget, insert_target, required_target

__all__ = ["SharedFailure", "check_deletable", "ensure_own_target", "is_own", "shared_failure"]


@dataclass(frozen=True, slots=True)
class SharedFailure:
    """Client profiles that can connect neither to the page nor to these services."""

    target: str
    clients: tuple[Client, ...]
    services: tuple[LocalizedText, ...]


def ensure_own_target(ctx: Ctx, base_url: str) -> None:
    """Add the host of the base URL as a target, unless it is one or is served without TLS."""
    address = https_address(base_url)
    if address is None or targets.target_by_address(ctx.session, *address) is not None:
        return
    host, port = address
    insert_target(ctx, NewTarget(host, port, publish="draft"), known_profiles=())


def is_own(base_url: str, host: str, port: int) -> bool:
    """Whether this is the host and the port of the base URL."""
    return https_address(base_url) == (host, port)


def check_deletable(ctx: Ctx, base_url: str, target_id: str) -> None:
    """Raise ConflictError for the target of the base URL, which would be added again.

    Raises NotFoundError.
    """
    row = required_target(ctx, target_id)
    if is_own(base_url, row.host, row.port):
        raise ConflictError(
            "This target is the host of FYR_BASE_URL, where the page is. Pause it, or change the "
            "setting first.",
            code="own_target",
        )


def shared_failure(
    ctx: Ctx, base_url: str, profiles: Mapping[str, Profile]
) -> SharedFailure | None:
    """The failure that the page shares with services; None without one.

    Other targets count when their newest probe failed for a client profile for which that of the
    page failed, too. Raises ForbiddenError.
    """
    ctx.require(Action.READ)
    address = https_address(base_url)
    own = None if address is None else targets.target_by_address(ctx.session, *address)
    if own is None or own.state != "failing" or own.paused_at is not None:
        return None
    failing = _failing_profiles(ctx, own)
    shared: dict[str, None] = {}
    names: dict[str, LocalizedText] = {}
    for row in targets.failing_targets(ctx.session):
        common = [each for each in _failing_profiles(ctx, row) if each in failing]
        services = targets.services_of_target(ctx.session, row.id or 0)
        if row.id == own.id or not common or not services:
            continue
        shared |= dict.fromkeys(common)
        names |= {each.slug: each.name for each in services}
    if not names:
        return None
    clients = tuple(client_of(profiles[each]) for each in shared if each in profiles)
    return SharedFailure(own.public_id, clients, tuple(names.values()))


def _failing_profiles(ctx: Ctx, row: TargetRow) -> tuple[str, ...]:
    newest = targets.newest_probe(ctx.session, row.id or 0)
    verdicts = () if newest is None else newest.result["verdicts"]
    return tuple(each["profile"] for each in verdicts if each["reason"] != Reason.OK.value)
