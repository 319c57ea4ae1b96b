"""Queries on pending texts, form drafts and saved replies."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, false, or_, update
from sqlmodel import Session, col, select

from app.db.tables import DraftRow, PendingTextRow, SavedReplyRow
from app.domain.ownership import ActorKind

__all__ = [
    "delete_drafts",
    "draft_at",
    "drafts_of",
    "due",
    "find_pending",
    "find_reply",
    "list_replies",
    "refused",
    "rename_author",
    "reply_named",
    "undecided",
]


def undecided(session: Session) -> Sequence[PendingTextRow]:
    """The pending texts without a decision, and those that failed, oldest first."""
    is_open = col(PendingTextRow.outcome).is_(None) | (col(PendingTextRow.outcome) == "failed")
    return session.exec(
        select(PendingTextRow).where(is_open).order_by(col(PendingTextRow.id))
    ).all()


def refused(
    session: Session, actor_kind: str, actor_name: str, *, user_id: str | None
) -> Sequence[PendingTextRow]:
    """The refused texts of this author that the author has not dismissed, oldest first.

    The texts of the tokens that the user with the public id `user_id` owns are among them.
    """
    of_actor = and_(
        col(PendingTextRow.actor_kind) == actor_kind, col(PendingTextRow.actor_name) == actor_name
    )
    of_person = false() if user_id is None else col(PendingTextRow.actor_user) == user_id
    return session.exec(
        select(PendingTextRow)
        .where(
            PendingTextRow.outcome == "refused",
            or_(of_actor, of_person),
            col(PendingTextRow.dismissed_at).is_(None),
        )
        .order_by(col(PendingTextRow.id))
    ).all()


def due(session: Session, now: datetime) -> Sequence[PendingTextRow]:
    """The pending texts due by `now`, oldest first. Locks them; skips those that are locked."""
    return session.exec(
        select(PendingTextRow)
        .where(col(PendingTextRow.outcome).is_(None), col(PendingTextRow.due_at) <= now)
        .order_by(col(PendingTextRow.id))
        .with_for_update(skip_locked=True)
    ).all()


def find_pending(session: Session, public_id: str, *, lock: bool) -> PendingTextRow | None:
    """The pending text with this id. `lock` keeps other transactions from deciding about it."""
    query = select(PendingTextRow).where(PendingTextRow.public_id == public_id)
    return session.exec(query.with_for_update() if lock else query).first()


def draft_at(session: Session, author: str, place: str) -> DraftRow | None:
    """The form draft of this author at this place."""
    return session.exec(
        select(DraftRow).where(DraftRow.author == author, DraftRow.place == place)
    ).first()


def drafts_of(session: Session, author: str) -> Sequence[DraftRow]:
    """The form drafts of this author, the newest first."""
    return session.exec(
        select(DraftRow).where(DraftRow.author == author).order_by(col(DraftRow.saved_at).desc())
    ).all()


def delete_drafts(session: Session, before: datetime) -> None:
    """Delete the form drafts that were saved before this time."""
    session.execute(delete(DraftRow).where(col(DraftRow.saved_at) < before))


def rename_author(session: Session, before: str, after: str) -> None:
    """Move form drafts and pending texts to the new name of their author."""
    session.execute(update(DraftRow).where(col(DraftRow.author) == before).values(author=after))
    session.execute(
        update(PendingTextRow)
        .where(col(PendingTextRow.actor_kind) == ActorKind.USER.value)
        .where(col(PendingTextRow.actor_name) == before)
        .values(actor_name=after)
    )


def list_replies(session: Session) -> Sequence[SavedReplyRow]:
    """All saved replies, by name."""
    return session.exec(select(SavedReplyRow).order_by(col(SavedReplyRow.name))).all()


def find_reply(session: Session, public_id: str) -> SavedReplyRow | None:
    """The saved reply with this id."""
    return session.exec(select(SavedReplyRow).where(SavedReplyRow.public_id == public_id)).first()


def reply_named(session: Session, name: str) -> SavedReplyRow | None:
    """The saved reply with this name."""
    return session.exec(select(SavedReplyRow).where(SavedReplyRow.name == name)).first()
