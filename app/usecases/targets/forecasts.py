"""Forecasts of breaks: computed from stored chains, stored per target, with warnings for staff.

Nothing of it is public.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.db.queries import due_times
from app.db.queries.targets import horizons, served_chains
from app.db.tables import HorizonRow, HorizonWarningRow, TargetRow
from app.domain.certificates.findings import Reason
from app.domain.certificates.forecast import Forecast, ForecastWarning
from app.domain.certificates.horizon import (
    Advice,
    BreakKind,
    Horizon,
    Responsible,
    SharedBreak,
    due_warning,
    shared_breaks,
    warning_steps,
)
from app.domain.permissions import Action
from app.trust.advice import advise
from app.trust.clients.profiles import Profile
from app.trust.horizons import horizons as compute_horizons
from app.trust.x509.chain import Chain
from app.usecases import audit
from app.usecases.chains.client_json import (
    advice_from_json,
    advice_to_json,
    client_of,
    clients_from_json,
    clients_to_json,
)
from app.usecases.chains.served import STILL_SERVED, chain_of
from app.usecases.context import Ctx
from app.usecases.pagination import CursorPage, page_by_time, page_of
from app.usecases.targets.probes import profiles_of

__all__ = [
    "ComputedForecast",
    "DueForecast",
    "ForecastFilter",
    "compute_forecast",
    "due",
    "list_forecasts",
    "list_warnings",
    "next_due",
    "next_forecasts",
    "store",
]

_NIGHTLY_AT = time(2)
# A break further away is not worth serving another chain for yet.
_ADVICE_WITHIN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class DueForecast:
    """A target whose forecast is to be computed.

    `target_id` is internal, `id` public. `chains` are those that its addresses serve, with their
    internal ids. `requests` is how many forecasts had been requested when this was read.
    """

    target_id: int
    id: str
    host: str
    profiles: tuple[str, ...]
    chains: tuple[tuple[int, Chain], ...]
    requests: int


@dataclass(frozen=True, slots=True)
class ComputedForecast:
    """The future breaks of one target as of `at`, each with its chain's id and the best advice."""

    target: DueForecast
    at: datetime
    breaks: tuple[tuple[SharedBreak, int, Advice | None], ...]


@dataclass(frozen=True, slots=True)
class ForecastFilter:
    """Which forecasts to list: of one target (by public id), of one kind, within some time from
    now, or only those that staff were `warned` of.
    """

    target: str | None = None
    kind: BreakKind | None = None
    within: timedelta | None = None
    warned: bool = False


def due(ctx: Ctx, digest: str, *, limit: int) -> tuple[DueForecast, ...]:
    """Return up to `limit` targets whose forecast is out of date.

    That is so after a new chain, after a change of the profiles (another `digest`), when a warning
    step is reached, and every night.
    """
    rows = horizons.due(ctx.session, digest, now=ctx.now, since=_last_night(ctx.now), limit=limit)
    target_ids = [row.id or 0 for row in rows]
    served: dict[int, dict[int, None]] = {target_id: {} for target_id in target_ids}
    for sighting in served_chains.current_sightings(ctx.session, target_ids, STILL_SERVED):
        served[sighting.target_id][sighting.chain_id] = None
    chain_ids = {chain_id for found in served.values() for chain_id in found}
    chains = served_chains.chains_by_id(ctx.session, chain_ids)
    known = horizons.forecasts(ctx.session, target_ids)
    return tuple(
        DueForecast(
            target_id=target_id,
            id=row.public_id,
            host=row.host,
            profiles=profiles_of(row),
            chains=tuple((each, chain_of(chains[each])) for each in served[target_id]),
            requests=known[target_id].asked if target_id in known else 0,
        )
        for target_id, row in zip(target_ids, rows, strict=True)
    )


def compute_forecast(
    target: DueForecast, profiles: Mapping[str, Profile], at: datetime
) -> ComputedForecast:
    """Compute the breaks of the target for its own profiles, and advice judged for `profiles`."""
    own = [profiles[name] for name in target.profiles if name in profiles]
    found: list[Horizon] = []
    chain_with: dict[str, tuple[int, Chain]] = {}
    for chain_id, chain in target.chains:
        chain_horizons = compute_horizons(chain, host=target.host, at=at, profiles=own)
        found += chain_horizons
        for shared in shared_breaks(chain_horizons, at):
            chain_with.setdefault(shared.key, (chain_id, chain))
    breaks = []
    for shared in shared_breaks(found, at):
        chain_id, chain = chain_with[shared.key]
        breaks.append((shared, chain_id, _advice(shared, chain, target.host, profiles, at)))
    return ComputedForecast(target, at, tuple(breaks))


def store(
    ctx: Ctx, computed: Iterable[ComputedForecast], profiles: Mapping[str, Profile], digest: str
) -> None:
    """Replace the stored forecasts of these targets, and store the warnings that are due."""
    for forecast in computed:
        target_id = forecast.target.target_id
        # This write comes first: it locks the target's row against other workers until the commit.
        horizons.record_forecast(
            ctx.session,
            target_id,
            answered=forecast.target.requests,
            digest=digest,
            now=forecast.at,
            next_at=_next_at([shared for shared, _, _ in forecast.breaks], forecast.at),
        )
        warned = horizons.warned_steps(ctx.session, target_id)
        rows = []
        for shared, chain_id, advice in forecast.breaks:
            row = _row(target_id, chain_id, shared, advice, profiles)
            row.step = _warn(ctx, forecast.target.id, shared, row, warned.get(shared.key))
            rows.append(row)
        horizons.replace_horizons(ctx.session, target_id, rows)


