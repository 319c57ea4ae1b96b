"""Subjects of pending texts: incidents and maintenances, as lists of texts name them."""

from app.domain.permissions import Action
from app.domain.publication import Subject, SubjectKind
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import required_incident
from app.usecases.maintenances.lifecycle import required_maintenance

__all__ = ["subject_title"]


def subject_title(ctx: Ctx, subject: Subject) -> Text:
    """The present title of a subject, a draft too; reads nothing else of it.

    Raises NotFoundError when it is deleted, or does not exist yet.
    """
    ctx.require(Action.READ)
    if subject.kind is SubjectKind.INCIDENT:
        return required_incident(ctx, subject.id or "").title
    return required_maintenance(ctx, subject.id or "").title
