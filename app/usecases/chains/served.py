"""Which chain was served where and when, and what changed from one to the next."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import horizons, served_chains, targets
from app.db.tables import ChainRow, SightingRow, TargetRow
from app.domain.certificates.findings import CertificateFacts, Finding
from app.domain.permissions import Action
from app.trust.changes import changes
from app.trust.x509.chain import Chain, read_chain
from app.usecases.context import Ctx, required
from app.usecases.pagination import Page, page_of

__all__ = ["ChainDiff", "ServedChain", "chain_in", "diff_chains", "kept", "list_chains", "note"]


@dataclass(frozen=True, slots=True)
class ServedChain:
    """A chain that an address of a target serves or served. `changes` says in findings what it
    changed at that address; there are none when nothing is known to have been served before.
    """

    fingerprint: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    certificates: tuple[CertificateFacts, ...]
    changes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ChainDiff:
    """What changed between two chains, the leaf's changes first."""

    before: str
    after: str
    changes: tuple[Finding, ...]


def kept(ctx: Ctx, ders: Iterable[bytes]) -> int:
    """The internal id of the chain of these certificates, stored if it is the first time."""
    framed = b"".join(len(der).to_bytes(4, "big") + der for der in ders)
    fingerprint = hashlib.sha256(framed).hexdigest()
    return targets.keep_chain(ctx.session, fingerprint, framed, ctx.now)


def note(ctx: Ctx, target_id: int, chains: Mapping[str, tuple[bytes, ...]]) -> Mapping[str, int]:
    """Keep which address of the target served which certificates now; tells the chains' ids.

    Where one served something else before, or nothing, what lies ahead is to be worked out again.
    """
    ids = {served: kept(ctx, served) for served in dict.fromkeys(chains.values())}
    for address, served in chains.items():
        newest = served_chains.newest_at(ctx.session, target_id, address)
        if newest is None or newest.chain_id != ids[served]:
            horizons.ask(ctx.session, target_id)
        served_chains.note(ctx.session, target_id, address, ids[served], ctx.now)
    return {address: ids[served] for address, served in chains.items()}


def chain_in(row: ChainRow) -> Chain:
    """The chain as it was served."""
    return read_chain(_unframed(row.ders))


def list_chains(ctx: Ctx, target_id: str, *, cursor: str | None, limit: int) -> Page[ServedChain]:
    """What the addresses of a target serve and served, the newest chain first.

    Raises NotFoundError and ForbiddenError.
    """
    ctx.require(Action.READ)
    target = _target(ctx, target_id)
    return page_of(
        lambda before, size: served_chains.list_sightings(
            ctx.session, target.id or 0, before=before, limit=size
        ),
        lambda row: _served(ctx, row, target.host),
        cursor=cursor,
        limit=limit,
    )


def diff_chains(ctx: Ctx, target_id: str, before: str, after: str) -> ChainDiff:
    """What changed between two chains that the target served, by their fingerprints.

    Raises NotFoundError, also for a chain that only others served, and ForbiddenError.
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
    return chain_in(row)


def _served(ctx: Ctx, row: SightingRow, host: str) -> ServedChain:
    former = served_chains.chain_before(ctx.session, row.target_id, row.address, row)
    ids = [row.chain_id] if former is None else [row.chain_id, former.chain_id]
    rows = served_chains.chains(ctx.session, ids)
    chain = chain_in(rows[row.chain_id])
    known = None if former is None else chain_in(rows[former.chain_id])
    return ServedChain(
        fingerprint=rows[row.chain_id].fingerprint,
        address=row.address,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        certificates=chain.facts,
        changes=() if known is None else changes(known, chain, host=host),
    )


def _target(ctx: Ctx, public_id: str) -> TargetRow:
    return required(
        targets.find_target(ctx.session, public_id),
        "There is no such target.",
        code="target_not_found",
    )


def _unframed(framed: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(framed):
        length = int.from_bytes(framed[place : place + 4], "big")
        yield framed[place + 4 : place + 4 + length]
        place += 4 + length
