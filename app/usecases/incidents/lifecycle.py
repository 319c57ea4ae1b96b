"""Life cycle of an incident: open, update, publish, hand over, delete.

Each verb of a publication command has a preview, which raises its errors and stores nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.tables import IncidentRow, IncidentUpdateRow, UpdateServiceRow
from app.db.text_json import StoredText
from app.domain.errors import ConflictError, InvalidError
from app.domain.incidents.incidents import (
    UpdateFacts,
    latest_statuses,
    services_changed,
    status_of,
    with_updates,
)
from app.domain.ownership import Owner, may_change, owner_after, publish_at_after
from app.domain.permissions import Action
from app.domain.records import AffectedService, IncidentRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.validation import check_past, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.four_eyes import check_second_person
from app.usecases.incidents import uptime
from app.usecases.incidents.derived_state import store_derived, store_facts
from app.usecases.incidents.next_update import check_next_update, withdraw_lapsed
from app.usecases.incidents.questions import check_opening_time, check_questions
from app.usecases.incidents.records import StaffIncident, facts_by_incident, staff_record
from app.usecases.notices.incident_notices import (
    event_of_update,
    record_opening,
    record_update,
)
from app.usecases.services.services import service_ids
from app.usecases.title_search import languages_of_titles, search_form

__all__ = [
    "NewIncident",
    "NewUpdate",
    "delete_incident",
    "dismiss_draft",
    "get_incident",
    "hand_back",
    "lock_incident",
    "open_incident",
    "post_update",
    "preview_change_of_actor",
    "preview_opening",
    "preview_publication",
    "preview_update",
    "publish",
    "required_incident",
    "store_change_of_actor",
    "take_over",
]


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """An update to be posted. `services` maps slugs to the status they have from then on.

    `confirm` has the codes of the questions that its author confirmed. `next_update_at` promises
    the next update; `next_update_minutes` promises it so long after this one is posted, however
    long this one waits for an undo window or a second person.
    """

    status: IncidentStatus
    body: StoredText
    services: Mapping[str, ServiceStatus]
    posted_at: datetime | None = None
    notify: bool = True
    confirm: tuple[str, ...] = ()
    next_update_at: datetime | None = None
    next_update_minutes: int | None = None

    def promised_at(self, ctx: Ctx) -> datetime | None:
        """The promised time of the next update. Raises InvalidError when it is not valid."""
        return check_next_update(ctx, self.status, self.next_update_at, self.next_update_minutes)


@dataclass(frozen=True, slots=True)
class NewIncident:
    """An incident to be opened with its first update; a draft unless `publish`.

    `import_key` identifies an incident of an imported document.
    """

    title: StoredText
    first: NewUpdate
    impact: Impact | None = None
    started_at: datetime | None = None
    publish: bool = True
    publish_at: datetime | None = None
    cause: str | None = None
    import_key: str | None = None


def open_incident(ctx: Ctx, new: NewIncident) -> StaffIncident:
    """Open an incident.

    Raises InvalidError (unknown services too), ForbiddenError, and ConflictError when it would have
    started a day or more ago and that is not confirmed (`started_long_ago`).
    """
    started_at, posted_at = _check_opening(ctx, new)
    row = IncidentRow(
        public_id=new_id(),
        title=new.title,
        title_search=search_form(new.title, languages_of_titles(ctx)),
        owner=_first_owner(ctx).value,
        cause=new.cause,
        import_key=new.import_key,
        impact_override=new.impact.value if new.impact else None,
        is_open=True,
        started_at=started_at,
        stated_start_at=None if started_at == posted_at else started_at,
        created_at=ctx.now,
        updated_at=ctx.now,
        published_at=ctx.now if new.publish else None,
        publish_at=new.publish_at,
    )
    ctx.session.add(row)
    ctx.session.flush()
    _add_update(ctx, row, new.first, posted_at)
    store_derived(ctx, row)
    audit.record(
        ctx,
        "incident.open",
        "incident",
        row.public_id,
        after={"status": new.first.status.value, "published": new.publish},
    )
    return _with_opening_recorded(ctx, row)


def preview_opening(ctx: Ctx, new: NewIncident) -> StaffIncident:
    """The incident that `open_incident` would return, with another id. Stores nothing.

    Raises what `open_incident` raises.
    """
    started_at, posted_at = _check_opening(ctx, new)
    first = _update_record(ctx, new.first, posted_at)
    stub = IncidentRecord(
        id=new_id(),
        title=new.title,
        status=new.first.status,
        impact=Impact.NONE,
        started_at=started_at,
        resolved_at=None,
        created_at=ctx.now,
        updated_at=ctx.now,
        updates=(),
        services=(),
        postmortem=None,
        automatic=first.automatic,
    )
    return StaffIncident(
        with_updates(stub, first, override=new.impact),
        _first_owner(ctx),
        ctx.now if new.publish else None,
        postmortem_published=False,
        evidence=(),
        publish_at=new.publish_at,
        cause=new.cause,
        impact_override=new.impact,
        newest_update=first.id,
    )


def post_update(
    ctx: Ctx, public_id: str, new: NewUpdate, *, seen: str | None = None
) -> StaffIncident:
    """Post an update. An update by staff takes the incident over from automation.

    `seen` is the id of the newest update when the author began to write. Raises NotFoundError,
    InvalidError, ForbiddenError; ConflictError when automation would change an incident that staff
    own, when another update was posted after `seen` (`changed_meanwhile`), and for a question about
    its time that is not confirmed (`moves_start_back`, `stays_open`).
    """
    row = lock_incident(ctx, public_id)
    facts = facts_by_incident(ctx, [row])[row.id or 0]
    posted_at = _check_update(ctx, row, facts, new, seen)
    if new.posted_at is not None:
        _after_update(ctx, row, new, posted_at)
    store_change_of_actor(ctx, row)
    before = status_of(facts)
    update, statuses = _add_update(ctx, row, new, posted_at)
    added = UpdateFacts(update.id or 0, posted_at, new.status, statuses)
    store_facts(ctx, row, [*facts, added], services_changed(facts, [*facts, added]))
    audit.record(
        ctx,
        "incident.update",
        "incident",
        row.public_id,
        before={"status": before.value},
        after={"status": new.status.value, "update": update.public_id},
    )
    after = staff_record(ctx, row)
    event = event_of_update(before, after.incident.status)
    named = latest_statuses([*facts, added])
    record_update(ctx, event, row, update, after.incident.impact, named)
    return after


def preview_update(
    ctx: Ctx, public_id: str, new: NewUpdate, *, seen: str | None = None
) -> StaffIncident:
    """The incident that `post_update` would return, with another id of the update. Stores nothing.

    Raises what `post_update` raises.
    """
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    facts = facts_by_incident(ctx, [row])[row.id or 0]
    posted_at = _check_update(ctx, row, facts, new, seen)
    return _after_update(ctx, row, new, posted_at)


def _after_update(ctx: Ctx, row: IncidentRow, new: NewUpdate, posted_at: datetime) -> StaffIncident:
    """The incident with the update. Raises ConflictError for a question that is not confirmed."""
    update = _update_record(ctx, new, posted_at)
    before = staff_record(ctx, row)
    after = with_updates(before.incident, update, override=before.impact_override)
    check_questions(ctx, before.incident, after, update.id, new.confirm)
    return replace(preview_change_of_actor(ctx, before, after), newest_update=update.id)


def publish(ctx: Ctx, public_id: str) -> StaffIncident:
    """Publish a draft. Raises ConflictError when it is published already."""
    lock_incident(ctx, public_id)
    row = _check_publication(ctx, public_id)
    # The owner stays: publishing a draft of automation approves its text, and automation goes on
    # with the incident until the end.
    row.published_at, row.publish_at = ctx.now, None
    withdraw_lapsed(ctx, incidents.updates_of(ctx.session, row.id or 0))
    store_derived(ctx, row)
    audit.record(ctx, "incident.publish", "incident", row.public_id)
    return _with_opening_recorded(ctx, row)


def preview_publication(ctx: Ctx, public_id: str) -> StaffIncident:
    """The incident that `publish` would return. Stores nothing. Raises what `publish` raises."""
    before = staff_record(ctx, _check_publication(ctx, public_id))
    updates = tuple(
        replace(each, next_update_at=None)
        if each.next_update_at is not None and each.next_update_at <= ctx.now
        else each
        for each in before.incident.updates
    )
    after = replace(before.incident, updates=updates, updated_at=ctx.now)
    return replace(before, incident=after, published_at=ctx.now, publish_at=None)


def take_over(ctx: Ctx, public_id: str) -> StaffIncident:
    """Make staff the owner of the incident; automation then only attaches evidence."""
    return _set_owner(ctx, public_id, Owner.STAFF, "incident.take_over")


def hand_back(ctx: Ctx, public_id: str) -> StaffIncident:
    """Make automation the owner again of an incident that it opened.

    Raises ConflictError for other incidents.
    """
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    if row.cause is None:
        raise ConflictError(
            "Automation did not open this incident and knows nothing of its cause.",
            code="not_automatic",
        )
    return _set_owner(ctx, public_id, Owner.AUTOMATION, "incident.hand_back")


def dismiss_draft(ctx: Ctx, public_id: str) -> None:
    """Delete a draft. Raises InvalidError when it is published, which only deleting undoes."""
    ctx.require(Action.EDIT)
    if lock_incident(ctx, public_id).published_at is not None:
        raise InvalidError("Visitors see this already.", code="already_published")
    delete_incident(ctx, public_id)


def delete_incident(ctx: Ctx, public_id: str) -> None:
    """Hide the incident from visitors and staff; the audit log keeps its entries.

    Raises NotFoundError, and ForbiddenError (`second_person_needed`) for an incident that visitors
    read while the page requires a second person: an admin deletes it.
    """
    ctx.require(Action.EDIT)
    row = lock_incident(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    services_named = latest_statuses(facts_by_incident(ctx, [row])[row.id or 0])
    row.deleted_at, row.is_open = ctx.now, False
    if row.published_at is not None:
        uptime.rebuild(ctx, services_named)
        ctx.touch()
    audit.record(ctx, "incident.delete", "incident", row.public_id)


def get_incident(ctx: Ctx, public_id: str) -> StaffIncident:
    """One incident for staff, a draft too. Raises NotFoundError."""
    ctx.require(Action.READ)
    return staff_record(ctx, required_incident(ctx, public_id))


def required_incident(ctx: Ctx, public_id: str) -> IncidentRow:
    """The row of an incident that is not deleted. Raises NotFoundError."""
    return required(
        incidents.find_incident(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such incident.",
        code="incident_not_found",
    )


def lock_incident(ctx: Ctx, public_id: str) -> IncidentRow:
    """The row of an incident that is not deleted, locked until the transaction ends.

    Every change locks first and checks then: a draft cannot be published between the check that it
    is one and the change of its text. Raises NotFoundError.
    """
    return required(
        incidents.lock_incident(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such incident.",
        code="incident_not_found",
    )


def store_change_of_actor(ctx: Ctx, row: IncidentRow) -> None:
    """Store what any change by the actor means: a change by a person makes staff the owner and
    cancels the publication by the clock, which would publish what nobody has approved.
    """
    row.owner = owner_after(ctx.actor.kind, Owner(row.owner)).value
    row.publish_at = publish_at_after(ctx.actor.kind, row.publish_at)


def preview_change_of_actor(
    ctx: Ctx, before: StaffIncident, after: IncidentRecord
) -> StaffIncident:
    """The incident with what `store_change_of_actor` stores. Stores nothing."""
    return replace(
        before,
        incident=replace(after, updated_at=ctx.now),
        owner=owner_after(ctx.actor.kind, before.owner),
        publish_at=publish_at_after(ctx.actor.kind, before.publish_at),
    )


def _with_opening_recorded(ctx: Ctx, row: IncidentRow) -> StaffIncident:
    """The incident, once the notice of its opening is recorded if it is published."""
    staff = staff_record(ctx, row)
    if row.published_at is not None:
        record_opening(ctx, row, staff.incident.impact)
    return staff


def _add_update(
    ctx: Ctx, row: IncidentRow, new: NewUpdate, posted_at: datetime
) -> tuple[IncidentUpdateRow, Mapping[int, ServiceStatus]]:
    """The stored update, and the status that it gives each service by its number."""
    update = IncidentUpdateRow(
        public_id=new_id(),
        incident_id=row.id or 0,
        status=new.status.value,
        body=new.body,
        posted_at=posted_at,
        created_at=ctx.now,
        automatic=ctx.actor.kind.is_automation,
        notify=new.notify,
        next_update_at=new.promised_at(ctx),
    )
    ids = service_ids(ctx, new.services, field="services")
    ctx.session.add(update)
    ctx.session.flush()
    statuses = {ids[slug]: status for slug, status in new.services.items()}
    ctx.session.add_all(
        UpdateServiceRow(update_id=update.id or 0, service_id=number, status=status.value)
        for number, status in statuses.items()
    )
    return update, statuses


def _check_opening(ctx: Ctx, new: NewIncident) -> tuple[datetime, datetime]:
    """The start of a new incident and the time of its first update, once all of it is valid."""
    ctx.require(Action.EDIT)
    check_second_person(ctx, public=new.publish)
    posted_at = _posted_at(ctx, new.first.posted_at or new.started_at)
    started_at = posted_at
    if new.started_at is not None:
        started_at = check_past(new.started_at, now=ctx.now, field="started_at")
    check_opening_time(ctx, min(started_at, posted_at), new.first.confirm)
    new.first.promised_at(ctx)
    service_ids(ctx, new.first.services, field="services")
    return started_at, posted_at


def _check_update(
    ctx: Ctx, row: IncidentRow, facts: Sequence[UpdateFacts], new: NewUpdate, seen: str | None
) -> datetime:
    """The time of a new update of an incident with these facts, once all of it is valid."""
    ctx.require(Action.EDIT)
    check_second_person(ctx, public=row.published_at is not None)
    if not may_change(ctx.actor.kind, Owner(row.owner)):
        raise ConflictError("Staff own this incident.", code="owned_by_staff")
    if seen is not None and incidents.newest_update(ctx.session, row.id or 0) != seen:
        raise ConflictError(
            (
                "Another update was posted since you read the incident. Read it, then send "
                "yours again."
            ),
            code="changed_meanwhile",
        )
    posted_at = _posted_at(ctx, new.posted_at)
    if new.posted_at is None:
        # Without a stated time it is the latest, also when the clock of the machine that took the
        # one before was ahead: otherwise the incident could not be resolved for a while.
        posted_at = max([posted_at, *(each.posted_at for each in facts)])
    new.promised_at(ctx)
    service_ids(ctx, new.services, field="services")
    return posted_at


def _check_publication(ctx: Ctx, public_id: str) -> IncidentRow:
    """The draft, once it may be published."""
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    if row.published_at is not None:
        raise ConflictError("This incident is published already.", code="already_published")
    check_second_person(ctx)
    return row


def _posted_at(ctx: Ctx, posted_at: datetime | None) -> datetime:
    return ctx.now if posted_at is None else check_past(posted_at, now=ctx.now, field="posted_at")


def _first_owner(ctx: Ctx) -> Owner:
    return Owner.AUTOMATION if ctx.actor.kind.is_automation else Owner.STAFF


def _update_record(ctx: Ctx, new: NewUpdate, posted_at: datetime) -> UpdateRecord:
    """The update as it would be stored, with an id of its own."""
    known = services.find_services(ctx.session, new.services)
    # As stored updates list them.
    in_order = sorted(new.services, key=lambda slug: known[slug].id or 0)
    return UpdateRecord(
        id=new_id(),
        status=new.status,
        body=new.body,
        posted_at=posted_at,
        edited_at=None,
        services=tuple(
            AffectedService(slug, known[slug].name, new.services[slug]) for slug in in_order
        ),
        automatic=ctx.actor.kind.is_automation,
        created_at=ctx.now,
        notify=new.notify,
        next_update_at=new.promised_at(ctx),
    )


def _set_owner(ctx: Ctx, public_id: str, owner: Owner, action: str) -> StaffIncident:
    ctx.require(Action.EDIT)
    row = lock_incident(ctx, public_id)
    before = row.owner
    store_change_of_actor(ctx, row)
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
