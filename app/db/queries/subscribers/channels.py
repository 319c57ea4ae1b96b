"""Queries on the settings of channels."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, select

from app.db.tables import ChannelRow

__all__ = ["enabled_by_kind", "find_channel", "is_enabled", "list_channels"]


def find_channel(session: Session, kind: str) -> ChannelRow | None:
    """The settings of a kind of channel; None when it was never set up."""
    return session.exec(select(ChannelRow).where(ChannelRow.kind == kind)).first()


def is_enabled(session: Session, kind: str) -> bool:
    """Whether a kind of channel is set up and switched on."""
    row = find_channel(session, kind)
    return row is not None and row.is_enabled


def list_channels(session: Session) -> Sequence[ChannelRow]:
    """The settings of each kind of channel that was set up."""
    return session.exec(select(ChannelRow)).all()


def enabled_by_kind(session: Session) -> Mapping[str, bool]:
    """Whether each kind of channel that was set up is enabled."""
    return dict(session.exec(select(ChannelRow.kind, ChannelRow.is_enabled)).all())
