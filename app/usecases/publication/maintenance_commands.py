"""Commands that publish texts about maintenances.

Actions without a text are no commands and never pending: moving, completing or cancelling a
window, and everything that happens by the clock.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Self

from app.db.queries import maintenances
from app.db.text_json import StoredLocalizedText
from app.domain.maintenances.maintenance import OVER
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.notifications.events import NoticeEvent
from app.domain.publication import PreviewContent, Subject, SubjectKind
from app.domain.records import MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.maintenances import lifecycle, windows
from app.usecases.maintenances.lifecycle import MaintenanceChanges, NewMaintenance, StaffMaintenance
from app.usecases.maintenances.windows import MaintenanceUpdateEdit, NewMaintenanceUpdate
from app.usecases.notices.audience import PlannedNotice
from app.usecases.notices.maintenance_notices import event_of_posted_update
from app.usecases.publication.command import CommandDefaults
from app.usecases.text_history import check_unchanged

__all__ = [
    "AnnounceMaintenance",
    "EditMaintenance",
    "EditMaintenanceUpdate",
    "PlanMaintenance",
    "PublishMaintenance",
    "RemoveMaintenanceUpdate",
]


class _MaintenanceCommand(CommandDefaults):
    """Defaults of a command about a maintenance that exists."""

    __slots__ = ()

    maintenance: str

    @property
    def subject(self) -> Subject:
        return Subject(SubjectKind.MAINTENANCE, self.maintenance)

    def is_public(self, ctx: Ctx) -> bool:
        row = maintenances.find_maintenance(ctx.session, self.maintenance)
        return row is not None and row.published_at is not None


@dataclass(frozen=True, slots=True)
class PlanMaintenance(NewMaintenance, _MaintenanceCommand):
    """Plan a maintenance."""

    kind: ClassVar[str] = "maintenance.plan"

    @property
    def subject(self) -> Subject:
        return Subject(SubjectKind.MAINTENANCE)

    def execute(self, ctx: Ctx) -> StaffMaintenance:
        return lifecycle.plan_maintenance(ctx, self)

    def preview(self, ctx: Ctx) -> PreviewContent:
        window = lifecycle.preview_plan(ctx, self).maintenance
        notifies = self.publish and self.notify and window.status not in OVER
        return PreviewContent(window=window, notifies=notifies)

    def planned_notice(self, _ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        return _planned(NoticeEvent.MAINTENANCE_SCHEDULED, self.subject, content)

    def is_public(self, _ctx: Ctx) -> bool:
        return self.publish

    def new_title(self) -> Text:
        return self.title

    def new_text(self) -> Text:
        return self.body


@dataclass(frozen=True, slots=True)
class EditMaintenance(MaintenanceChanges, _MaintenanceCommand):
    """Change a maintenance. `seen` is its version when its author began to write."""

    kind: ClassVar[str] = "maintenance.edit"

    maintenance: str = field(kw_only=True)
    seen: str | None = field(default=None, kw_only=True)

    def execute(self, ctx: Ctx) -> StaffMaintenance:
        return lifecycle.edit_maintenance(ctx, self.maintenance, self, seen=self.seen)

    def preview(self, ctx: Ctx) -> PreviewContent:
        after = lifecycle.preview_edit(ctx, self.maintenance, self, seen=self.seen)
        before = lifecycle.get_maintenance(ctx, self.maintenance)
        is_announced = before.published_at is not None and before.notify
        notifies = is_announced and _differs(before, after)
        return PreviewContent(window=after.maintenance, notifies=notifies)

    def planned_notice(self, _ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        event = NoticeEvent.MAINTENANCE_CHANGED
        if content.window is not None and content.window.status is MaintenanceStatus.COMPLETED:
            event = NoticeEvent.MAINTENANCE_COMPLETED
        return _planned(event, self.subject, content)

    def is_public(self, ctx: Ctx) -> bool:
        return self.has_text and super(EditMaintenance, self).is_public(ctx)

    def new_title(self) -> Text | None:
        return self.title

    def new_text(self) -> Text | None:
        return self.body


@dataclass(frozen=True, slots=True)
class PublishMaintenance(_MaintenanceCommand):
    """Publish a draft. `seen` is the version of the draft that its author has read."""

    kind: ClassVar[str] = "maintenance.publish"

    maintenance: str
    seen: str | None = None

    def check_read(self, ctx: Ctx) -> None:
        if self.seen is not None:
            lifecycle.lock_maintenance(ctx, self.maintenance)
            staff = lifecycle.get_maintenance(ctx, self.maintenance)
            check_unchanged(self.seen, staff.updated_at)

    def execute(self, ctx: Ctx) -> StaffMaintenance:
        return lifecycle.publish_maintenance(ctx, self.maintenance)

    def preview(self, ctx: Ctx) -> PreviewContent:
        window = lifecycle.preview_publication(ctx, self.maintenance).maintenance
        return PreviewContent(window=window, notifies=window.notify and window.status not in OVER)

    def planned_notice(self, _ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        return _planned(NoticeEvent.MAINTENANCE_SCHEDULED, self.subject, content)

    def is_public(self, _ctx: Ctx) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class AnnounceMaintenance(NewMaintenanceUpdate, _MaintenanceCommand):
    """Post an update about a window."""

    kind: ClassVar[str] = "maintenance.update"

    maintenance: str = field(kw_only=True)

    def execute(self, ctx: Ctx) -> StaffMaintenance:
        return windows.post_maintenance_update(ctx, self.maintenance, self)

    def preview(self, ctx: Ctx) -> PreviewContent:
        window = windows.preview_maintenance_update(ctx, self.maintenance, self)
        window = replace(window, updates=window.updates[:1])
        return PreviewContent(window=window, notifies=self.notify)

    def planned_notice(self, ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        after = content.window
        row = maintenances.find_maintenance(ctx.session, self.maintenance)
        if after is None or row is None or row.published_at is None:
            return None
        before = windows.find_window(ctx, self.maintenance, self.occurrence)
        event = event_of_posted_update(ctx, row, after.recurs_at, before.status, after.status)
        return _planned(event, self.subject, content, recurs_at=after.recurs_at)

    def new_text(self) -> Text:
        return self.body

    def new_status(self) -> MaintenanceStatus:
        return self.status

    def as_submitted(self, ctx: Ctx) -> Self:
        if self.occurrence is not None:
            return self
        window = lifecycle.get_maintenance(ctx, self.maintenance).maintenance
        if window.recurs_at is None:
            return self
        return replace(self, occurrence=occurrence_id(window.recurs_at))


@dataclass(frozen=True, slots=True)
class EditMaintenanceUpdate(_MaintenanceCommand):
    """Edit the text of an update, or correct its time.

    `seen` is its version when its author began to write.
    """

    kind: ClassVar[str] = "maintenance.edit_update"

    maintenance: str
    update: str
    body: StoredLocalizedText | None = None
    seen: str | None = None
    posted_at: datetime | None = None

    def execute(self, ctx: Ctx) -> StaffMaintenance:
        return windows.edit_maintenance_update(ctx, self.maintenance, self.update, self._edit())

    def preview(self, ctx: Ctx) -> PreviewContent:
        window = windows.preview_maintenance_update_edit(
            ctx, self.maintenance, self.update, self._edit()
        )
        return PreviewContent(window=window)

    def new_text(self) -> Text | None:
        return self.body

    def _edit(self) -> MaintenanceUpdateEdit:
        return MaintenanceUpdateEdit(self.body, self.posted_at, self.seen)


@dataclass(frozen=True, slots=True)
class RemoveMaintenanceUpdate(_MaintenanceCommand):
    """Remove an update about a window."""

    kind: ClassVar[str] = "maintenance.remove_update"

    maintenance: str
    update: str

    def execute(self, ctx: Ctx) -> StaffMaintenance:
        return windows.remove_maintenance_update(ctx, self.maintenance, self.update)

    def preview(self, ctx: Ctx) -> PreviewContent:
        after = windows.preview_maintenance_update_removal(ctx, self.maintenance, self.update)
        _, update = windows.find_update(ctx, self.maintenance, self.update)
        return PreviewContent(window=after, removed=update.body)


def _planned(
    event: NoticeEvent,
    subject: Subject,
    content: PreviewContent,
    *,
    recurs_at: datetime | None = None,
) -> PlannedNotice | None:
    if not content.notifies or content.window is None:
        return None
    slugs = _slugs(content.window)
    occurrence = None if recurs_at is None else occurrence_id(recurs_at)
    return PlannedNotice(event, subject, slugs, occurrence=occurrence)


def _differs(before: StaffMaintenance, after: StaffMaintenance) -> bool:
    """Whether an edit changes the times, the rule or the services."""
    return (before.starts_at, before.ends_at, before.recurrence) != (
        after.starts_at,
        after.ends_at,
        after.recurrence,
    ) or _slugs(before.maintenance) != _slugs(after.maintenance)


def _slugs(window: MaintenanceRecord) -> list[str]:
    return [each.slug for each in window.services]
