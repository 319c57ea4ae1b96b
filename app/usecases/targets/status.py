"""Current status of one target: what its addresses serve, and the verdicts; probing it now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.db.queries.targets import served_chains, targets
from app.db.tables import TargetRow
from app.domain.certificates.findings import CertificateFacts, Finding, ProbeResult
from app.domain.certificates.forecast import Client
from app.domain.certificates.horizon import Horizon
from app.domain.certificates.probe_results import EndpointScan
from app.domain.errors import ConflictError
from app.domain.permissions import Action
from app.trust.clients.profiles import Profile
from app.trust.horizons import horizons
from app.trust.scan import examine_scan
from app.trust.x509.chain import Chain
from app.usecases import audit
from app.usecases.chains.client_json import client_of
from app.usecases.chains.served import STILL_SERVED, chain_of
from app.usecases.context import Ctx
from app.usecases.targets.probes import profiles_of
from app.usecases.targets.targets import required_target

__all__ = ["TargetStatus", "probe_now", "target_status"]

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """The status of a target as of `at`, judged from its stored chains.

    `chain` is the worst chain that its addresses serve. `clients` holds the worst horizon of each
    profile over all addresses. `failure` is `STAGE:CODE` of the newest probe, None when it
    succeeded or there was none. `is_due` is whether a probe is due or under way.
    """

    at: datetime
    host: str
    addresses: tuple[str, ...]
    chain: tuple[CertificateFacts, ...]
    clients: tuple[tuple[Client, Horizon], ...]
    findings: tuple[Finding, ...]
    failure: str | None
    is_due: bool


def target_status(ctx: Ctx, target_id: str, profiles: Mapping[str, Profile]) -> TargetStatus:
    """Judge the chains that the target served last. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.READ)
    row = required_target(ctx, target_id)
    sightings = served_chains.current_sightings(ctx.session, [row.id or 0], STILL_SERVED)
    rows = served_chains.chains_by_id(ctx.session, {each.chain_id for each in sightings})
    chains = {chain_id: chain_of(chain) for chain_id, chain in rows.items()}
    newest = targets.newest_probe(ctx.session, row.id or 0)
    failure = None if newest is None else newest.failure
    if not sightings:
        return TargetStatus(ctx.now, row.host, (), (), (), (), failure, _is_due(ctx, row))
    judged = [profiles[name] for name in profiles_of(row) if name in profiles]
    results = tuple(
        ProbeResult(row.host, row.port, each.address, _ders(chains[each.chain_id]))
        for each in sightings
    )
    examination = examine_scan(
        EndpointScan(row.host, row.port, results),
        at=ctx.now,
        profiles=judged,
        warn_days=row.warn_days,
    )
    return TargetStatus(
        at=ctx.now,
        host=row.host,
        addresses=tuple(each.address for each in sightings),
        chain=examination.chain,
        clients=_clients(row, chains.values(), judged, ctx.now),
        findings=examination.findings,
        failure=failure,
        is_due=_is_due(ctx, row),
    )


def probe_now(ctx: Ctx, target_id: str) -> None:
    """Make the target due, so that the next free worker probes it.

    Raises NotFoundError, ConflictError when it is paused, and ForbiddenError.
    """
    ctx.require(Action.EDIT)
    row = required_target(ctx, target_id)
    if row.paused_at is not None:
        raise ConflictError("The target is paused; resume it first.", code="target_paused")
    row.due_at = ctx.now
    audit.record(ctx, "target.probe", "target", row.public_id)


def _is_due(ctx: Ctx, row: TargetRow) -> bool:
    # A probe that is under way leaves `due_at` until its result is stored.
    return row.paused_at is None and row.due_at <= ctx.now


def _clients(
    row: TargetRow, chains: Iterable[Chain], judged: list[Profile], at: datetime
) -> tuple[tuple[Client, Horizon], ...]:
    """Return for each profile its worst horizon over all chains."""
    found = [horizons(chain, host=row.host, at=at, profiles=judged) for chain in chains]
    return tuple(
        (client_of(profile), min(each, key=_next_break_at))
        for profile, each in zip(judged, zip(*found, strict=True), strict=True)
    )


def _next_break_at(horizon: Horizon) -> datetime:
    return horizon.next.at if horizon.next else _NEVER


def _ders(chain: Chain) -> tuple[bytes, ...]:
    return tuple(certificate.der for certificate in chain.certificates)
