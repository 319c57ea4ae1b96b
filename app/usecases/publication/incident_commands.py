"""Commands that publish texts about incidents."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Self

from app.db.queries.incidents import incidents
from app.db.text_json import StoredLocalizedText
from app.domain.notifications.events import NoticeEvent
from app.domain.publication import PreviewContent, Subject, SubjectKind
from app.domain.records import IncidentRecord
from app.domain.statuses import IncidentStatus
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.incidents import edits, lifecycle, postmortems, removal
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate
from app.usecases.incidents.postmortems import NewPostmortem
from app.usecases.incidents.records import StaffIncident
from app.usecases.notices.audience import PlannedNotice
from app.usecases.notices.incident_notices import event_of_update, services_ever_named
from app.usecases.publication.command import CommandDefaults
from app.usecases.text_history import check_unchanged

__all__ = [
    "EditIncident",
    "EditUpdate",
    "OpenIncident",
    "PostUpdate",
    "Publish",
    "PutPostmortem",
    "RemoveUpdate",
    "WithdrawPostmortem",
]


class _IncidentCommand(CommandDefaults):
    """Defaults of a command about an incident that exists."""

    __slots__ = ()

    incident: str

    @property
    def subject(self) -> Subject:
        return Subject(SubjectKind.INCIDENT, self.incident)

    def is_public(self, ctx: Ctx) -> bool:
        row = incidents.find_incident(ctx.session, self.incident)
        return row is not None and row.published_at is not None


@dataclass(frozen=True, slots=True)
class OpenIncident(NewIncident, _IncidentCommand):
    """Open an incident."""

    kind: ClassVar[str] = "open"

    @property
    def subject(self) -> Subject:
        return Subject(SubjectKind.INCIDENT)

    def execute(self, ctx: Ctx) -> StaffIncident:
        return lifecycle.open_incident(ctx, self)

    def preview(self, ctx: Ctx) -> PreviewContent:
        content = _newest_of(lifecycle.preview_opening(ctx, self))
        return replace(content, notifies=self.publish and self.first.notify)

    def planned_notice(self, _ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        if not content.notifies or content.incident is None:
            return None
        impact = content.incident.impact
        return PlannedNotice(
            NoticeEvent.INCIDENT_OPENED, self.subject, list(self.first.services), impact
        )

    def is_public(self, _ctx: Ctx) -> bool:
        return self.publish

    def new_title(self) -> Text:
        return self.title

    def new_text(self) -> Text:
        return self.first.body

    def new_status(self) -> IncidentStatus:
        return self.first.status

    def as_submitted(self, _ctx: Ctx) -> Self:
        if self.started_at is None and self.first.posted_at is None:
            return self
        # While it waits, its start comes to lie a day or more ago: that is no typo.
        confirm = (*self.first.confirm, "started_long_ago")
        return replace(self, first=replace(self.first, confirm=confirm))


@dataclass(frozen=True, slots=True)
class PostUpdate(_IncidentCommand):
    """Post an update. `seen` is the id of the newest update when its author began to write."""

    kind: ClassVar[str] = "update"

    incident: str
    new: NewUpdate
    seen: str | None = None

    def execute(self, ctx: Ctx) -> StaffIncident:
        return lifecycle.post_update(ctx, self.incident, self.new, seen=self.seen)

    def preview(self, ctx: Ctx) -> PreviewContent:
        after = lifecycle.preview_update(ctx, self.incident, self.new, seen=self.seen)
        content = _with_one_update(after.incident, after.newest_update)
        return replace(content, notifies=self.new.notify)

    def planned_notice(self, ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        after = content.incident
        if not content.notifies or after is None or not self.is_public(ctx):
            return None
        before = lifecycle.get_incident(ctx, self.incident).incident
        services = services_ever_named(ctx, self.incident) | set(self.new.services)
        event = event_of_update(before.status, after.status)
        return PlannedNotice(event, self.subject, services, after.impact)

    def new_text(self) -> Text:
        return self.new.body

    def new_status(self) -> IncidentStatus:
        return self.new.status


@dataclass(frozen=True, slots=True)
class EditUpdate(_IncidentCommand):
    """Edit the text of an update, correct its time, or change its promise of the next one.

    `seen` is its version when its author began to write. `confirm` has the codes of the questions
    about the time that the author confirmed.
    """

    kind: ClassVar[str] = "edit_update"

    incident: str
    update: str
    body: StoredLocalizedText | None = None
    seen: str | None = None
    posted_at: datetime | None = None
    confirm: tuple[str, ...] = ()
    next_update_at: datetime | None = None
    withdraws_promise: bool = False

    def execute(self, ctx: Ctx) -> StaffIncident:
        return edits.edit_update(ctx, self.incident, self.update, self._edit())

    def preview(self, ctx: Ctx) -> PreviewContent:
        after = edits.preview_update_edit(ctx, self.incident, self.update, self._edit())
        return _with_one_update(after.incident, self.update)

    def new_text(self) -> Text | None:
        return self.body

    def _edit(self) -> UpdateEdit:
        return UpdateEdit(
            self.body,
            self.posted_at,
            self.confirm,
            self.seen,
            self.next_update_at,
            self.withdraws_promise,
        )


@dataclass(frozen=True, slots=True)
class RemoveUpdate(_IncidentCommand):
    """Remove an update."""

    kind: ClassVar[str] = "remove_update"

    incident: str
    update: str

    def execute(self, ctx: Ctx) -> StaffIncident:
        return removal.remove_update(ctx, self.incident, self.update)

    def preview(self, ctx: Ctx) -> PreviewContent:
        after = removal.preview_removal(ctx, self.incident, self.update)
        before = lifecycle.get_incident(ctx, self.incident).incident.updates
        removed = next(each.body for each in before if each.id == self.update)
        return PreviewContent(incident=after.incident, removed=removed)


@dataclass(frozen=True, slots=True)
class EditIncident(IncidentEdit, _IncidentCommand):
    """Edit the title or the impact, or correct the start."""

    kind: ClassVar[str] = "edit"

    incident: str = field(kw_only=True)

    def execute(self, ctx: Ctx) -> StaffIncident:
        return edits.edit_incident(ctx, self.incident, self)

    def preview(self, ctx: Ctx) -> PreviewContent:
        return _newest_of(edits.preview_edit(ctx, self.incident, self))

    def is_public(self, ctx: Ctx) -> bool:
        return self.title is not None and super(EditIncident, self).is_public(ctx)

    def new_title(self) -> Text | None:
        return self.title

    def new_text(self) -> Text | None:
        return self.title


@dataclass(frozen=True, slots=True)
class Publish(_IncidentCommand):
    """Publish a draft. `seen` is the version of the draft that its author has read."""

    kind: ClassVar[str] = "publish"

    incident: str
    seen: str | None = None

    def check_read(self, ctx: Ctx) -> None:
        if self.seen is not None:
            check_unchanged(self.seen, lifecycle.lock_incident(ctx, self.incident).updated_at)

    def execute(self, ctx: Ctx) -> StaffIncident:
        return lifecycle.publish(ctx, self.incident)

    def preview(self, ctx: Ctx) -> PreviewContent:
        # A draft is published with all of its updates.
        incident = lifecycle.preview_publication(ctx, self.incident).incident
        notifies = any(each.notify for each in incident.updates)
        return PreviewContent(incident=incident, notifies=notifies)

    def planned_notice(self, ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        if not content.notifies or content.incident is None:
            return None
        services, impact = services_ever_named(ctx, self.incident), content.incident.impact
        return PlannedNotice(NoticeEvent.INCIDENT_OPENED, self.subject, services, impact)

    def is_public(self, _ctx: Ctx) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class PutPostmortem(_IncidentCommand):
    """Write or rewrite the postmortem. `seen` is its version when its author began to write."""

    kind: ClassVar[str] = "postmortem"

    incident: str
    body: StoredLocalizedText
    publish: bool
    seen: str | None = None
    # Commands stored before this choice existed notify subscribers.
    notify: bool = True

    def execute(self, ctx: Ctx) -> StaffIncident:
        return postmortems.put_postmortem(ctx, self.incident, self._new(), seen=self.seen)

    def preview(self, ctx: Ctx) -> PreviewContent:
        after = postmortems.preview_postmortem(ctx, self.incident, self._new(), seen=self.seen)
        postmortem = after.incident.postmortem
        if postmortem is None:
            return PreviewContent()
        is_new = not lifecycle.get_incident(ctx, self.incident).postmortem_published
        notifies = self.publish and is_new and postmortem.notify
        return PreviewContent(text=postmortem.body, notifies=notifies)

    def planned_notice(self, ctx: Ctx, content: PreviewContent) -> PlannedNotice | None:
        staff = lifecycle.get_incident(ctx, self.incident)
        if not content.notifies or staff.published_at is None:
            return None
        services, impact = services_ever_named(ctx, self.incident), staff.incident.impact
        return PlannedNotice(NoticeEvent.INCIDENT_POSTMORTEM, self.subject, services, impact)

    def is_public(self, _ctx: Ctx) -> bool:
        return self.publish

    def new_text(self) -> Text:
        return self.body

    def _new(self) -> NewPostmortem:
        return NewPostmortem(self.body, self.publish, notify=self.notify)


@dataclass(frozen=True, slots=True)
class WithdrawPostmortem(_IncidentCommand):
    """Take a published postmortem from visitors; staff then have `body` as its text."""

    kind: ClassVar[str] = "postmortem.withdraw"

    incident: str
    body: StoredLocalizedText

    def execute(self, ctx: Ctx) -> StaffIncident:
        return postmortems.put_postmortem(ctx, self.incident, self._new())

    def preview(self, ctx: Ctx) -> PreviewContent:
        postmortems.preview_postmortem(ctx, self.incident, self._new())
        before = lifecycle.get_incident(ctx, self.incident)
        postmortem = before.incident.postmortem if before.postmortem_published else None
        return PreviewContent(removed=None if postmortem is None else postmortem.body)

    def is_public(self, ctx: Ctx) -> bool:
        return lifecycle.get_incident(ctx, self.incident).postmortem_published

    def _new(self) -> NewPostmortem:
        return NewPostmortem(self.body, publish=False)


def _newest_of(staff: StaffIncident) -> PreviewContent:
    incident = staff.incident
    return PreviewContent(incident=replace(incident, updates=incident.updates[:1]))


def _with_one_update(incident: IncidentRecord, update_id: str | None) -> PreviewContent:
    updates = tuple(each for each in incident.updates if each.id == update_id)
    return PreviewContent(incident=replace(incident, updates=updates))
