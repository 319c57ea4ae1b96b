"""History of an incident: the steps from the audit log, and the former texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import audit
from app.db.queries.incidents import incidents
from app.db.tables import AuditEntryRow, FormerTextRow, IncidentUpdateRow
from app.domain.audit import AuditFilter
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, may
from app.domain.statuses import IncidentStatus
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import required_incident

__all__ = ["FormerText", "IncidentHistory", "RemovedUpdate", "StepTaken", "history_of"]

# Older steps are in the audit log only.
_STEP_LIMIT = 200


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step: `action`, such as `incident.open`, at `at`. `update` is the id of its update.

    `actor` is None for readers who may not see names. `published` says of a postmortem whether the
    step published it.
    """

    at: datetime
    action: str
    actor_kind: ActorKind
    actor: str | None
    update: str | None
    published: bool


@dataclass(frozen=True, slots=True)
class FormerText:
    """A text as it was until `replaced_at`."""

    body: Text
    replaced_at: datetime
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class RemovedUpdate:
    """An update that was removed, as it was."""

    status: IncidentStatus
    body: Text
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentHistory:
    """The steps, oldest first; the former texts, newest first, those of updates by update id.

    `removed_updates` go by update id.
    """

    steps: tuple[StepTaken, ...]
    former_updates: Mapping[str, tuple[FormerText, ...]]
    former_titles: tuple[FormerText, ...]
    former_postmortems: tuple[FormerText, ...]
    removed_updates: Mapping[str, RemovedUpdate]


def history_of(ctx: Ctx, public_id: str) -> IncidentHistory:
    """The history of an incident. Names of actors are for users who may edit.

    Raises NotFoundError.
    """
    ctx.require(Action.READ)
    row = required_incident(ctx, public_id)
    named = ctx.actor.role is None or may(ctx.actor.role, Action.EDIT)
    removed = incidents.removed_updates_of(ctx.session, row.id or 0)
    updates = [*incidents.updates_of(ctx.session, row.id or 0), *removed]
    about = AuditFilter(subject_id=public_id)
    entries = audit.list_entries(ctx.session, before=None, limit=_STEP_LIMIT, filters=about)
    former = incidents.former_texts_of(ctx.session, row.id or 0)
    texts = {number: _former(rows, named=named) for number, rows in former.items()}
    return IncidentHistory(
        steps=tuple(_step(entry, updates, named=named) for entry in reversed(entries)),
        former_updates={
            each.public_id: texts[("update", each.id or 0)]
            for each in updates
            if ("update", each.id or 0) in texts
        },
        former_titles=texts.get(("incident", row.id or 0), ()),
        former_postmortems=texts.get(("postmortem", row.id or 0), ()),
        removed_updates={
            each.public_id: RemovedUpdate(IncidentStatus(each.status), each.body, each.posted_at)
            for each in removed
        },
    )


def _step(entry: AuditEntryRow, updates: Sequence[IncidentUpdateRow], *, named: bool) -> StepTaken:
    after = entry.after or {}
    update = after.get("update")
    if entry.action == "incident.open" and updates:
        update = min(updates, key=lambda each: each.id or 0).public_id
    return StepTaken(
        at=entry.at,
        action=entry.action,
        actor_kind=ActorKind(entry.actor_kind),
        actor=entry.actor_name if named else None,
        update=update,
        published=bool(after.get("published")),
    )


def _former(rows: Sequence[FormerTextRow], *, named: bool) -> tuple[FormerText, ...]:
    return tuple(
        FormerText(row.body, row.replaced_at, row.replaced_by if named else None) for row in rows
    )
