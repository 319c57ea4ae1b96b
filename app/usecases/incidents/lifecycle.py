"""What is done to incidents by staff and by automation, a verb each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import incidents
from app.db.tables import IncidentRow, IncidentUpdateRow, UpdateServiceRow
from app.domain.errors import ConflictError
from app.domain.incidents.incidents import latest_words, resolved_at, status_of
from app.domain.ownership import Owner, may_change, owner_after
from app.domain.permissions import Action
from app.domain.phrases import Text
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.validation import check_past, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.four_eyes import check_second_person
from app.usecases.incidents import uptime
from app.usecases.incidents.records import StaffIncident, facts_by_incident, staff_record
from app.usecases.pagination import Page, page_of
from app.usecases.services.services import service_ids

__all__ = [
    "NewIncident",
    "NewUpdate",
    "delete_incident",
    "get_incident",
    "hand_back",
    "list_incidents",
    "open_incident",
    "post_update",
    "publish",
    "required_incident",
    "settle",
    "take_over",
]


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """One message to be posted. `services` maps slugs to the status they have from now on."""

    status: IncidentStatus
    body: Text
    services: Mapping[str, ServiceStatus]
    posted_at: datetime | None = None
    notify: bool = True


@dataclass(frozen=True, slots=True)
class NewIncident:
    """An incident to be opened with its first update; a draft unless `publish`."""

    title: Text
    first: NewUpdate
    impact: Impact | None = None
    started_at: datetime | None = None
    publish: bool = True
    publish_at: datetime | None = None
    cause: str | None = None


def open_incident(ctx: Ctx, new: NewIncident) -> StaffIncident:
    """Open an incident. Raises InvalidError (unknown services too) and ForbiddenError."""
    ctx.require(Action.EDIT)
    check_second_person(ctx, public=new.publish)
    posted_at = _posted_at(ctx, new.first.posted_at or new.started_at)
    started_at = posted_at
    if new.started_at is not None:
        started_at = check_past(new.started_at, now=ctx.now, field="started_at")
    row = IncidentRow(
        public_id=new_id(),
        title=new.title,
        owner=(Owner.AUTOMATION if ctx.actor.kind.is_automation else Owner.STAFF).value,
        cause=new.cause,
        impact_override=new.impact.value if new.impact else None,
        is_open=True,
        started_at=started_at,
        created_at=ctx.now,
        updated_at=ctx.now,
        published_at=ctx.now if new.publish else None,
        publish_at=new.publish_at,
    )
    ctx.session.add(row)
    ctx.session.flush()
    _add_update(ctx, row, new.first, posted_at)
    settle(ctx, row)
    audit.record(
        ctx,
        "incident.open",
        "incident",
        row.public_id,
        after={"status": new.first.status.value, "published": new.publish},
    )
    return staff_record(ctx, row)


def post_update(
    ctx: Ctx, public_id: str, new: NewUpdate, *, seen: str | None = None
) -> StaffIncident:
    """Post an update. A person's update takes the incident over from automation.

    `seen` is the newest update that the author had before the eyes. Raises NotFoundError,
    InvalidError, ForbiddenError; ConflictError when automation would change what is in staff's
    hands, and when somebody has posted since `seen` (`changed_meanwhile`).
    """
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    _claim(ctx, row)
    if seen is not None and incidents.newest_update(ctx.session, row.id or 0) != seen:
        raise ConflictError(
            "Somebody has posted an update since you began. Read it, then send yours again.",
            code="changed_meanwhile",
        )
    before = status_of(facts_by_incident(ctx, [row])[row.id or 0])
    update = _add_update(ctx, row, new, _posted_at(ctx, new.posted_at))
    settle(ctx, row)
    audit.record(
        ctx,
        "incident.update",
        "incident",
        row.public_id,
        before={"status": before.value},
        after={"status": new.status.value, "update": update.public_id},
    )
    return staff_record(ctx, row)


def publish(ctx: Ctx, public_id: str) -> StaffIncident:
    """Show a draft to visitors. Raises ConflictError when it is published already."""
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    if row.published_at is not None:
        raise ConflictError("This incident is published already.", code="already_published")
    check_second_person(ctx)
    # Releasing what automation wrote approves it; it stays automation's to follow and to end.
    row.published_at, row.publish_at = ctx.now, None
    settle(ctx, row)
    audit.record(ctx, "incident.publish", "incident", row.public_id)
    return staff_record(ctx, row)


def take_over(ctx: Ctx, public_id: str) -> StaffIncident:
    """Put the incident into staff's hands; from now on automation only attaches evidence."""
    return _hand(ctx, public_id, Owner.STAFF, "incident.take_over")


