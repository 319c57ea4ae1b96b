"""Queries on notices whose deliveries have all ended, and on how many of these were sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.db.snapshot import remembered_each
from app.db.tables import DeliveryRow, NoticeRow, PageRow
from app.domain.notifications.notified import NotifiedCount
from app.domain.notifications.states import FINAL_STATES, DeliveryState

__all__ = [
    "ShownCount",
    "done_notices",
    "ended_counts",
    "has_done_notice",
    "sent_counts",
    "shown_counts",
]

_OPEN = [each.value for each in DeliveryState if each not in FINAL_STATES]
_IS_DONE = (
    col(NoticeRow.done_at).is_(None),
    col(NoticeRow.fanned_out_at).is_not(None),
    ~exists().where(col(DeliveryRow.notice_id) == NoticeRow.id, col(DeliveryRow.state).in_(_OPEN)),
)

# Built once, for the overview and for posting an update: building it takes as long as executing it.
_SHOWN = (
    select_columns(
        col(NoticeRow.thread),
        col(NoticeRow.event),
        col(NoticeRow.update_id),
        col(NoticeRow.sent),
        col(NoticeRow.first_sent_at),
        col(NoticeRow.last_sent_at),
    )
    .where(
        col(NoticeRow.thread).in_(bindparam("threads", expanding=True)),
        col(NoticeRow.sent) > 0,
        select(PageRow.id).where(col(PageRow.show_notified)).exists(),
    )
    .order_by(col(NoticeRow.id))
)


@dataclass(frozen=True, slots=True)
class ShownCount:
    """The number of subscribers who were notified by a notice, and what that notice is about."""

    thread: str
    event: str
    update_id: int | None
    count: NotifiedCount


def has_done_notice(session: Session) -> bool:
    """Whether the deliveries of a notice have all ended since the last look."""
    return session.exec(select(NoticeRow.id).where(*_IS_DONE).limit(1)).first() is not None


def done_notices(session: Session, *, limit: int) -> Sequence[NoticeRow]:
    """Notices all of whose deliveries have ended since the last look, oldest first, locked.

    Notices that another worker looks at are left out.
    """
    query = select(NoticeRow).where(*_IS_DONE).order_by(col(NoticeRow.id)).limit(limit)
    return session.exec(query.with_for_update(skip_locked=True)).all()


def ended_counts(session: Session, notice_ids: Collection[int]) -> Mapping[tuple[str, str], int]:
    """The numbers of deliveries of these notices, by channel and state."""
    groups = (col(DeliveryRow.channel), col(DeliveryRow.state))
    query = select(*groups, func.count()).where(col(DeliveryRow.notice_id).in_(notice_ids))
    return {(kind, state): n for kind, state, n in session.exec(query.group_by(*groups))}


def sent_counts(session: Session, notice_ids: Collection[int]) -> Mapping[int, NotifiedCount]:
    """How many deliveries of these notices were sent and when, without those sent again."""
    finished_at = col(DeliveryRow.finished_at)
    query = (
        select_columns(
            col(DeliveryRow.notice_id), func.count(), func.min(finished_at), func.max(finished_at)
        )
        .where(
            col(DeliveryRow.notice_id).in_(notice_ids),
            col(DeliveryRow.state) == DeliveryState.SENT.value,
            col(DeliveryRow.repeats).is_(None),
        )
        .group_by(col(DeliveryRow.notice_id))
    )
    return {
        notice: NotifiedCount(number, first_at, last_at)
        for notice, number, first_at, last_at in session.execute(query)
    }


def shown_counts(session: Session, threads: Collection[str]) -> Sequence[ShownCount]:
    """The counts of the done notices in these threads, the oldest of each thread first.

    None on a page that does not show them, and none of a notice that reached nobody.
    """

    def read(names: list[str]) -> dict[str, list[ShownCount]]:
        found: dict[str, list[ShownCount]] = {}
        rows = session.execute(_SHOWN, {"threads": names})
        for thread, event, update_id, number, first_at, last_at in rows:
            count = NotifiedCount(number, first_at, last_at)
            found.setdefault(thread, []).append(ShownCount(thread, event, update_id, count))
        return found

    by_thread = remembered_each(session, "shown counts", threads, read)
    return [shown for each in by_thread.values() for shown in each]
