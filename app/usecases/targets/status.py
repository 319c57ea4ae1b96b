"""One target as it stands: what its addresses serve, what clients make of it, and looking now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.db.queries import served_chains, targets
from app.db.tables import TargetRow
from app.domain.certificates.findings import CertificateFacts, Finding, ProbeResult
from app.domain.certificates.forecast import Client
from app.domain.certificates.horizon import Horizon
from app.domain.certificates.probe_results import EndpointScan
from app.domain.errors import ConflictError
from app.domain.permissions import Action
from app.domain.validation import is_public_id
from app.trust.clients.profiles import Profile
from app.trust.horizons import horizons
from app.trust.scan import examine_scan
from app.trust.x509.chain import Chain
from app.usecases import audit
from app.usecases.chains.client_json import client_of
from app.usecases.chains.served import chain_in
from app.usecases.context import Ctx, required
from app.usecases.targets.probes import profiles_of

__all__ = ["TargetLook", "look_at", "probe_now"]

# As the ledger of horizons takes it: an address not seen for this long is no more.
_STILL_SERVED = timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What is known of a target at `at`. `chain` is the worst of those that its addresses serve,
    `clients` what lies ahead for each profile at the worst of them. `failure` is how far the
    newest probe came, `STAGE:CODE`, None when it got through or there was none.
    """

    at: datetime
    host: str
    addresses: tuple[str, ...]
    chain: tuple[CertificateFacts, ...]
    clients: tuple[tuple[Client, Horizon], ...]
    findings: tuple[Finding, ...]
    failure: str | None


def look_at(ctx: Ctx, target_id: str, profiles: Mapping[str, Profile]) -> TargetLook:
    """What the chains that were seen last mean now. Raises NotFoundError, ForbiddenError."""
    ctx.require(Action.READ)
    row = _required(ctx, target_id)
    seen = served_chains.newest_of(ctx.session, [row.id or 0], _STILL_SERVED)
    kept = served_chains.chains(ctx.session, {each.chain_id for each in seen})
    chains = {number: chain_in(chain) for number, chain in kept.items()}
    newest = targets.newest_probe(ctx.session, row.id or 0)
    failure = None if newest is None else newest.failure
    if not seen:
        return TargetLook(ctx.now, row.host, (), (), (), (), failure)
    judged = [profiles[name] for name in profiles_of(row) if name in profiles]
    looks = tuple(
        ProbeResult(row.host, row.port, each.address, _ders(chains[each.chain_id])) for each in seen
    )
    meaning = examine_scan(
        EndpointScan(row.host, row.port, looks),
        at=ctx.now,
        profiles=judged,
        warn_days=row.warn_days,
    )
    return TargetLook(
        at=ctx.now,
        host=row.host,
        addresses=tuple(each.address for each in seen),
        chain=meaning.chain,
        clients=_clients(row, chains.values(), judged, ctx.now),
        findings=meaning.findings,
        failure=failure,
    )


def probe_now(ctx: Ctx, target_id: str) -> None:
    """Let the next free worker look at it. Raises NotFoundError, ConflictError when it is paused,
    ForbiddenError.
    """
    ctx.require(Action.EDIT)
    row = _required(ctx, target_id)
    if row.paused_at is not None:
        raise ConflictError("The target is paused; resume it first.", code="target_paused")
    row.due_at = ctx.now
    audit.record(ctx, "target.probe", "target", row.public_id)


def _clients(
    row: TargetRow, chains: Iterable[Chain], judged: list[Profile], at: datetime
) -> tuple[tuple[Client, Horizon], ...]:
    """For each profile the worst that any of the chains holds for it."""
    found = [horizons(chain, host=row.host, at=at, profiles=judged) for chain in chains]
    return tuple(
        (client_of(profile), min(each, key=_worst_first))
        for profile, each in zip(judged, zip(*found, strict=True), strict=True)
    )


def _worst_first(horizon: Horizon) -> datetime:
    return horizon.next.at if horizon.next else _NEVER


def _ders(chain: Chain) -> tuple[bytes, ...]:
    return tuple(certificate.der for certificate in chain.certificates)


def _required(ctx: Ctx, public_id: str) -> TargetRow:
    return required(
        targets.find_target(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such target.",
        code="target_not_found",
    )
