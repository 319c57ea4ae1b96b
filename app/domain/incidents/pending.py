"""What waits before visitors see it: for a moment to undo, or for a second person."""

from enum import StrEnum

from app.domain.ownership import ActorKind
from app.domain.permissions import Role

__all__ = ["LONGEST_UNDO_SECONDS", "Outcome", "Reason", "needs_second_person"]

LONGEST_UNDO_SECONDS = 300


class Reason(StrEnum):
    """Why a text waits."""

    UNDO = "undo"
    SECOND_PERSON = "second_person"


class Outcome(StrEnum):
    """What became of a text that waited; `FAILED` when what it was about had changed meanwhile."""

    SENT = "sent"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    FAILED = "failed"


def needs_second_person(kind: ActorKind, role: Role | None, *, four_eyes: bool) -> bool:
    """Whether what this actor says publicly waits for somebody else's approval.

    With four eyes on it is editors who wait, in the console and with a token: admins can switch
    the rule off anyway, and automation has a setting of its own.
    """
    return four_eyes and not kind.is_automation and role is Role.EDITOR
