"""Served chains: which chain each address of a target served when, and what changed between two."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries.targets import horizons, served_chains, targets
from app.db.tables import ChainRow, SightingRow, TargetRow
from app.domain.certificates.findings import CertificateFacts, Finding
from app.domain.permissions import Action
from app.trust.changes import changes
from app.trust.x509.chain import Chain, read_chain
from app.usecases.context import Ctx, required
from app.usecases.pagination import CursorPage, page_of

__all__ = [
    "STILL_SERVED",
    "ChainDiff",
    "ServedChain",
    "chain_of",
    "diff_chains",
    "list_chains",
    "record_sightings",
    "store_chain",
]

# A host name may resolve to other addresses later: an address that was not seen for this long is
# no longer one of the target's.
STILL_SERVED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ServedChain:
    """A chain that an address of a target serves or served.

    `changes` are the differences from the chain that this address served before; it is empty when
    none is known.
    """

    fingerprint: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    certificates: tuple[CertificateFacts, ...]
    changes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ChainDiff:
    """The differences between two chains, those of the leaf first."""

    before: str
    after: str
    changes: tuple[Finding, ...]


def store_chain(ctx: Ctx, ders: Iterable[bytes]) -> int:
    """Store the chain of these certificates unless it is stored already; return its internal id."""
    framed = b"".join(len(der).to_bytes(4, "big") + der for der in ders)
    fingerprint = hashlib.sha256(framed).hexdigest()
    return targets.upsert_chain(ctx.session, fingerprint, framed, ctx.now)


def record_sightings(
    ctx: Ctx, target_id: int, chains: Mapping[str, tuple[bytes, ...]]
) -> Mapping[str, int]:
    """Store which address of the target serves which certificates now; return the chains' ids.

    Requests a new forecast where an address serves another chain than before, or its first one.
    """
    ids = {ders: store_chain(ctx, ders) for ders in dict.fromkeys(chains.values())}
    for address, ders in chains.items():
        newest = served_chains.newest_sighting(ctx.session, target_id, address)
        if newest is None or newest.chain_id != ids[ders]:
            horizons.request_forecast(ctx.session, target_id)
        served_chains.upsert_sighting(ctx.session, target_id, address, ids[ders], ctx.now)
    return {address: ids[ders] for address, ders in chains.items()}


def chain_of(row: ChainRow) -> Chain:
    """Parse a stored chain."""
    return read_chain(_unframed(row.ders))


def list_chains(
    ctx: Ctx, target_id: str, *, cursor: str | None, limit: int
) -> CursorPage[ServedChain]:
    """List the chains that the addresses of a target serve and served, the newest first.

    Raises NotFoundError and ForbiddenError.
    """
    ctx.require(Action.READ)
    target = _target(ctx, target_id)
    return page_of(
        lambda before, size: served_chains.list_sightings(
            ctx.session, target.id or 0, before=before, limit=size
        ),
        lambda row: _served_chain(ctx, row, target.host),
        cursor=cursor,
        limit=limit,
    )


def diff_chains(ctx: Ctx, target_id: str, before: str, after: str) -> ChainDiff:
    """Compare two chains that the target served, given by their fingerprints.

    Raises NotFoundError, also for a chain that only other targets served, and ForbiddenError.
    """
    ctx.require(Action.READ)
    target = _target(ctx, target_id)
    old, new = (_chain(ctx, target, fingerprint) for fingerprint in (before, after))
    return ChainDiff(before, after, changes(old, new, host=target.host))


def _chain(ctx: Ctx, target: TargetRow, fingerprint: str) -> Chain:
    row = required(
        served_chains.chain_of_target(ctx.session, target.id or 0, fingerprint),
        "The target never served such a chain.",
        code="chain_not_found",
    )
    return chain_of(row)


def _served_chain(ctx: Ctx, row: SightingRow, host: str) -> ServedChain:
    former = served_chains.chain_before(ctx.session, row.target_id, row.address, row)
    ids = [row.chain_id] if former is None else [row.chain_id, former.chain_id]
    rows = served_chains.chains_by_id(ctx.session, ids)
    chain = chain_of(rows[row.chain_id])
    former_chain = None if former is None else chain_of(rows[former.chain_id])
    return ServedChain(
        fingerprint=rows[row.chain_id].fingerprint,
        address=row.address,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        certificates=chain.facts,
        changes=() if former_chain is None else changes(former_chain, chain, host=host),
    )


def _target(ctx: Ctx, public_id: str) -> TargetRow:
    return required(
        targets.find_target(ctx.session, public_id),
        "There is no such target.",
        code="target_not_found",
    )


def _unframed(framed: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(framed):
        length = int.from_bytes(framed[offset : offset + 4], "big")
        yield framed[offset + 4 : offset + 4 + length]
        offset += 4 + length
