"""The ledger of horizons: worked out from stored chains, kept current, warned of step by step.

It is for staff: nothing here is ever public by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.db.queries import horizons, served_chains
from app.db.tables import HorizonRow, HorizonWarningRow, TargetRow
from app.domain.certificates.findings import Reason
from app.domain.certificates.forecast import Forecast, ForecastWarning
from app.domain.certificates.horizon import (
    Advice,
    BreakKind,
    Horizon,
    Mender,
    Outlook,
    outlooks,
    warned_of,
    warning_steps,
)
from app.domain.permissions import Action
from app.trust.advice import advise
from app.trust.clients.profiles import Profile
from app.trust.horizons import horizons as work_out
from app.trust.x509.chain import Chain
from app.usecases import audit
from app.usecases.chains.client_json import (
    client_of,
    clients_from_json,
    clients_to_json,
    help_from_json,
    help_to_json,
)
from app.usecases.chains.served import chain_in
from app.usecases.context import Ctx
from app.usecases.pagination import Page, page_by_time, page_of
from app.usecases.targets.probes import profiles_of

__all__ = [
    "DueForecast",
    "Foresight",
    "Wanted",
    "due",
    "foresee",
    "keep",
    "list_horizons",
    "list_warnings",
]

# A name may lead here today and there tomorrow; an address not seen for this long is no more.
_STILL_SERVED = timedelta(days=1)
_NIGHT = time(2)
# A break further away is not worth serving another chain for yet.
_WORTH_ADVICE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class DueForecast:
    """A target whose horizons are to be worked out. `chains` are what its addresses serve, by
    their internal ids; `asked` is how many reasons there were when this was read.
    """

    number: int
    id: str
    host: str
    profiles: tuple[str, ...]
    chains: tuple[tuple[int, Chain], ...]
    asked: int


@dataclass(frozen=True, slots=True)
class Foresight:
    """What lies ahead of one target as of `at`: each outlook with its chain and what helps most."""

    about: DueForecast
    at: datetime
    outlooks: tuple[tuple[Outlook, int, Advice | None], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: of one `target` (its id), of one kind, within some time from now, or only what
    was `warned` of.
    """

    target: str | None = None
    kind: BreakKind | None = None
    within: timedelta | None = None
    warned: bool = False


def due(ctx: Ctx, digest: str, *, limit: int) -> tuple[DueForecast, ...]:
    """Up to `limit` targets to work out anew: after a new chain, under other profiles (`digest`),
    when a step is reached, and each night.
    """
    rows = horizons.due(ctx.session, digest, now=ctx.now, since=_last_night(ctx.now), limit=limit)
    numbers = [row.id or 0 for row in rows]
    served: dict[int, dict[int, None]] = {number: {} for number in numbers}
    for sighting in served_chains.newest_of(ctx.session, numbers, _STILL_SERVED):
        served[sighting.target_id][sighting.chain_id] = None
    kept = served_chains.chains(ctx.session, {each for found in served.values() for each in found})
    known = horizons.forecasts(ctx.session, numbers)
    return tuple(
        DueForecast(
            number=number,
            id=row.public_id,
            host=row.host,
            profiles=profiles_of(row),
            chains=tuple((each, chain_in(kept[each])) for each in served[number]),
            asked=known[number].asked if number in known else 0,
        )
        for number, row in zip(numbers, rows, strict=True)
    )


def foresee(about: DueForecast, profiles: Mapping[str, Profile], at: datetime) -> Foresight:
    """What lies ahead of the target for its profiles, and what would help, for all there are."""
    asked = [profiles[name] for name in about.profiles if name in profiles]
    found: list[Horizon] = []
    first: dict[str, tuple[int, Chain]] = {}
    for number, chain in about.chains:
        ahead = work_out(chain, host=about.host, at=at, profiles=asked)
        found += ahead
        for outlook in outlooks(ahead, at):
            first.setdefault(outlook.key, (number, chain))
    told = []
    for outlook in outlooks(found, at):
        number, chain = first[outlook.key]
        told.append((outlook, number, _help(outlook, chain, about.host, profiles, at)))
    return Foresight(about, at, tuple(told))


