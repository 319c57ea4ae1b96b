"""Former versions of texts: kept with every edit, and checked so that no edit is overwritten."""

from datetime import datetime

from app.db.tables import FormerTextRow
from app.domain.errors import ConflictError
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrased, Text
from app.usecases.context import Ctx

__all__ = ["check_unchanged", "revised", "version_of", "with_history"]


def with_history(
    ctx: Ctx, former: Text, new: LocalizedText, *, subject: str, subject_id: int
) -> LocalizedText:
    """The revised text, after storing `former` in the history of its subject."""
    ctx.session.add(
        FormerTextRow(
            subject=subject,
            subject_id=subject_id,
            body=former,
            replaced_at=ctx.now,
            replaced_by=ctx.actor.name,
        )
    )
    return revised(former, new)


def revised(former: Text, new: LocalizedText) -> LocalizedText:
    """`former` with the languages of `new` replaced; phrases of automation are replaced whole."""
    return new if isinstance(former, Phrased) else former.revise(dict(new), new.origins)


def version_of(changed_at: datetime | None) -> str:
    """The version of a text, by the time of its last change; "" for the first version."""
    return "" if changed_at is None else changed_at.isoformat()


def check_unchanged(seen: str | None, changed_at: datetime | None) -> None:
    """Raise ConflictError unless `seen` is None or the current version of the text."""
    if seen is not None and seen != version_of(changed_at):
        raise ConflictError(
            (
                "Another user has changed this text since you read it. Read the current text, "
                "then send yours again."
            ),
            code="changed_meanwhile",
        )
