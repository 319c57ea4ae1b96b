"""What was done about an incident, step by step, and what its texts said before an edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import audit, incidents
from app.db.tables import AuditEntryRow, FormerTextRow, IncidentUpdateRow
from app.domain.audit import AuditFilter
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, may
from app.domain.phrases import Text
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import required_incident

__all__ = ["FormerText", "IncidentHistory", "StepTaken", "history_of"]

# Whatever happened more often than this is in the audit log.
_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class StepTaken:
    """Somebody did `action`, such as `incident.open`, at `at`. `update` is the one it is about.

    `actor` is None where the reader may not know who it was. `published` tells of a postmortem
    whether visitors see it from then on.
    """

    at: datetime
    action: str
    actor_kind: ActorKind
    actor: str | None
    update: str | None
    published: bool


@dataclass(frozen=True, slots=True)
class FormerText:
    """What a text said until `replaced_at`."""

    body: Text
    replaced_at: datetime
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class IncidentHistory:
    """The steps, oldest first; the former texts of updates by their id, newest first."""

    steps: tuple[StepTaken, ...]
    former_updates: Mapping[str, tuple[FormerText, ...]]
    former_titles: tuple[FormerText, ...]
    former_postmortems: tuple[FormerText, ...]


def history_of(ctx: Ctx, public_id: str) -> IncidentHistory:
    """All that was done about an incident. Who did it is told to those who may edit it.

    Raises NotFoundError.
    """
    ctx.require(Action.READ)
    row = required_incident(ctx, public_id)
    named = ctx.actor.role is None or may(ctx.actor.role, Action.EDIT)
    updates = incidents.updates_of(ctx.session, [row.id or 0])
    about = AuditFilter(subject_id=public_id)
    entries = audit.list_entries(ctx.session, before=None, limit=_MOST_STEPS, sought=about)
    former = incidents.former_texts_of(ctx.session, row.id or 0)
    told = {number: _former(rows, named=named) for number, rows in former.items()}
    return IncidentHistory(
        steps=tuple(_step(entry, updates, named=named) for entry in reversed(entries)),
        former_updates={
            each.public_id: told[("update", each.id or 0)]
            for each in updates
            if ("update", each.id or 0) in told
        },
        former_titles=told.get(("incident", row.id or 0), ()),
        former_postmortems=told.get(("postmortem", row.id or 0), ()),
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
