"""Probing: which targets are due, what a look at one means, and what follows from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.db.queries import targets
from app.db.tables import ProbeRow, ServiceRow, TargetRow
from app.domain.alerts.alerts import AlertClaim, AlertReport
from app.domain.certificates.diagnosis import Diagnoses, Diagnosis, diagnose, unreachable
from app.domain.certificates.findings import Examination, Finding, Level, LookFailure, Verdict
from app.domain.certificates.probe_results import EndpointScan
from app.domain.certificates.watch import Change, Seen, Watch, WatchRules, look_again_in, step
from app.trust.clients.profiles import DEFAULT_PROFILES, Profile
from app.trust.scan import examine_scan
from app.usecases.alerts.ingest import ingest, withdraw_alerts
from app.usecases.chains import evidence, served
from app.usecases.chains.client_json import client_of
from app.usecases.chains.evidence import Probed
from app.usecases.context import Ctx
from app.usecases.targets.probe_state import watch_from_json, watch_to_json

__all__ = [
    "DueTarget",
    "any_due",
    "claim_due",
    "forget_old",
    "judge_survey",
    "profiles_of",
    "record",
    "stop_watching",
]

# Long enough for the other targets of the same cause to be seen failing, too short to matter.
_GROUP_WAIT = timedelta(seconds=5)

_SOURCE = "probe"


@dataclass(frozen=True, slots=True)
class DueTarget:
    """A target in this worker's hands, to be looked at now."""

    id: str
    host: str
    port: int
    starttls: str | None
    profiles: tuple[str, ...]
    warn_days: int


def any_due(ctx: Ctx) -> bool:
    """Whether there is a target to be claimed, so that `claim_due` is worth a write."""
    return bool(targets.due_targets(ctx.session, ctx.now, 1))


def claim_due(ctx: Ctx, *, limit: int, lease: timedelta) -> tuple[DueTarget, ...]:
    """Take up to `limit` due targets in hand. Another worker takes them when `lease` runs out."""
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


def judge_survey(
    seen: EndpointScan, due: DueTarget, profiles: Mapping[str, Profile], at: datetime
) -> Examination:
    """What was seen means for the target's profiles; one that is gone since is passed over."""
    judged = [profiles[name] for name in due.profiles if name in profiles]
    return examine_scan(seen, at=at, profiles=judged, warn_days=due.warn_days)


def record(
    ctx: Ctx,
    target_id: str,
    scan: EndpointScan,
    examination: Examination,
    profiles: Mapping[str, Profile],
    *,
    jitter: float,
) -> None:
    """Keep what was seen, move the state machine, and let alerts follow, in one transaction.

    `jitter` from -1.0 to 1.0 moves the next probe by up to a tenth of the interval. A target that
    was deleted or paused meanwhile is passed over.
    """
    row = targets.find_target(ctx.session, target_id)
    if row is None or row.paused_at is not None:
        return
    rules = WatchRules(row.fail_after, row.recover_after, timedelta(seconds=row.interval_seconds))
    before = watch_from_json(row.watch)
    found = _diagnoses(row, before, examination, profiles)
    seen = _seen(row, examination, found)
    watch, changes = step(before, seen, rules)
    row.watch = watch_to_json(watch)
    row.state = _state(watch, seen, examination)
    row.probed_at, row.leased_until = ctx.now, None
    row.due_at = ctx.now + look_again_in(watch, seen, rules) * (1 + 0.1 * jitter)
    kept = _keep(ctx, row, scan, examination)
    ingest(ctx, _reports(ctx, row, changes, found))
    probed = Probed(row, scan, examination, kept, profiles)
    since = {key: state.since for key, state in watch.causes.items()}
    evidence.note(ctx, _SOURCE, probed, changes, since)


def stop_watching(ctx: Ctx, row: TargetRow) -> None:
    """Let go of what probes stated of the target, since they will not look at it any more."""
    withdraw_alerts(ctx, _SOURCE, f"{row.public_id}:")
    row.watch, row.state = {}, "unknown"


