"""Queries on the settings of channels."""

from sqlmodel import Session, col, select

from app.db.tables import ChannelRow

__all__ = ["find_channel", "public_kinds"]

_PUBLIC = (
    select(ChannelRow.kind)
    .where(col(ChannelRow.is_enabled), col(ChannelRow.is_public))
    .order_by(col(ChannelRow.kind))
)


def find_channel(session: Session, kind: str) -> ChannelRow | None:
    """The settings of a kind of channel; None when it was never set up."""
    return session.exec(select(ChannelRow).where(ChannelRow.kind == kind)).first()


def public_kinds(session: Session) -> tuple[str, ...]:
    """The kinds of channels that visitors can subscribe with."""
    return tuple(session.exec(_PUBLIC).all())
