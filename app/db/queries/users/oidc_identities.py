"""Queries on identities: accounts of users at single sign-on providers."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.db.tables import IdentityRow, UserRow

__all__ = ["delete_identities", "find_identity", "find_user_by_subject", "linked_users"]


def find_user_by_subject(session: Session, issuer: str, subject: str) -> UserRow | None:
    """The user linked to this subject of an issuer; disabled users too."""
    return session.exec(
        select(UserRow)
        .where(col(UserRow.id) == col(IdentityRow.user_id))
        .where(IdentityRow.issuer == issuer)
        .where(IdentityRow.subject == subject)
    ).first()


def find_identity(session: Session, user: UserRow, issuer: str) -> IdentityRow | None:
    """The identity of a user at an issuer."""
    return session.exec(
        select(IdentityRow)
        .where(IdentityRow.user_id == user.id)
        .where(IdentityRow.issuer == issuer)
    ).first()


def linked_users(session: Session) -> frozenset[int]:
    """The ids of the users that have an identity."""
    return frozenset(session.exec(select(IdentityRow.user_id)).all())


def delete_identities(session: Session, user: UserRow) -> None:
    """Delete the identities of a user."""
    session.execute(delete(IdentityRow).where(col(IdentityRow.user_id) == user.id))
