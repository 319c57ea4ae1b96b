"""Queries on rendered messages."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from app.db.inserts import insert_into
from app.db.tables import MessageRow

__all__ = ["add_message", "find_message"]


def find_message(
    session: Session, notice_id: int, language: str, time_zone: str
) -> MessageRow | None:
    """The message of a notice in a language and time zone."""
    return session.exec(
        select(MessageRow).where(
            MessageRow.notice_id == notice_id,
            MessageRow.language == language,
            MessageRow.time_zone == time_zone,
        )
    ).first()


def add_message(session: Session, values: Mapping[str, Any]) -> None:
    """Store a message unless there is one of its notice, language and time zone."""
    session.execute(
        insert_into(session, MessageRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["notice_id", "language", "time_zone"])
    )
