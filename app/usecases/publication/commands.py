"""Registry of publication commands, and their JSON for storage."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import StaffMaintenance
from app.usecases.publication.command import Command
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
    RemoveUpdate,
    WithdrawPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    PlanMaintenance,
    PublishMaintenance,
    RemoveMaintenanceUpdate,
)

__all__ = ["COMMANDS", "AnyCommand", "Done", "from_json", "to_json"]

Done = StaffIncident | StaffMaintenance
AnyCommand = Command[Done]

_CLASSES: tuple[type[AnyCommand], ...] = (
    OpenIncident,
    PostUpdate,
    EditUpdate,
    RemoveUpdate,
    EditIncident,
    Publish,
    PutPostmortem,
    WithdrawPostmortem,
    PlanMaintenance,
    EditMaintenance,
    PublishMaintenance,
    AnnounceMaintenance,
    EditMaintenanceUpdate,
    RemoveMaintenanceUpdate,
)
# Every command by its kind.
COMMANDS: Mapping[str, type[AnyCommand]] = {each.kind: each for each in _CLASSES}


def to_json(command: AnyCommand) -> dict[str, Any]:
    """The JSON of a command without the id of its subject, which is stored beside it."""
    content: dict[str, Any] = _adapter(command.kind).dump_python(
        command, mode="json", exclude={command.subject.kind.value}
    )
    return content


def from_json(kind: str, subject_id: str | None, content: Mapping[str, Any]) -> AnyCommand:
    """The command of this kind that `to_json` wrote."""
    # Only the field that the class has is read.
    subject = {"incident": subject_id, "maintenance": subject_id}
    return _adapter(kind).validate_python({**content, **subject})


@cache
def _adapter(kind: str) -> TypeAdapter[AnyCommand]:
    return TypeAdapter(COMMANDS[kind])