def forget_old(ctx: Ctx, days: int) -> None:
    """Drop single probes older than `days`; chains and incidents stay."""
    targets.forget_probes(ctx.session, ctx.now - timedelta(days=days))


def profiles_of(row: TargetRow) -> tuple[str, ...]:
    """The ids of the profiles that the target is judged for."""
    return DEFAULT_PROFILES if row.profiles is None else tuple(row.profiles)


def _diagnoses(
    row: TargetRow, watch: Watch, examination: Examination, profiles: Mapping[str, Profile]
) -> Diagnoses:
    silent = watch.causes.get(unreachable(row.public_id).key)
    return diagnose(
        examination,
        target=row.public_id,
        labels={name: client_of(profile).named for name, profile in profiles.items()},
        unreachable_since=silent.since if silent else None,
    )


def _seen(row: TargetRow, examination: Examination, found: Diagnoses) -> Seen:
    judged = {verdict.profile for verdict in examination.verdicts}
    return Seen(
        examination.at,
        reached=examination.failure is None or bool(examination.chain),
        causes=tuple(each.cause for each in found.spoken),
        # What failed for clients whose profile is gone may fail still.
        judged=judged.issuperset(profiles_of(row)),
        hidden=found.hidden,
    )


def _reports(
    ctx: Ctx, row: TargetRow, changes: tuple[Change, ...], found: Diagnoses
) -> list[AlertReport]:
    services = targets.services_of_target(ctx.session, row.id or 0)
    spoken = {each.cause.key: each for each in found.spoken}
    return [
        AlertReport(
            source=_SOURCE,
            dedup_key=f"{row.public_id}:{change.key}",
            cause=change.key,
            at=ctx.now,
            claim=_statement(row, spoken[change.key], services) if change.raised else None,
        )
        for change in changes
    ]


def _statement(row: TargetRow, found: Diagnosis, services: Iterable[ServiceRow]) -> AlertClaim:
    interval = timedelta(seconds=row.interval_seconds)
    return AlertClaim(
        headline=found.headline,
        body=found.body,
        host=row.host,
        certain=not found.cause.is_network,
        services={each.id: found.status for each in services if each.id is not None},
        publish=row.publish,
        group_wait=min(interval, _GROUP_WAIT),
        resolve_after=interval * row.recover_after,
    )


def _state(watch: Watch, seen: Seen, examination: Examination) -> str:
    if any(state.raised for state in watch.causes.values()):
        return "failing"
    if seen.reached and not examination.verdicts:
        return "unknown"
    loud = any(finding.level is not Level.INFO for finding in examination.findings)
    doubtful = bool(seen.causes) or not seen.judged or examination.failure is not None
    return "warning" if doubtful or loud else "ok"


def _keep(
    ctx: Ctx, row: TargetRow, scan: EndpointScan, examination: Examination
) -> Mapping[str, int]:
    """Store what was seen; tells the chains' ids by address."""
    failure = examination.failure
    kept = served.note(ctx, row.id or 0, scan.chains)
    ctx.session.add(
        ProbeRow(
            target_id=row.id or 0,
            probed_at=examination.at,
            address=examination.address or scan.looks[0].address,
            chain_id=kept.get(examination.address),
            failure=None if failure is None else _failure(failure),
            result={
                "verdicts": [_verdict(verdict) for verdict in examination.verdicts],
                "findings": [_finding(finding) for finding in examination.findings],
                "addresses": [
                    {
                        "address": look.address,
                        "chain": kept.get(look.address),
                        "failure": _failure(look.failure) if look.failure else None,
                    }
                    for look in scan.looks
                ],
                "second": {
                    way.value: served.kept(ctx, look.certificates) if look.certificates else None
                    for way, look in scan.second.items()
                },
            },
        )
    )
    return kept


def _failure(failure: LookFailure) -> str:
    return f"{failure.stage.value}:{failure.code}"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "profile": verdict.profile,
        "reason": verdict.reason.value,
        "culprit": verdict.culprit.fingerprint if verdict.culprit else None,
        "until": verdict.until.isoformat() if verdict.until else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "level": finding.level.value}
