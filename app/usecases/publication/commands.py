"""What staff write for visitors, as things that can wait: done, or kept as JSON until then."""

from collections.abc import Mapping
from typing import Any

from app.domain.phrases import Text
from app.usecases import text_history
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import StaffMaintenance, get_maintenance
from app.usecases.publication import incident_commands, maintenance_commands
from app.usecases.publication.command_json import Json
from app.usecases.publication.incident_commands import IncidentWrite, Publish
from app.usecases.publication.maintenance_commands import MaintenanceWrite, PublishMaintenance

__all__ = [
    "Done",
    "Write",
    "do",
    "from_json",
    "incident_of",
    "is_public",
    "maintenance_of",
    "pinned",
    "stamp_of",
    "text_of",
    "title_of",
    "to_json",
    "verb_of",
]

Write = IncidentWrite | MaintenanceWrite
Done = StaffIncident | StaffMaintenance


def text_of(write: Write) -> Text | None:
    """What visitors would read; None when the write says nothing new."""
    if isinstance(write, IncidentWrite):
        return incident_commands.text_of(write)
    return maintenance_commands.text_of(write)


def title_of(write: Write) -> Text | None:
    """The title that it gives; None when it leaves the title as it is."""
    if isinstance(write, IncidentWrite):
        return incident_commands.title_of(write)
    return maintenance_commands.title_of(write)


def is_public(ctx: Ctx, write: Write) -> bool:
    """Whether visitors would read it at once."""
    if isinstance(write, IncidentWrite):
        return incident_commands.is_public(ctx, write)
    return maintenance_commands.is_public(ctx, write)


def pinned(ctx: Ctx, write: Write) -> Write:
    """The write with everything that would mean something else later said now."""
    if isinstance(write, IncidentWrite):
        return write
    return maintenance_commands.pinned(ctx, write)


def stamp_of(ctx: Ctx, write: Write) -> str:
    """What tells a draft that is to be released from the same one after a change.

    "" for a write that has its own words: these stay as they were sent.
    """
    if isinstance(write, Publish):
        return text_history.stamp_of(get_incident(ctx, write.incident).incident.updated_at)
    if isinstance(write, PublishMaintenance):
        return text_history.stamp_of(get_maintenance(ctx, write.maintenance).updated_at)
    return ""


def do(ctx: Ctx, write: Write) -> Done:
    """Do it. Raises what its use case raises."""
    if isinstance(write, IncidentWrite):
        return incident_commands.do(ctx, write)
    return maintenance_commands.do(ctx, write)


def incident_of(write: Write) -> str | None:
    """The incident it is about; None while that is not open yet, and for a maintenance."""
    return write.incident if isinstance(write, IncidentWrite) else None


def maintenance_of(write: Write) -> str | None:
    """The maintenance it is about; None while that is not planned yet, and for an incident."""
    return None if isinstance(write, IncidentWrite) else write.maintenance


def verb_of(write: Write) -> str:
    """Its name where it waits."""
    if isinstance(write, IncidentWrite):
        return incident_commands.VERBS[type(write)]
    return maintenance_commands.VERBS[type(write)]


def to_json(write: Write) -> Json:
    """All of it but what it is about, for `from_json`."""
    if isinstance(write, IncidentWrite):
        return incident_commands.to_json(write)
    return maintenance_commands.to_json(write)


def from_json(verb: str, about: str | None, kept: Mapping[str, Any]) -> Write:
    """The write that `to_json` made `kept` of."""
    if verb in incident_commands.READERS:
        return incident_commands.READERS[verb](about or "", kept)
    return maintenance_commands.READERS[verb](about or "", kept)