def hand_back(ctx: Ctx, public_id: str) -> StaffIncident:
    """Let automation go on with an incident it opened. Raises ConflictError for other incidents."""
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    if row.cause is None:
        raise ConflictError(
            "Automation did not open this incident and knows nothing of its cause.",
            code="not_automatic",
        )
    return _hand(ctx, public_id, Owner.AUTOMATION, "incident.hand_back")


def delete_incident(ctx: Ctx, public_id: str) -> None:
    """Hide the incident from everybody; the audit trail keeps that it was there."""
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    named = latest_words(facts_by_incident(ctx, [row])[row.id or 0])
    row.deleted_at, row.is_open = ctx.now, False
    uptime.rebuild(ctx, named)
    ctx.touch()
    audit.record(ctx, "incident.delete", "incident", row.public_id)


def get_incident(ctx: Ctx, public_id: str) -> StaffIncident:
    """The incident as staff see it. Raises NotFoundError."""
    ctx.require(Action.READ)
    return staff_record(ctx, required_incident(ctx, public_id))


def list_incidents(
    ctx: Ctx, *, cursor: str | None, limit: int, only_open: bool = False, only_drafts: bool = False
) -> Page[StaffIncident]:
    """Incidents, drafts too, newest first."""
    ctx.require(Action.READ)
    return page_of(
        lambda before, size: incidents.list_incidents(
            ctx.session, before=before, limit=size, only_open=only_open, only_drafts=only_drafts
        ),
        lambda row: staff_record(ctx, row),
        cursor=cursor,
        limit=limit,
    )


def required_incident(ctx: Ctx, public_id: str) -> IncidentRow:
    """The row of an incident that is there. Raises NotFoundError."""
    return required(
        incidents.find_incident(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such incident.",
        code="incident_not_found",
    )


def settle(ctx: Ctx, row: IncidentRow) -> None:
    """Bring what is derived of the incident's updates up to date, after any change to them."""
    ctx.session.flush()
    facts = facts_by_incident(ctx, [row])[row.id or 0]
    row.resolved_at = resolved_at(facts)
    row.is_open = status_of(facts) is not IncidentStatus.RESOLVED
    first = min((each.posted_at for each in facts), default=row.started_at)
    row.started_at = min(row.started_at, first)
    row.updated_at = ctx.now
    if row.published_at is not None:
        uptime.rebuild(ctx, latest_words(facts))
        ctx.touch()


def _add_update(
    ctx: Ctx, row: IncidentRow, new: NewUpdate, posted_at: datetime
) -> IncidentUpdateRow:
    update = IncidentUpdateRow(
        public_id=new_id(),
        incident_id=row.id or 0,
        status=new.status.value,
        body=new.body,
        posted_at=posted_at,
        created_at=ctx.now,
        automatic=ctx.actor.kind.is_automation,
        notify=new.notify,
    )
    ids = service_ids(ctx, new.services, field="services")
    ctx.session.add(update)
    ctx.session.flush()
    ctx.session.add_all(
        UpdateServiceRow(update_id=update.id or 0, service_id=ids[slug], status=status.value)
        for slug, status in new.services.items()
    )
    return update


def _posted_at(ctx: Ctx, given: datetime | None) -> datetime:
    return ctx.now if given is None else check_past(given, now=ctx.now, field="posted_at")


def _claim(ctx: Ctx, row: IncidentRow) -> None:
    owner = Owner(row.owner)
    if not may_change(ctx.actor.kind, owner):
        raise ConflictError("This incident is in staff's hands.", code="owned_by_staff")
    row.owner = owner_after(ctx.actor.kind, owner).value


def _hand(ctx: Ctx, public_id: str, owner: Owner, action: str) -> StaffIncident:
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    before = row.owner
    row.owner = owner.value
    audit.record(
        ctx,
        action,
        "incident",
        row.public_id,
        before={"owner": before},
        after={"owner": owner.value},
    )
    return staff_record(ctx, row)
