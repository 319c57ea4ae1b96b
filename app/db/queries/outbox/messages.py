"""Queries on rendered messages and the pictures of their mails."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import MailPictureRow, MessagePictureRow, MessageRow

__all__ = ["add_message", "add_picture", "delete_unused_pictures", "find_message", "pictures_of"]


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


def pictures_of(session: Session, message_id: int) -> Sequence[MailPictureRow]:
    """The pictures that the mails of a message contain, in the order in which they were added."""
    return session.exec(
        select(MailPictureRow)
        .join(MessagePictureRow, col(MessagePictureRow.picture_id) == col(MailPictureRow.id))
        .where(MessagePictureRow.message_id == message_id)
        .order_by(col(MessagePictureRow.id))
    ).all()


def add_message(session: Session, values: Mapping[str, Any]) -> int | None:
    """Store a message; the number of its row.

    None when there is one of its notice, language and time zone, which stays as it is.
    """
    return session.execute(
        insert_into(session, MessageRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["notice_id", "language", "time_zone"])
        .returning(col(MessageRow.id))
    ).scalar_one_or_none()


def add_picture(
    session: Session, message_id: int, content_id: str, content: bytes, now: datetime
) -> None:
    """Store that the mails of a message contain a picture, and the picture, once for all."""
    # The update locks the row: a deletion of unused pictures then sees that this one is used.
    picture_id = session.execute(
        insert_into(session, MailPictureRow)
        .values(content_id=content_id, content=content, used_at=now)
        .on_conflict_do_update(index_elements=["content_id"], set_={"used_at": now})
        .returning(col(MailPictureRow.id))
    ).scalar_one()
    session.add(MessagePictureRow(message_id=message_id, picture_id=picture_id))
    session.flush()


def delete_unused_pictures(session: Session, before: datetime) -> None:
    """Delete the pictures that no message has, and that none was stored with since a time."""
    is_used = exists().where(col(MessagePictureRow.picture_id) == col(MailPictureRow.id))
    session.execute(delete(MailPictureRow).where(col(MailPictureRow.used_at) < before, ~is_used))
