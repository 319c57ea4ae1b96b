"""Queries on sightings of chains, and on chain evidence of incidents."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import AlertRow, ChainEvidenceRow, ChainRow, SightingRow
from app.db.types import UTCDateTime

__all__ = [
    "alerts_of_incident",
    "chain_before",
    "chain_of_target",
    "chains_by_id",
    "current_sightings",
    "evidence_of_alert",
    "evidence_of_incidents",
    "first_signs",
    "incidents_with_evidence",
    "list_sightings",
    "newest_sighting",
    "upsert_sighting",
]


def upsert_sighting(
    session: Session, target_id: int, address: str, chain_id: int, now: datetime
) -> None:
    """Store that this address served this chain now."""
    insert = insert_into(session, SightingRow).values(
        target_id=target_id,
        address=address,
        chain_id=chain_id,
        first_seen_at=now,
        last_seen_at=now,
    )
    keys = [col(SightingRow.target_id), col(SightingRow.address), col(SightingRow.chain_id)]
    seen_again = insert.on_conflict_do_update(index_elements=keys, set_={"last_seen_at": now})
    session.execute(seen_again)


def newest_sighting(session: Session, target_id: int, address: str) -> SightingRow | None:
    """Return the sighting of the chain that this address served last."""
    return session.exec(
        select(SightingRow)
        .where(SightingRow.target_id == target_id, SightingRow.address == address)
        .order_by(col(SightingRow.last_seen_at).desc(), col(SightingRow.id).desc())
        .limit(1)
    ).first()


def current_sightings(
    session: Session, target_ids: Iterable[int], within: timedelta
) -> list[SightingRow]:
    """Return the newest sighting of each address of these targets.

    Addresses whose newest sighting is more than `within` older than the newest one of their target
    are left out.
    """
    id_list = list(target_ids)
    newest = (
        select(SightingRow.target_id, SightingRow.address, func.max(SightingRow.last_seen_at))
        .where(col(SightingRow.target_id).in_(id_list))
        .group_by(col(SightingRow.target_id), col(SightingRow.address))
        .subquery()
    )
    target, address, last = newest.c
    rows = session.exec(
        select(SightingRow)
        .join(
            newest,
            and_(
                col(SightingRow.target_id) == target,
                col(SightingRow.address) == address,
                col(SightingRow.last_seen_at) == last,
            ),
        )
        .order_by(col(SightingRow.target_id), col(SightingRow.address), col(SightingRow.id))
    ).all()
    latest: dict[int, datetime] = {}
    for row in rows:
        latest[row.target_id] = max(row.last_seen_at, latest.get(row.target_id, row.last_seen_at))
    return [row for row in rows if latest[row.target_id] - row.last_seen_at <= within]


def list_sightings(
    session: Session, target_id: int, *, before: int | None, limit: int
) -> Sequence[SightingRow]:
    """Return the sightings at the addresses of the target, the most recent first sighting first."""
    query = select(SightingRow).where(SightingRow.target_id == target_id)
    if before is not None:
        query = query.where(col(SightingRow.id) < before)
    return session.exec(query.order_by(col(SightingRow.id).desc()).limit(limit)).all()


def chain_before(
    session: Session, target_id: int, address: str, before: SightingRow
) -> SightingRow | None:
    """What this address served before it first served that."""
    return session.exec(
        select(SightingRow)
        .where(
            SightingRow.target_id == target_id,
            SightingRow.address == address,
            SightingRow.chain_id != before.chain_id,
            col(SightingRow.first_seen_at) < before.first_seen_at,
        )
        .order_by(col(SightingRow.first_seen_at).desc(), col(SightingRow.id).desc())
        .limit(1)
    ).first()


def chain_of_target(session: Session, target_id: int, fingerprint: str) -> ChainRow | None:
    """The chain with this fingerprint, if the target ever served it."""
    return session.exec(
        select(ChainRow)
        .join(SightingRow, col(SightingRow.chain_id) == col(ChainRow.id))
        .where(SightingRow.target_id == target_id, ChainRow.fingerprint == fingerprint)
        .limit(1)
    ).first()


def chains_by_id(session: Session, ids: Iterable[int]) -> Mapping[int, ChainRow]:
    """These chains by their internal ids."""
    id_list = sorted(set(ids))
    rows = session.exec(select(ChainRow).where(col(ChainRow.id).in_(id_list))).all()
    return {row.id: row for row in rows if row.id is not None}


def alerts_of_incident(session: Session, incident_id: int) -> Sequence[AlertRow]:
    """Return the alerts that belong or belonged to an incident, in order of arrival."""
    return session.exec(
        select(AlertRow).where(AlertRow.incident_id == incident_id).order_by(col(AlertRow.id))
    ).all()


def first_signs(
    session: Session, incident_ids: Iterable[int], failing_phase: str
) -> Mapping[int, datetime]:
    """Return the earliest time that alerts or evidence of a failure state, by incident id.

    Incidents without alerts are left out.
    """
    id_list = list(incident_ids)
    if not id_list:
        return {}
    began = func.coalesce(AlertRow.source_started_at, AlertRow.started_at)
    alerts = (
        select(AlertRow.incident_id, func.min(began, type_=UTCDateTime()))
        .where(col(AlertRow.incident_id).in_(id_list))
        .group_by(col(AlertRow.incident_id))
    )
    evidence = (
        select(AlertRow.incident_id, func.min(ChainEvidenceRow.since, type_=UTCDateTime()))
        .join(ChainEvidenceRow, col(ChainEvidenceRow.alert_id) == col(AlertRow.id))
        .where(col(AlertRow.incident_id).in_(id_list), ChainEvidenceRow.phase == failing_phase)
        .group_by(col(AlertRow.incident_id))
    )
    found: dict[int, datetime] = {}
    for incident, at in (*session.exec(alerts), *session.exec(evidence)):
        if incident is not None:
            found[incident] = min(at, found.get(incident, at))
    return found


def evidence_of_alert(session: Session, alert_id: int, phase: str) -> ChainEvidenceRow | None:
    """Return the chain evidence of an alert in this phase."""
    return session.exec(
        select(ChainEvidenceRow).where(
            ChainEvidenceRow.alert_id == alert_id, ChainEvidenceRow.phase == phase
        )
    ).first()


def evidence_of_incidents(
    session: Session, incident_ids: Iterable[int]
) -> Sequence[tuple[int, str, ChainEvidenceRow]]:
    """Return incident id, host and evidence of these incidents, the earliest first."""
    id_list = list(incident_ids)
    if not id_list:
        return []
    rows = session.exec(
        select(AlertRow.incident_id, AlertRow.host, ChainEvidenceRow)
        .join(ChainEvidenceRow, col(ChainEvidenceRow.alert_id) == col(AlertRow.id))
        .where(col(AlertRow.incident_id).in_(id_list))
        .order_by(col(ChainEvidenceRow.seen_at), col(ChainEvidenceRow.id))
    ).all()
    return [(incident, host, row) for incident, host, row in rows if incident is not None]


def incidents_with_evidence(session: Session) -> set[int]:
    """Return the ids of incidents that have chain evidence."""
    rows = session.exec(
        select(AlertRow.incident_id)
        .join(ChainEvidenceRow, col(ChainEvidenceRow.alert_id) == col(AlertRow.id))
        .where(col(AlertRow.incident_id).is_not(None))
        .distinct()
    ).all()
    return {incident for incident in rows if incident is not None}
