"""Former wordings: an edit keeps what a text said before."""

from app.db.tables import FormerTextRow
from app.domain.localized import LocalizedText
from app.domain.phrases import Phrased, Text
from app.usecases.context import Ctx

__all__ = ["revised"]


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
