"""What staff write about maintenances, as things that can wait.

Texts wait, with whatever else is sent with them. What says nothing does not: a window that is
moved, ended or called off without a word, services that change, and all that the clock does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.db.queries import maintenances as rows
from app.domain.localized_text import LocalizedText
from app.domain.maintenances.occurrences import stamp_of
from app.domain.phrases import Text
from app.domain.statuses import MaintenanceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances import lifecycle, windows
from app.usecases.maintenances.lifecycle import MaintenanceChanges, NewMaintenance, StaffMaintenance
from app.usecases.maintenances.windows import NewMaintenanceUpdate
from app.usecases.publication.command_json import (
    Json,
    instant_of,
    instant_to_json,
    localized,
    text_to_json,
)

__all__ = [
    "READERS",
    "VERBS",
    "AnnounceMaintenance",
    "EditMaintenance",
    "EditMaintenanceUpdate",
    "MaintenanceWrite",
    "PlanMaintenance",
    "PublishMaintenance",
    "do",
    "is_public",
    "pinned",
    "text_of",
    "title_of",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class PlanMaintenance:
    """Plan a maintenance."""

    new: NewMaintenance
    maintenance: None = None


@dataclass(frozen=True, slots=True)
class EditMaintenance:
    """Change it. `seen` is the stamp of what its author had before the eyes."""

    maintenance: str
    changes: MaintenanceChanges
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class PublishMaintenance:
    """Show a draft to visitors."""

    maintenance: str


@dataclass(frozen=True, slots=True)
class AnnounceMaintenance:
    """Post an update about one of its windows."""

    maintenance: str
    new: NewMaintenanceUpdate


@dataclass(frozen=True, slots=True)
class EditMaintenanceUpdate:
    """Word an update better. `seen` is the stamp of the text that its author began with."""

    maintenance: str
    update: str
    body: LocalizedText
    seen: str | None = None


MaintenanceWrite = (
    PlanMaintenance
    | EditMaintenance
    | PublishMaintenance
    | AnnounceMaintenance
    | EditMaintenanceUpdate
)


def text_of(write: MaintenanceWrite) -> Text | None:
    """What visitors would read; None when the write says nothing new."""
    match write:
        case PlanMaintenance(new):
            return new.body
        case EditMaintenance(changes=changes):
            return changes.body
        case AnnounceMaintenance(new=announced):
            return announced.body
        case EditMaintenanceUpdate(body=body):
            return body
    return None


def title_of(write: MaintenanceWrite) -> Text | None:
    """The title that it gives; None when it leaves the title as it is."""
    match write:
        case PlanMaintenance(new):
            return new.title
        case EditMaintenance(changes=changes):
            return changes.title
    return None


def is_public(ctx: Ctx, write: MaintenanceWrite) -> bool:
    """Whether visitors would read it at once."""
    match write:
        case PlanMaintenance(new):
            return new.publish
        case PublishMaintenance():
            return True
        case EditMaintenance(changes=changes) if not changes.says_something:
            return False
    row = rows.find_maintenance(ctx.session, write.maintenance)
    return row is not None and row.published_at is not None


def pinned(ctx: Ctx, write: MaintenanceWrite) -> MaintenanceWrite:
    """With its window named: the one that is meant now may be over when it leaves."""
    match write:
        case AnnounceMaintenance(new=new) if new.occurrence is None:
            this = lifecycle.get_maintenance(ctx, write.maintenance).maintenance
            if this.recurs_at is not None:
                return replace(write, new=replace(new, occurrence=stamp_of(this.recurs_at)))
    return write


def do(ctx: Ctx, write: MaintenanceWrite) -> StaffMaintenance:
    """Do it. Raises what its use case raises."""
    match write:
        case PlanMaintenance(new):
            return lifecycle.plan_maintenance(ctx, new)
        case EditMaintenance(maintenance, changes, seen):
            return lifecycle.edit_maintenance(ctx, maintenance, changes, seen=seen)
        case AnnounceMaintenance(maintenance, announced):
            return windows.post_maintenance_update(ctx, maintenance, announced)
        case EditMaintenanceUpdate(maintenance, update, body, seen):
            return windows.edit_maintenance_update(ctx, maintenance, update, body=body, seen=seen)
    return lifecycle.publish_maintenance(ctx, write.maintenance)


def to_json(write: MaintenanceWrite) -> Json:
    """All of it but its maintenance, for its reader in READERS."""
    match write:
        case PlanMaintenance(new):
            return {
                "title": text_to_json(new.title),
                "body": text_to_json(new.body),
                "services": list(new.services),
                "starts_at": new.starts_at.isoformat(),
                "ends_at": new.ends_at.isoformat(),
                "recurrence": new.recurrence,
                "publish": new.publish,
                "notify": new.notify,
            }
        case EditMaintenance(changes=changes, seen=seen):
            return {**_changes_to_json(changes), "seen": seen}
        case AnnounceMaintenance(new=announced):
            return {
                "status": announced.status.value,
                "body": text_to_json(announced.body),
                "occurrence": announced.occurrence,
                "notify": announced.notify,
            }
        case EditMaintenanceUpdate(update=update, body=body, seen=seen):
            return {"update": update, "body": text_to_json(body), "seen": seen}
    return {}


def _changes_to_json(changes: MaintenanceChanges) -> Json:
    return {
        "title": None if changes.title is None else text_to_json(changes.title),
        "body": None if changes.body is None else text_to_json(changes.body),
        "services": None if changes.services is None else list(changes.services),
        "starts_at": instant_to_json(changes.starts_at),
        "ends_at": instant_to_json(changes.ends_at),
        "recurrence": changes.recurrence,
        "ends_recurrence": changes.ends_recurrence,
    }


def _plan_of(_maintenance: str, kept: Mapping[str, Any]) -> PlanMaintenance:
    return PlanMaintenance(
        NewMaintenance(
            localized(kept["title"]),
            localized(kept["body"]),
            tuple(kept["services"]),
            datetime.fromisoformat(kept["starts_at"]),
            datetime.fromisoformat(kept["ends_at"]),
            recurrence=kept["recurrence"],
            publish=kept["publish"],
            notify=kept["notify"],
        )
    )


def _edit_of(maintenance: str, kept: Mapping[str, Any]) -> EditMaintenance:
    changes = MaintenanceChanges(
        title=None if kept["title"] is None else localized(kept["title"]),
        body=None if kept["body"] is None else localized(kept["body"]),
        services=None if kept["services"] is None else tuple(kept["services"]),
        starts_at=instant_of(kept["starts_at"]),
        ends_at=instant_of(kept["ends_at"]),
        recurrence=kept["recurrence"],
        ends_recurrence=kept["ends_recurrence"],
    )
    return EditMaintenance(maintenance, changes, kept["seen"])


def _announcement_of(maintenance: str, kept: Mapping[str, Any]) -> AnnounceMaintenance:
    new = NewMaintenanceUpdate(
        MaintenanceStatus(kept["status"]),
        localized(kept["body"]),
        kept["occurrence"],
        kept["notify"],
    )
    return AnnounceMaintenance(maintenance, new)


# What each is called where it waits.
VERBS: Mapping[type, str] = {
    PlanMaintenance: "maintenance.plan",
    EditMaintenance: "maintenance.edit",
    PublishMaintenance: "maintenance.publish",
    AnnounceMaintenance: "maintenance.update",
    EditMaintenanceUpdate: "maintenance.edit_update",
}
# What makes each again of its maintenance and what `to_json` kept, by what it is called.
READERS: Mapping[str, Callable[[str, Mapping[str, Any]], MaintenanceWrite]] = {
    "maintenance.plan": _plan_of,
    "maintenance.edit": _edit_of,
    "maintenance.publish": lambda maintenance, _kept: PublishMaintenance(maintenance),
    "maintenance.update": _announcement_of,
    "maintenance.edit_update": lambda maintenance, kept: EditMaintenanceUpdate(
        maintenance, kept["update"], localized(kept["body"]), kept["seen"]
    ),
}
