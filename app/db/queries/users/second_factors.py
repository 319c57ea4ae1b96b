"""Queries on second factors and passkeys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from app.db.tables import PasskeyRow, RecoveryCodeRow, UserRow

__all__ = [
    "claim_totp_step",
    "delete_recovery_codes",
    "find_passkey",
    "list_passkeys",
    "passkey_by_credential",
    "recovery_codes_without",
    "unused_recovery_codes",
    "use_recovery_code",
]


def claim_totp_step(session: Session, user: UserRow, step: int) -> bool:
    """Mark the TOTP code of a time step as used; False when it or a later one was used before."""
    done = session.execute(
        update(UserRow)
        .where(col(UserRow.id) == user.id)
        .where(or_(col(UserRow.totp_last_step).is_(None), col(UserRow.totp_last_step) < step))
        .values(totp_last_step=step)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(done, "rowcount", 0))


def use_recovery_code(session: Session, user: UserRow, code_hash: str, now: datetime) -> bool:
    """Mark the code as used; False when the user has no such unused code."""
    done = session.execute(
        update(RecoveryCodeRow)
        .where(col(RecoveryCodeRow.user_id) == user.id)
        .where(col(RecoveryCodeRow.code_hash) == code_hash)
        .where(col(RecoveryCodeRow.used_at).is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(done, "rowcount", 0))


def recovery_codes_without(session: Session, prefix: str) -> Sequence[RecoveryCodeRow]:
    """The recovery codes whose hash does not begin with `prefix`."""
    return session.exec(
        select(RecoveryCodeRow).where(col(RecoveryCodeRow.code_hash).not_like(f"{prefix}%"))
    ).all()


def unused_recovery_codes(session: Session, user: UserRow) -> int:
    """The number of unused recovery codes of a user."""
    unused = (
        select(RecoveryCodeRow)
        .where(RecoveryCodeRow.user_id == user.id)
        .where(col(RecoveryCodeRow.used_at).is_(None))
    )
    return len(session.exec(unused).all())


def delete_recovery_codes(session: Session, user: UserRow) -> None:
    """Delete all recovery codes of a user."""
    session.execute(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.user_id) == user.id))


def list_passkeys(session: Session, user: UserRow) -> Sequence[PasskeyRow]:
    """The passkeys of a user, oldest first."""
    return session.exec(
        select(PasskeyRow).where(PasskeyRow.user_id == user.id).order_by(col(PasskeyRow.id))
    ).all()


def find_passkey(session: Session, public_id: str) -> PasskeyRow | None:
    """The passkey with this public id."""
    return session.exec(select(PasskeyRow).where(PasskeyRow.public_id == public_id)).first()


def passkey_by_credential(
    session: Session, credential_id: str
) -> tuple[PasskeyRow, UserRow] | None:
    """The passkey with this credential id, and its user."""
    found = session.exec(
        select(PasskeyRow, UserRow)
        .where(PasskeyRow.credential_id == credential_id)
        .where(col(PasskeyRow.user_id) == col(UserRow.id))
    ).first()
    return None if found is None else (found[0], found[1])
