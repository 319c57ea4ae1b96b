"""Probes of targets: which are due, what a scan means, and the alerts that follow from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.db.queries.targets import targets
from app.db.tables import ProbeRow, ServiceRow, TargetRow
from app.domain.alerts.alerts import AlertClaim, AlertReport
from app.domain.certificates.diagnosis import Diagnoses, Diagnosis, diagnose, unreachable
from app.domain.certificates.findings import Examination, Finding, Level, ProbeFailure, Verdict
from app.domain.certificates.probe_results import EndpointScan
from app.domain.certificates.watch import (
    CauseChange,
    Observation,
    Watch,
    WatchRules,
    advance,
    next_probe_in,
)
from app.trust.clients.profiles import DEFAULT_PROFILES, Profile
from app.trust.scan import examine_scan
from app.usecases.alerts.ingest import ingest, withdraw_alerts
from app.usecases.chains import evidence, served
from app.usecases.chains.client_json import client_of
from app.usecases.chains.evidence import JudgedProbe
from app.usecases.context import Ctx
from app.usecases.targets.probe_outcomes import count_probe
from app.usecases.targets.probe_state import watch_from_json, watch_to_json

__all__ = [
    "DueTarget",
    "any_due",
    "claim_due",
    "delete_old",
    "judge_scan",
    "profiles_of",
    "record",
    "stop_watching",
]

# Long enough for the other targets of one cause to be found failing, too short to delay an
# announcement noticeably.
_GROUP_WAIT = timedelta(seconds=5)

_SOURCE = "probe"


@dataclass(frozen=True, slots=True)
class DueTarget:
    """A target that this worker has claimed for a probe now."""

    id: str
    host: str
    port: int
    starttls: str | None
    profiles: tuple[str, ...]
    warn_days: int


def any_due(ctx: Ctx) -> bool:
    """Return whether a target is due. `claim_due` needs a write lock, this does not."""
    return bool(targets.due_targets(ctx.session, ctx.now, 1))


def claim_due(ctx: Ctx, *, limit: int, lease: timedelta) -> tuple[DueTarget, ...]:
    """Claim up to `limit` due targets. When `lease` runs out, another worker may claim them."""
    claimed = []
    for row in targets.due_targets(ctx.session, ctx.now, limit):
        if targets.claim(ctx.session, row.id or 0, ctx.now, ctx.now + lease):
            claimed.append(
                DueTarget(
                    row.public_id,
                    row.host,
                    row.port,
                    row.starttls,
                    profiles_of(row),
                    row.warn_days,
                )
            )
    return tuple(claimed)


def judge_scan(
    scan: EndpointScan, due: DueTarget, profiles: Mapping[str, Profile], at: datetime
) -> Examination:
    """Judge a scan for the target's profiles; those that no longer exist are left out."""
    judged = [profiles[name] for name in due.profiles if name in profiles]
    return examine_scan(scan, at=at, profiles=judged, warn_days=due.warn_days)


def record(
    ctx: Ctx,
    target_id: str,
    scan: EndpointScan,
    examination: Examination,
    profiles: Mapping[str, Profile],
    *,
    jitter: float,
) -> None:
    """Store a probe, advance the state machine, and ingest the resulting alerts.

    `jitter` from -1.0 to 1.0 moves the next probe by up to a tenth of the interval. Does nothing
    when the target was deleted or paused meanwhile.
    """
    row = targets.find_target(ctx.session, target_id)
    if row is None or row.paused_at is not None:
        return
    rules = WatchRules(row.fail_after, row.recover_after, timedelta(seconds=row.interval_seconds))
    before = watch_from_json(row.watch)
    found = _diagnoses(row, before, examination, profiles)
    observation = _observation(row, examination, found)
    watch, changes = advance(before, observation, rules)
    row.watch = watch_to_json(watch)
    row.state = _state(watch, observation, examination)
    row.probed_at, row.leased_until = ctx.now, None
    row.due_at = ctx.now + next_probe_in(watch, observation, rules) * (1 + 0.1 * jitter)
    chain_ids = _store_probe(ctx, row, scan, examination)
    ingest(ctx, _reports(ctx, row, changes, found))
    probe = JudgedProbe(row, scan, examination, chain_ids, profiles)
    since = {key: state.since for key, state in watch.causes.items()}
    evidence.record(ctx, _SOURCE, probe, changes, since)
    failure = None if examination.chain else examination.failure
    count_probe(ctx, row.state if failure is None else failure.code)