def keep(
    ctx: Ctx, found: Iterable[Foresight], profiles: Mapping[str, Profile], digest: str
) -> None:
    """Write the ledger anew for these targets, and give the warnings that are due."""
    for foresight in found:
        number = foresight.about.number
        # First, because it lets no other worker write about this target until we have ended.
        horizons.answer(
            ctx.session,
            number,
            answered=foresight.about.asked,
            digest=digest,
            now=foresight.at,
            next_at=_next_at([each for each, _, _ in foresight.outlooks], foresight.at),
        )
        given = horizons.steps_given(ctx.session, number)
        rows = []
        for outlook, chain_id, advice in foresight.outlooks:
            row = _row(number, chain_id, outlook, advice, profiles)
            row.step = _warn(ctx, foresight.about.id, outlook, row, given.get(outlook.key))
            rows.append(row)
        horizons.replace(ctx.session, number, rows)


def list_horizons(
    ctx: Ctx, wanted: Wanted, *, cursor: str | None = None, limit: int
) -> Page[Forecast]:
    """What lies ahead of the watched targets, the soonest first.

    Raises InvalidError on a foreign cursor, and ForbiddenError.
    """
    ctx.require(Action.READ)
    sought = horizons.Sought(
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
        lambda after, size: horizons.list_horizons(ctx.session, sought, after=after, limit=size),
        lambda pair: (pair[0].at, pair[0].id or 0),
        record,
        cursor=cursor,
        limit=limit,
    )


def list_warnings(ctx: Ctx, *, cursor: str | None, limit: int) -> Page[ForecastWarning]:
    """The warnings that were given, newest first."""
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


def _help(
    outlook: Outlook, chain: Chain, host: str, profiles: Mapping[str, Profile], at: datetime
) -> Advice | None:
    if outlook.ahead.kind.mender is Mender.OWNER or outlook.ahead.at - at > _WORTH_ADVICE:
        return None
    options = advise(chain, host=host, at=at, profiles=profiles.values())
    return next((one for one in options if not outlook.profiles.keys().isdisjoint(one.saves)), None)


def _row(
    target_id: int,
    chain_id: int,
    outlook: Outlook,
    advice: Advice | None,
    profiles: Mapping[str, Profile],
) -> HorizonRow:
    culprit = outlook.ahead.culprit
    clients = [
        client_of(profiles[name], outlook.ahead.reason, at) for name, at in outlook.profiles.items()
    ]
    return HorizonRow(
        target_id=target_id,
        chain_id=chain_id,
        at=outlook.ahead.at,
        kind=outlook.ahead.kind.value,
        reason=outlook.ahead.reason.value,
        culprit=culprit.fingerprint if culprit else None,
        subject=culprit.name if culprit else "",
        clients=clients_to_json(clients),
        advice=None if advice is None else help_to_json(advice, profiles),
    )


def _warn(
    ctx: Ctx, target: str, outlook: Outlook, row: HorizonRow, given: int | None
) -> int | None:
    """The step that staff have been warned at, once this has given the warning that is due."""
    step = warned_of(outlook, ctx.now)
    if step is None or (given is not None and given >= step):
        return given
    ctx.session.add(
        HorizonWarningRow(
            target_id=row.target_id,
            subject_key=outlook.key,
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
    told = {"step": step, "at": row.at.isoformat(), "kind": row.kind}
    audit.record(ctx, "horizon.warn", "target", target, after=told)
    return step


def _next_at(found: Iterable[Outlook], at: datetime) -> datetime | None:
    instants = (when for each in found for when in (*warning_steps(each.ahead), each.ahead.at))
    return min((when for when in instants if when > at), default=None)


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
        culprit=row.culprit if isinstance(row, HorizonRow) else None,
        clients=clients_from_json(row.clients),
        help=None if row.advice is None else help_from_json(row.advice),
        step=row.step,
        judged_at=judged_at,
    )


def _last_night(now: datetime) -> datetime:
    tonight = now.replace(hour=_NIGHT.hour, minute=_NIGHT.minute, second=0, microsecond=0)
    return tonight if tonight <= now else tonight - timedelta(days=1)
