"""Queries on suppressed addresses, which are stored as keyed hashes."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.db.tables import SuppressionRow

__all__ = ["delete_suppression", "find_suppression", "put_suppression", "suppressed_among"]


def find_suppression(session: Session, mac: str) -> SuppressionRow | None:
    """The suppression of an address, by its keyed hash."""
    return session.exec(select(SuppressionRow).where(SuppressionRow.mac == mac)).first()


def suppressed_among(session: Session, macs: Iterable[str]) -> dict[str, str]:
    """The reasons of those among these addresses that are suppressed, by keyed hash."""
    found = session.exec(select(SuppressionRow).where(col(SuppressionRow.mac).in_(list(macs))))
    return {row.mac: row.reason for row in found}


def put_suppression(session: Session, mac: str, reason: str, now: datetime) -> None:
    """Suppress an address for a reason, which replaces a former one."""
    row = find_suppression(session, mac)
    if row is None:
        session.add(SuppressionRow(mac=mac, reason=reason, suppressed_at=now))
    else:
        row.reason, row.suppressed_at = reason, now
    session.flush()


def delete_suppression(session: Session, mac: str) -> None:
    """Lift the suppression of an address, if there is one."""
    session.execute(delete(SuppressionRow).where(col(SuppressionRow.mac) == mac))