def list_forecasts(
    ctx: Ctx, wanted: ForecastFilter, *, cursor: str | None = None, limit: int
) -> CursorPage[Forecast]:
    """List the forecasts of the watched targets, the soonest first.

    Raises InvalidError on a cursor of another list, and ForbiddenError.
    """
    ctx.require(Action.READ)
    conditions = horizons.HorizonFilter(
        target=wanted.target,
        until=None if wanted.within is None else ctx.now + wanted.within,
        kind=wanted.kind.value if wanted.kind else None,
        warned=wanted.warned,
    )

    def record(pair: tuple[HorizonRow, TargetRow]) -> Forecast:
        known = horizons.forecasts(ctx.session, [pair[0].target_id])
        judged_at = known[pair[0].target_id].judged_at or ctx.now
        return _forecast(pair[0], pair[1], judged_at)

    return page_by_time(
        lambda after, size: horizons.list_horizons(
            ctx.session, conditions, after=after, limit=size
        ),
        lambda pair: (pair[0].at, pair[0].id or 0),
        lambda pairs: map(record, pairs),
        cursor=cursor,
        limit=limit,
    )


def next_forecasts(ctx: Ctx, target_ids: Iterable[str]) -> dict[str, Forecast]:
    """The soonest forecast of each of these targets that is watched, by target."""
    ctx.require(Action.READ)
    found = horizons.next_horizons(ctx.session, target_ids)
    known = horizons.forecasts(ctx.session, [row.target_id for row, _ in found.values()])
    return {
        public_id: _forecast(row, target, known[row.target_id].judged_at or ctx.now)
        for public_id, (row, target) in found.items()
    }


def list_warnings(ctx: Ctx, *, cursor: str | None, limit: int) -> CursorPage[ForecastWarning]:
    """List the warnings that were sent to staff, newest first."""
    ctx.require(Action.READ)
    owners: dict[int, TargetRow] = {}

    def rows(before: int | None, size: int) -> list[HorizonWarningRow]:
        pairs = horizons.list_warnings(ctx.session, before=before, limit=size)
        owners.update({warning.target_id: target for warning, target in pairs})
        return [warning for warning, _ in pairs]

    return page_of(
        rows,
        lambda row: ForecastWarning(
            _forecast(row, owners[row.target_id], row.warned_at), row.warned_at
        ),
        cursor=cursor,
        limit=limit,
    )


def _advice(
    shared: SharedBreak, chain: Chain, host: str, profiles: Mapping[str, Profile], at: datetime
) -> Advice | None:
    if shared.first.kind.responsible is Responsible.OWNER or shared.first.at - at > _ADVICE_WITHIN:
        return None
    options = advise(chain, host=host, at=at, profiles=profiles.values())
    return next((one for one in options if not shared.profiles.keys().isdisjoint(one.gained)), None)


def _row(
    target_id: int,
    chain_id: int,
    shared: SharedBreak,
    advice: Advice | None,
    profiles: Mapping[str, Profile],
) -> HorizonRow:
    blamed, reason = shared.first.blamed_certificate, shared.first.reason
    clients = [client_of(profiles[name], reason, at) for name, at in shared.profiles.items()]
    return HorizonRow(
        target_id=target_id,
        chain_id=chain_id,
        at=shared.first.at,
        kind=shared.first.kind.value,
        reason=reason.value,
        blamed_certificate=blamed.fingerprint if blamed else None,
        subject=blamed.name if blamed else "",
        clients=clients_to_json(clients),
        advice=None if advice is None else advice_to_json(advice, profiles),
    )


def _warn(
    ctx: Ctx, target: str, shared: SharedBreak, row: HorizonRow, warned: int | None
) -> int | None:
    """Store the warning that is due, if any; return the newest step that staff were warned at.

    `warned` is the newest step of the warnings that are stored already.
    """
    step = due_warning(shared, ctx.now)
    if step is None or (warned is not None and warned >= step):
        return warned
    ctx.session.add(
        HorizonWarningRow(
            target_id=row.target_id,
            subject_key=shared.key,
            step=step,
            at=row.at,
            kind=row.kind,
            reason=row.reason,
            subject=row.subject,
            clients=row.clients,
            advice=row.advice,
            warned_at=ctx.now,
        )
    )
    after = {"step": step, "at": row.at.isoformat(), "kind": row.kind}
    audit.record(ctx, "horizon.warn", "target", target, after=after)
    return step


def _next_at(breaks: Iterable[SharedBreak], at: datetime) -> datetime | None:
    instants = (
        instant for each in breaks for instant in (*warning_steps(each.first), each.first.at)
    )
    return min((instant for instant in instants if instant > at), default=None)


def _forecast(
    row: HorizonRow | HorizonWarningRow, target: TargetRow, judged_at: datetime
) -> Forecast:
    return Forecast(
        target=target.public_id,
        host=target.host,
        port=target.port,
        at=row.at,
        kind=BreakKind(row.kind),
        reason=Reason(row.reason),
        subject=row.subject,
        blamed_certificate=row.blamed_certificate if isinstance(row, HorizonRow) else None,
        clients=clients_from_json(row.clients),
        advice=None if row.advice is None else advice_from_json(row.advice),
        step=row.step,
        judged_at=judged_at,
    )


def next_due(ctx: Ctx) -> datetime:
    """When time alone makes a forecast out of date next: at a step of its own, or tonight."""
    tonight = _last_night(ctx.now) + timedelta(days=1)
    return min(due_times.next_forecast(ctx.session, ctx.now) or tonight, tonight)


def _last_night(now: datetime) -> datetime:
    tonight = now.replace(hour=_NIGHTLY_AT.hour, minute=_NIGHTLY_AT.minute, second=0, microsecond=0)
    return tonight if tonight <= now else tonight - timedelta(days=1)
