"""Held texts, drafts and saved replies."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.db.tables import DraftRow, PendingTextRow, SavedReplyRow
from app.domain.ownership import ActorKind

__all__ = [
    "draft_at",
    "due",
    "find_held",
    "find_reply",
    "forget_drafts",
    "list_replies",
    "refused",
    "rename_author",
    "reply_named",
    "waiting",
]


def waiting(session: Session) -> Sequence[PendingTextRow]:
    """What nobody has decided about yet, and what failed to leave, oldest first."""
    open_ones = col(PendingTextRow.outcome).is_(None) | (col(PendingTextRow.outcome) == "failed")
    return session.exec(
        select(PendingTextRow).where(open_ones).order_by(col(PendingTextRow.id))
    ).all()


def refused(session: Session, actor_kind: str, actor_name: str) -> Sequence[PendingTextRow]:
    """What this author wrote, somebody refused, and the author has not dismissed, oldest first."""
    return session.exec(
        select(PendingTextRow)
        .where(
            PendingTextRow.outcome == "refused",
            PendingTextRow.actor_kind == actor_kind,
            PendingTextRow.actor_name == actor_name,
            col(PendingTextRow.dismissed_at).is_(None),
        )
        .order_by(col(PendingTextRow.id))
    ).all()


def due(session: Session, now: datetime) -> Sequence[PendingTextRow]:
    """What has waited for long enough, oldest first, kept from everybody else meanwhile."""
    return session.exec(
        select(PendingTextRow)
        .where(col(PendingTextRow.outcome).is_(None), col(PendingTextRow.due_at) <= now)
        .order_by(col(PendingTextRow.id))
        .with_for_update(skip_locked=True)
    ).all()


def find_held(session: Session, public_id: str) -> PendingTextRow | None:
    """The held text of this id, kept from everybody else meanwhile."""
    return session.exec(
        select(PendingTextRow).where(PendingTextRow.public_id == public_id).with_for_update()
    ).first()


def draft_at(session: Session, author: str, place: str) -> DraftRow | None:
    """What this author was typing there."""
    return session.exec(
        select(DraftRow).where(DraftRow.author == author, DraftRow.place == place)
    ).first()


def forget_drafts(session: Session, before: datetime) -> None:
    """Drop drafts that nobody has touched since."""
    session.execute(delete(DraftRow).where(col(DraftRow.saved_at) < before))


def rename_author(session: Session, before: str, after: str) -> None:
    """Let what somebody has begun or sent be theirs under another name as well."""
    session.execute(update(DraftRow).where(col(DraftRow.author) == before).values(author=after))
    session.execute(
        update(PendingTextRow)
        .where(col(PendingTextRow.actor_kind) == ActorKind.USER.value)
        .where(col(PendingTextRow.actor_name) == before)
        .values(actor_name=after)
    )


def list_replies(session: Session) -> Sequence[SavedReplyRow]:
    """All saved replies by name."""
    return session.exec(select(SavedReplyRow).order_by(col(SavedReplyRow.name))).all()


def find_reply(session: Session, public_id: str) -> SavedReplyRow | None:
    """The saved reply of this id."""
    return session.exec(select(SavedReplyRow).where(SavedReplyRow.public_id == public_id)).first()


def reply_named(session: Session, name: str) -> SavedReplyRow | None:
    """The saved reply of this name."""
    return session.exec(select(SavedReplyRow).where(SavedReplyRow.name == name)).first()
