"""Chain evidence: the chain that an alert is about and its verdicts, stored when they occurred.

Profiles and servers change later, so the evidence holds copies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from app.db.queries.alerts import alerts
from app.db.queries.targets import served_chains
from app.db.tables import AlertRow, ChainEvidenceRow, TargetRow
from app.domain.certificates.diagnosis import unreachable
from app.domain.certificates.findings import CertificateFacts, Examination, Reason, Verdict
from app.domain.certificates.forecast import Client
from app.domain.certificates.probe_results import EndpointScan
from app.domain.certificates.watch import CauseChange
from app.usecases.chains.client_json import client_of, clients_to_json
from app.usecases.context import Ctx

if TYPE_CHECKING:  # it imports all that judges certificates
    from app.trust.clients.profiles import Profile

__all__ = ["FAILING", "MENDED", "JudgedProbe", "certificate_from_json", "record"]

# The phases as they are stored: while the cause held, and after it was over.
FAILING, MENDED = "failing", "mended"

_CERTIFICATE = TypeAdapter(CertificateFacts)


@dataclass(frozen=True, slots=True)
class JudgedProbe:
    """One probe of a target with its verdicts. `chain_ids` are internal ids by address."""

    row: TargetRow
    scan: EndpointScan
    examination: Examination
    chain_ids: Mapping[str, int]
    profiles: Mapping[str, "Profile"]


def record(
    ctx: Ctx,
    source: str,
    probe: JudgedProbe,
    changes: Iterable[CauseChange],
    since: Mapping[str, datetime],
) -> None:
    """Store the failing chain of each confirmed cause, and the chain served once it is over.

    `since` is the first sighting by the key of a cause. Each phase of an alert is stored once.
    """
    for change in changes:
        if not probe.chain_ids or change.key == unreachable(probe.row.public_id).key:
            continue
        alert = alerts.newest_alert(ctx.session, source, f"{probe.row.public_id}:{change.key}")
        if alert is None:
            continue
        if change.raised:
            _record_failing(ctx, probe, alert, change.key, since.get(change.key, ctx.now))
        else:
            _record_mended(ctx, probe, alert)


def certificate_from_json(stored: Mapping[str, Any] | None) -> CertificateFacts | None:
    """Decode the certificate to blame from a JSON column."""
    return None if stored is None else _CERTIFICATE.validate_python(stored)


def _record_failing(
    ctx: Ctx, probe: JudgedProbe, alert: AlertRow, key: str, since: datetime
) -> None:
    if served_chains.evidence_of_alert(ctx.session, alert.id or 0, FAILING) is not None:
        return
    certificates = [v.blamed_certificate for v in probe.examination.verdicts if not v.ok]
    candidates = [each for each in certificates if each is not None]
    named = (each for each in candidates if each.fingerprint in key)
    blamed = next(named, candidates[0] if candidates else None)
    row = _row(probe, alert, FAILING, _address(probe, blamed), since)
    if blamed is not None and not blamed.malformed:
        row.blamed_certificate = _certificate_to_json(blamed)
    _add(ctx, row)


def _record_mended(ctx: Ctx, probe: JudgedProbe, alert: AlertRow) -> None:
    alert_id = alert.id or 0
    failing = served_chains.evidence_of_alert(ctx.session, alert_id, FAILING)
    mended = served_chains.evidence_of_alert(ctx.session, alert_id, MENDED)
    if failing is None or mended is not None:
        return
    address = failing.address if failing.address in probe.chain_ids else _address(probe, None)
    newest = served_chains.newest_sighting(ctx.session, failing.target_id, address)
    _add(ctx, _row(probe, alert, MENDED, address, newest.first_seen_at if newest else ctx.now))


def _row(
    probe: JudgedProbe, alert: AlertRow, phase: str, address: str, since: datetime
) -> ChainEvidenceRow:
    clients = [
        _client(probe.profiles[verdict.profile], verdict)
        for verdict in probe.examination.verdicts
        if verdict.profile in probe.profiles
    ]
    return ChainEvidenceRow(
        alert_id=alert.id or 0,
        phase=phase,
        target_id=probe.row.id or 0,
        chain_id=probe.chain_ids[address],
        address=address,
        since=since,
        seen_at=probe.examination.at,
        clients=clients_to_json(clients),
    )


def _add(ctx: Ctx, row: ChainEvidenceRow) -> None:
    ctx.session.add(row)
    ctx.session.flush()


def _address(probe: JudgedProbe, blamed: CertificateFacts | None) -> str:
    """Return the address whose chain has the blamed certificate, else that of the worst chain."""
    if blamed is not None:
        for address, ders in probe.scan.chains.items():
            if any(sha256(der).hexdigest() == blamed.fingerprint for der in ders):
                return address
    worst = probe.examination.address
    return worst if worst in probe.chain_ids else next(iter(probe.chain_ids))


def _client(profile: "Profile", verdict: Verdict) -> Client:
    """Copy the profile, with the instant from which its clients fail where that is known."""
    at, blamed = None, verdict.blamed_certificate
    if blamed is not None and verdict.reason is Reason.EXPIRED:
        at = blamed.not_after
    return client_of(profile, verdict.reason, at)


def _certificate_to_json(facts: CertificateFacts) -> dict[str, Any]:
    encoded: dict[str, Any] = _CERTIFICATE.dump_python(
        facts, mode="json", exclude={"serial", "malformed"}
    )
    return encoded
