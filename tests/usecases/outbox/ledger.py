"""The ledger: the audience of a notice is the sum of its deliveries in all states."""

from sqlmodel import col, func, select

from app.db.tables import DeliveryRow, NoticeRow
from app.domain.notifications.states import DeliveryState
from app.usecases.outbox import fan_out
from tests.cast import Backend
from tests.usecases.outbox.channels import CHANNELS

__all__ = ["check_ledger", "deliveries", "fan_out_all", "states"]


def fan_out_all(backend: Backend) -> int:
    """Fan out every notice; the number of batches."""
    batches = 0
    while True:
        with backend.reading() as ctx:
            batch = fan_out.next_batch(ctx, CHANNELS)
        if batch is None:
            return batches
        with backend.writing() as ctx:
            fan_out.add_batch(ctx, batch, CHANNELS)
        batches += 1


def deliveries(backend: Backend) -> list[DeliveryRow]:
    """All deliveries, oldest first."""
    with backend.reading() as ctx:
        found = ctx.session.exec(select(DeliveryRow).order_by(col(DeliveryRow.id))).all()
        ctx.session.expunge_all()
        return list(found)


def states(backend: Backend) -> list[str]:
    """The states of all deliveries, oldest first."""
    return [each.state for each in deliveries(backend)]


def check_ledger(backend: Backend) -> None:
    """Assert that the books balance: each fanned out notice, each state, each timestamp."""
    with backend.reading() as ctx:
        counted = (
            select(DeliveryRow.notice_id, func.count())
            .where(col(DeliveryRow.repeats).is_(None))
            .group_by(col(DeliveryRow.notice_id))
        )
        counts = dict(ctx.session.exec(counted).all())
        for notice in ctx.session.exec(select(NoticeRow)):
            if notice.fanned_out_at is not None:
                assert notice.audience == counts.get(notice.id or 0, 0), notice.key
        for each in ctx.session.exec(select(DeliveryRow)):
            is_open = each.state in {DeliveryState.WAITING, DeliveryState.SENDING}
            assert is_open == (each.finished_at is None), each.state
            is_held = each.state == DeliveryState.SENDING
            assert is_held == (each.worker is not None) == (each.leased_until is not None)
            assert (each.replaced_by is not None) == (each.state == DeliveryState.SUPERSEDED)
