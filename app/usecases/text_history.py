"""Former wordings: an edit keeps what a text said before, and overwrites nobody else's."""

from datetime import datetime

from app.db.tables import FormerTextRow
from app.domain.errors import ConflictError
from app.domain.localized_text import LocalizedText
from app.domain.phrases import Phrased, Text
from app.usecases.context import Ctx

__all__ = ["check_unchanged", "revised", "stamp_of"]


def revised(
    ctx: Ctx, former: Text, new: LocalizedText, *, subject: str, subject_id: int
) -> LocalizedText:
    """`former` with the new wordings, after keeping it. What automation said is replaced whole."""
    ctx.session.add(
        FormerTextRow(
            subject=subject,
            subject_id=subject_id,
            body=former,
            replaced_at=ctx.now,
            replaced_by=ctx.actor.name,
        )
    )
    return new if isinstance(former, Phrased) else former.revise(dict(new))


def stamp_of(changed_at: datetime | None) -> str:
    """What tells this wording of a text from the one before and the one after an edit."""
    return "" if changed_at is None else changed_at.isoformat()


def check_unchanged(seen: str | None, changed_at: datetime | None) -> None:
    """Raise ConflictError when the stamp that an author began with is no longer the text's."""
    if seen is not None and seen != stamp_of(changed_at):
        raise ConflictError(
            "Somebody has changed this text since you began. Read theirs, then send yours again.",
            code="changed_meanwhile",
        )
