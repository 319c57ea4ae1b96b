"""What a chain meant while an alert was about it, kept because profiles and servers change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.db.queries import alerts, served_chains
from app.db.tables import AlertRow, ChainEvidenceRow, TargetRow
from app.domain.certificates.diagnosis import unreachable
from app.domain.certificates.findings import CertificateFacts, Examination, Reason, Verdict
from app.domain.certificates.forecast import Client
from app.domain.certificates.probe_results import EndpointScan
from app.domain.certificates.watch import Change
from app.trust.clients.profiles import Profile
from app.usecases.chains.client_json import client_of, clients_to_json
from app.usecases.context import Ctx

__all__ = ["FAILING", "MENDED", "Probed", "culprit_from_json", "note"]

FAILING, MENDED = "failing", "mended"


@dataclass(frozen=True, slots=True)
class Probed:
    """One probe of a target: what it saw, what that meant, and the chains by address as kept."""

    row: TargetRow
    scan: EndpointScan
    examination: Examination
    kept: Mapping[str, int]
    profiles: Mapping[str, Profile]


def note(
    ctx: Ctx, source: str, seen: Probed, changes: Iterable[Change], since: Mapping[str, datetime]
) -> None:
    """Keep the chain that an alert of the target is about when it begins to hold, and the one that
    is served when it has ceased to. `since` tells the first sighting by the key of a cause.
    """
    for change in changes:
        if not seen.kept or change.key == unreachable(seen.row.public_id).key:
            continue
        alert = alerts.newest_alert(ctx.session, source, f"{seen.row.public_id}:{change.key}")
        if alert is None:
            continue
        if change.raised:
            _keep_failing(ctx, seen, alert, change.key, since.get(change.key, ctx.now))
        else:
            _keep_mended(ctx, seen, alert)


def culprit_from_json(stored: Mapping[str, Any] | None) -> CertificateFacts | None:
    """The certificate to blame, as it was kept."""
    if stored is None:
        return None
    return CertificateFacts(
        stored["fingerprint"],
        stored["subject"],
        stored["issuer"],
        not_before=_instant(stored["not_before"]),
        not_after=_instant(stored["not_after"]),
        name=stored["name"],
    )


def _keep_failing(ctx: Ctx, seen: Probed, alert: AlertRow, key: str, since: datetime) -> None:
    if served_chains.evidence_of_alert(ctx.session, alert.id or 0, FAILING) is not None:
        return
    blamed = [v for v in seen.examination.verdicts if not v.ok and v.culprit is not None]
    verdict = next((v for v in blamed if v.culprit and v.culprit.fingerprint in key), None)
    culprit = verdict.culprit if verdict else next((v.culprit for v in blamed), None)
    address = _address(seen, culprit)
    row = _row(seen, alert, FAILING, address, since)
    row.culprit = None if culprit is None or culprit.malformed else _culprit_to_json(culprit)
    _add(ctx, row)


def _keep_mended(ctx: Ctx, seen: Probed, alert: AlertRow) -> None:
    number = alert.id or 0
    failing = served_chains.evidence_of_alert(ctx.session, number, FAILING)
    if failing is None or served_chains.evidence_of_alert(ctx.session, number, MENDED) is not None:
        return
    address = failing.address if failing.address in seen.kept else _address(seen, None)
    newest = served_chains.newest_at(ctx.session, failing.target_id, address)
    _add(ctx, _row(seen, alert, MENDED, address, newest.first_seen_at if newest else ctx.now))


def _row(
    seen: Probed, alert: AlertRow, phase: str, address: str, since: datetime
) -> ChainEvidenceRow:
    clients = [
        _client(seen.profiles[verdict.profile], verdict)
        for verdict in seen.examination.verdicts
        if verdict.profile in seen.profiles
    ]
    return ChainEvidenceRow(
        alert_id=alert.id or 0,
        phase=phase,
        target_id=seen.row.id or 0,
        chain_id=seen.kept[address],
        address=address,
        since=since,
        seen_at=seen.examination.at,
        clients=clients_to_json(clients),
    )


def _add(ctx: Ctx, row: ChainEvidenceRow) -> None:
    ctx.session.add(row)
    ctx.session.flush()


def _address(seen: Probed, culprit: CertificateFacts | None) -> str:
    """The address whose chain holds the certificate to blame, else the one that tells most."""
    if culprit is not None:
        for address, ders in seen.scan.chains.items():
            if any(sha256(der).hexdigest() == culprit.fingerprint for der in ders):
                return address
    told = seen.examination.address
    return told if told in seen.kept else next(iter(seen.kept))


def _client(profile: Profile, verdict: Verdict) -> Client:
    """The profile with the instant from which its clients have not connected, where it is known."""
    at, culprit = None, verdict.culprit
    if culprit is not None and verdict.reason is Reason.EXPIRED:
        at = culprit.not_after
    return client_of(profile, verdict.reason, at)


def _culprit_to_json(facts: CertificateFacts) -> dict[str, Any]:
    return {
        "fingerprint": facts.fingerprint,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "name": facts.name,
        "not_before": facts.not_before.isoformat() if facts.not_before else None,
        "not_after": facts.not_after.isoformat() if facts.not_after else None,
    }


def _instant(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None
