"""Certificate chains of an incident: those that visitors may see, and all of them for staff.

Visitors see the chain of a host only while an update of automation that names the host is not
edited: a chain shows nothing that the page does not say.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.db.queries.incidents import incidents
from app.db.queries.targets import served_chains
from app.db.tables import ChainEvidenceRow, IncidentRow
from app.domain.certificates.incident_chains import ShownChain
from app.domain.records import IncidentRecord
from app.domain.texts.phrases import Phrased
from app.usecases.chains.client_json import clients_from_json
from app.usecases.chains.evidence import FAILING, MENDED, certificate_from_json
from app.usecases.context import Ctx
from app.usecases.incidents.records import incident_records

__all__ = ["chains_of", "every_picture", "shown_chains", "with_pictures"]

_Evidence = tuple[str, ChainEvidenceRow]


def with_pictures(
    ctx: Ctx, rows: Sequence[IncidentRow], records: Sequence[IncidentRecord]
) -> tuple[IncidentRecord, ...]:
    """The records of these rows, each with the phases for which there is a picture."""
    numbers = [row.id for row in rows if row.id is not None]
    found: dict[int, list[_Evidence]] = {number: [] for number in numbers}
    pairs = zip(numbers, records, strict=True)
    about = [number for number, record in pairs if _hosts_named(record)]
    for incident, host, evidence in served_chains.evidence_of_incidents(ctx.session, about):
        found[incident].append((host, evidence))
    return tuple(
        replace(record, pictures=tuple(each.phase for _, each in _public(found[number], record)))
        for number, record in zip(numbers, records, strict=True)
    )


def every_picture(ctx: Ctx) -> tuple[tuple[str, str], ...]:
    """Every picture that visitors may see: the id of the incident, and the phase."""
    about = served_chains.incidents_with_evidence(ctx.session)
    if not about:
        return ()
    rows = incidents.visible_among(ctx.session, ctx.now, about)
    shown = with_pictures(ctx, rows, incident_records(ctx, rows))
    return tuple((record.id, phase) for record in shown for phase in record.pictures)


def shown_chains(ctx: Ctx, row: IncidentRow, record: IncidentRecord) -> tuple[ShownChain, ...]:
    """The chains that visitors see: as they failed, and as they were repaired."""
    found = served_chains.evidence_of_incidents(ctx.session, [row.id or 0])
    public = _public([(host, evidence) for _, host, evidence in found], record)
    return _chains(ctx, public)


def chains_of(ctx: Ctx, row: IncidentRow) -> tuple[ShownChain, ...]:
    """The chains for staff: as they failed, and as they were repaired, public or not."""
    found = served_chains.evidence_of_incidents(ctx.session, [row.id or 0])
    return _chains(ctx, _pair([(host, evidence) for _, host, evidence in found]))


def _public(found: Sequence[_Evidence], record: IncidentRecord) -> list[_Evidence]:
    if not found:
        return []
    hosts = _hosts_named(record)
    return _pair([(host, evidence) for host, evidence in found if host in hosts])


def _hosts_named(record: IncidentRecord) -> set[object]:
    bodies = [update.body for update in record.updates if isinstance(update.body, Phrased)]
    phrases = [phrase for body in bodies for phrase in body.phrases]
    return {phrase.params.get("host") for phrase in phrases if phrase.code.startswith("why.")}


def _pair(found: Sequence[_Evidence]) -> list[_Evidence]:
    """The evidence of the first failure, and of the last repair if that has another chain."""
    failing = next((pair for pair in found if pair[1].phase == FAILING), None)
    if failing is None:
        return []
    mended = [pair for pair in found if pair[1].phase == MENDED and _follows(pair, failing)]
    return [failing, *mended[-1:]]


def _follows(later: _Evidence, failing: _Evidence) -> bool:
    same = later[1].target_id == failing[1].target_id
    return same and later[1].chain_id != failing[1].chain_id


def _chains(ctx: Ctx, pair: Sequence[_Evidence]) -> tuple[ShownChain, ...]:
    if not pair:
        return ()
    # Most web processes never read a certificate, for which they would need 15 MB.
    from app.trust.changes import changes
    from app.usecases.chains.served import chain_of

    chains = served_chains.chains_by_id(ctx.session, [evidence.chain_id for _, evidence in pair])
    read = [chain_of(chains[evidence.chain_id]) for _, evidence in pair]
    return tuple(
        ShownChain(
            phase=evidence.phase,
            host=host,
            at=evidence.seen_at,
            since=evidence.since,
            certificates=chain.facts,
            blamed_certificate=certificate_from_json(evidence.blamed_certificate),
            clients=clients_from_json(evidence.clients),
            changes=changes(read[0], chain, host=host),
        )
        for (host, evidence), chain in zip(pair, read, strict=True)
    )