def stop_watching(ctx: Ctx, row: TargetRow) -> None:
    """Withdraw the alerts of a target that is no longer probed, and reset its state."""
    withdraw_alerts(ctx, _SOURCE, f"{row.public_id}:")
    row.watch, row.state = {}, "unknown"


def delete_old(ctx: Ctx, days: int) -> None:
    """Delete single probes older than `days`; chains and incidents stay."""
    targets.delete_probes(ctx.session, ctx.now - timedelta(days=days))


def profiles_of(row: TargetRow) -> tuple[str, ...]:
    """Return the ids of the profiles that the target is judged for."""
    return DEFAULT_PROFILES if row.profiles is None else tuple(row.profiles)


def _diagnoses(
    row: TargetRow, watch: Watch, examination: Examination, profiles: Mapping[str, Profile]
) -> Diagnoses:
    unreachable_cause = watch.causes.get(unreachable(row.public_id).key)
    return diagnose(
        examination,
        target=row.public_id,
        labels={name: client_of(profile).named for name, profile in profiles.items()},
        unreachable_since=unreachable_cause.since if unreachable_cause else None,
    )


def _observation(row: TargetRow, examination: Examination, found: Diagnoses) -> Observation:
    judged = {verdict.profile for verdict in examination.verdicts}
    return Observation(
        examination.at,
        reached=examination.failure is None or bool(examination.chain),
        causes=tuple(each.cause for each in found.announced),
        # What failed for a profile that no longer exists may fail still.
        judged=judged.issuperset(profiles_of(row)),
        hidden=found.hidden,
    )


def _reports(
    ctx: Ctx, row: TargetRow, changes: tuple[CauseChange, ...], found: Diagnoses
) -> list[AlertReport]:
    services = targets.services_of_target(ctx.session, row.id or 0)
    announced = {each.cause.key: each for each in found.announced}
    return [
        AlertReport(
            source=_SOURCE,
            dedup_key=f"{row.public_id}:{change.key}",
            cause=change.key,
            at=ctx.now,
            claim=_claim(row, announced[change.key], services) if change.raised else None,
        )
        for change in changes
    ]


def _claim(row: TargetRow, found: Diagnosis, services: Iterable[ServiceRow]) -> AlertClaim:
    interval = timedelta(seconds=row.interval_seconds)
    return AlertClaim(
        headline=found.headline,
        body=found.body,
        host=row.host,
        certain=not found.cause.network,
        services={each.id: found.status for each in services if each.id is not None},
        publish=row.publish,
        group_wait=min(interval, _GROUP_WAIT),
        resolve_after=interval * row.recover_after,
    )


def _state(watch: Watch, observation: Observation, examination: Examination) -> str:
    if any(state.raised for state in watch.causes.values()):
        return "failing"
    if observation.reached and not examination.verdicts:
        return "unknown"
    flagged = any(finding.level is not Level.INFO for finding in examination.findings)
    uncertain = (
        bool(observation.causes) or not observation.judged or examination.failure is not None
    )
    return "warning" if uncertain or flagged else "ok"


def _store_probe(
    ctx: Ctx, row: TargetRow, scan: EndpointScan, examination: Examination
) -> Mapping[str, int]:
    """Store the probe and its chains; return the chains' ids by address."""
    failure = examination.failure
    chain_ids = served.record_sightings(ctx, row.id or 0, scan.chains)
    ctx.session.add(
        ProbeRow(
            target_id=row.id or 0,
            probed_at=examination.at,
            address=examination.address or scan.results[0].address,
            chain_id=chain_ids.get(examination.address),
            failure=None if failure is None else _failure(failure),
            result={
                "verdicts": [_verdict(verdict) for verdict in examination.verdicts],
                "findings": [_finding(finding) for finding in examination.findings],
                "addresses": [
                    {
                        "address": each.address,
                        "chain": chain_ids.get(each.address),
                        "failure": _failure(each.failure) if each.failure else None,
                    }
                    for each in scan.results
                ],
                "second": {
                    kind.value: (
                        served.store_chain(ctx, each.certificates) if each.certificates else None
                    )
                    for kind, each in scan.alternates.items()
                },
            },
        )
    )
    return chain_ids


def _failure(failure: ProbeFailure) -> str:
    return f"{failure.stage.value}:{failure.code}"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    blamed = verdict.blamed_certificate
    return {
        "profile": verdict.profile,
        "reason": verdict.reason.value,
        "blamed_certificate": blamed.fingerprint if blamed else None,
        "until": verdict.until.isoformat() if verdict.until else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "level": finding.level.value}
