"""Progress of notices for staff: how many were notified, are waiting or failed, and how fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.outbox import delivery_lists, notices
from app.db.queries.outbox.delivery_lists import DeliverySum, StateSum
from app.db.tables import NoticeRow
from app.domain.notifications.states import DeliveryState
from app.domain.permissions import Action
from app.domain.publication import Subject
from app.domain.validation import is_public_id
from app.usecases.context import Ctx, required
from app.usecases.pagination import CursorPage, check_span, page_of

__all__ = [
    "NoticeDetail",
    "NoticeProgress",
    "get_notice",
    "list_notices",
    "progress_by_update",
    "required_notice",
]


@dataclass(frozen=True, slots=True)
class NoticeProgress:
    """A notice and its deliveries, without those that were sent again.

    `audience` is their number, None until all are made. `median_seconds` and `p95_seconds` are the
    times from the notice to the sending, of those that were sent; None before the first.
    `last_sent_at` is the time of the newest of them.
    """

    id: str
    event: str
    thread: str
    update: str | None
    made_at: datetime
    fanned_out_at: datetime | None
    audience: int | None
    counts: Mapping[DeliveryState, int]
    median_seconds: float | None
    p95_seconds: float | None
    first_sent_at: datetime | None
    last_sent_at: datetime | None

    @property
    def sent(self) -> int:
        """The number of deliveries that were sent."""
        return self.counts.get(DeliveryState.SENT, 0)

    @property
    def open(self) -> int:
        """The number of deliveries on the way: waiting, or being sent."""
        waiting, sending = DeliveryState.WAITING, DeliveryState.SENDING
        return self.counts.get(waiting, 0) + self.counts.get(sending, 0)

    @property
    def failed(self) -> int:
        """The number of deliveries that have failed for good."""
        return self.counts.get(DeliveryState.DEAD, 0)

    @property
    def is_done(self) -> bool:
        """Whether all deliveries are made and none is on the way."""
        return self.fanned_out_at is not None and self.open == 0


@dataclass(frozen=True, slots=True)
class NoticeDetail:
    """The progress of a notice, and its deliveries by channel, language and state."""

    progress: NoticeProgress
    sums: Sequence[DeliverySum]


def list_notices(
    ctx: Ctx,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None,
    limit: int,
) -> CursorPage[NoticeProgress]:
    """Notices about incidents and maintenances that were made in this span, newest first.

    Raises ForbiddenError, and InvalidError for a time or a cursor that is not valid.
    """
    ctx.require(Action.READ)
    check_span(since, until)
    page = page_of(
        lambda before, size: delivery_lists.list_notices(
            ctx.session, since=since, until=until, before=before, limit=size
        ),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    return CursorPage(_records(ctx, page.items), page.next)


def get_notice(ctx: Ctx, public_id: str) -> NoticeDetail:
    """One notice. Raises ForbiddenError, NotFoundError."""
    ctx.require(Action.READ)
    row = required_notice(ctx, public_id)
    (progress,) = _records(ctx, [row])
    return NoticeDetail(progress, delivery_lists.sums_of_notice(ctx.session, row.id or 0))


def progress_by_update(ctx: Ctx, subject: Subject) -> Mapping[str | None, NoticeProgress]:
    """The progress of the notices about a subject, by the public id of the update.

    Under None is the newest notice without an update, such as that of a reminder.
    """
    ctx.require(Action.READ)
    thread = f"{subject.kind.value}:{subject.id}"
    found = delivery_lists.notices_of_subject(ctx.session, thread, subject.kind.value)
    return {each.update: each for each in _records(ctx, found)}


def required_notice(ctx: Ctx, public_id: str) -> NoticeRow:
    """The row of a notice about an incident or a maintenance. Raises NotFoundError."""
    row = delivery_lists.find_notice(ctx.session, public_id) if is_public_id(public_id) else None
    return required(row, "There is no such notice.", code="notice_not_found")


def _records(ctx: Ctx, rows: Sequence[NoticeRow]) -> tuple[NoticeProgress, ...]:
    sums = delivery_lists.sums_by_state(ctx.session, [row.id or 0 for row in rows])
    positions = [
        (notice, _position(counts[DeliveryState.SENT].number, percent))
        for notice, counts in sums.items()
        if DeliveryState.SENT in counts
        for percent in (50, 95)
    ]
    times = delivery_lists.sent_at_positions(ctx.session, positions)
    updates = notices.updates_of_notices(ctx.session, rows)
    return tuple(
        _record(row, sums.get(row.id or 0, {}), times, updates.get(row.id or 0)) for row in rows
    )


def _position(number: int, percent: int) -> int:
    """The position of a percentile among `number` values in order, from 0."""
    return (number - 1) * percent // 100


def _record(
    row: NoticeRow,
    sums: Mapping[DeliveryState, StateSum],
    times: Mapping[tuple[int, int], datetime],
    update: str | None,
) -> NoticeProgress:
    sent = sums.get(DeliveryState.SENT, StateSum(0))
    median, p95 = (
        times.get((row.id or 0, _position(sent.number, percent))) for percent in (50, 95)
    )
    return NoticeProgress(
        id=row.public_id,
        event=row.event,
        thread=row.thread,
        update=update,
        made_at=row.made_at,
        fanned_out_at=row.fanned_out_at,
        audience=row.audience,
        counts={state: each.number for state, each in sums.items()},
        median_seconds=_seconds(row.made_at, median),
        p95_seconds=_seconds(row.made_at, p95),
        first_sent_at=sent.first_at,
        last_sent_at=sent.last_at,
    )


def _seconds(made_at: datetime, at: datetime | None) -> float | None:
    return None if at is None else max(0.0, (at - made_at).total_seconds())
