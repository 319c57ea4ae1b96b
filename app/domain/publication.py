"""Publication of texts by staff: subjects, pending texts, the second person, previews."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.texts.phrases import Text

__all__ = [
    "LONGEST_UNDO_SECONDS",
    "Outcome",
    "PendingReason",
    "PreviewContent",
    "Subject",
    "SubjectKind",
    "needs_second_person",
]

LONGEST_UNDO_SECONDS = 300


class SubjectKind(StrEnum):
    """The kind of thing that a text is about."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Subject:
    """The incident or maintenance that a text is about; `id` is None until it is created."""

    kind: SubjectKind
    id: str | None = None


class PendingReason(StrEnum):
    """Why a text is pending: its author can undo it, or a second person has to approve it."""

    UNDO = "undo"
    SECOND_PERSON = "second_person"


class Outcome(StrEnum):
    """The end of a pending text; `FAILED` when its subject no longer allowed publishing it."""

    SENT = "sent"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PreviewContent:
    """Preview of a text: an incident, a window of a maintenance, or a text by itself.

    An incident and a window carry the updates to show. `removed` is a text that visitors read now,
    and would no longer read. `notifies` states whether subscribers would be notified.
    """

    incident: IncidentRecord | None = None
    window: MaintenanceRecord | None = None
    text: Text | None = None
    removed: Text | None = None
    notifies: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that visitors would see."""
        return self.incident is None and self.window is None and self.text is None


def needs_second_person(kind: ActorKind, role: Role | None, *, four_eyes: bool) -> bool:
    """Whether a public text of this actor needs the approval of a second person.

    With `four_eyes` this binds editors, in the console and with an API token: admins can switch
    the rule off anyway, and automation has a setting of its own.
    """
    return four_eyes and not kind.is_automation and role is Role.EDITOR
