"""Former wordings of incidents and maintenances that visitors may read."""

from collections.abc import Iterable
from datetime import datetime

from app.db.queries import maintenances
from app.db.queries.incidents import incidents
from app.db.tables import FormerTextRow, IncidentRow, MaintenanceRow
from app.domain.records import FormerWording, IncidentRecord, MaintenanceRecord
from app.usecases.context import Ctx

__all__ = ["former_maintenance_wordings", "former_wordings"]


def former_wordings(
    ctx: Ctx, row: IncidentRow, record: IncidentRecord
) -> dict[str, tuple[FormerWording, ...]]:
    """The former texts of a public incident by update id, and as "title" and "postmortem".

    Only what visitors have read: not the wordings of a draft, and none of a removed update.
    """
    stored = incidents.former_texts_of(ctx.session, row.id or 0)
    if not stored or row.published_at is None:
        return {}
    public_since = row.published_at
    numbers = {each.id: each.public_id for each in incidents.updates_of(ctx.session, row.id or 0)}
    begun = {each.id: each.created_at or each.posted_at for each in record.updates}
    found = {}
    for (subject, number), rows in stored.items():
        if subject == "incident":
            found["title"] = _read_since(rows, public_since, public_since)
        elif subject == "update" and number in numbers:
            id = numbers[number]
            found[id] = _read_since(rows, max(begun[id], public_since), public_since)
        elif subject == "postmortem" and record.postmortem is not None:
            since = record.postmortem.published_at
            found["postmortem"] = _read_since(rows, since, since)
    return {name: wordings for name, wordings in found.items() if wordings}


def former_maintenance_wordings(
    ctx: Ctx, row: MaintenanceRow, record: MaintenanceRecord
) -> dict[str, tuple[FormerWording, ...]]:
    """The former texts of a public maintenance by update id, and as "title" and "body".

    Only what visitors have read: not the wordings of a draft, and none of a removed update or of an
    update about another window.
    """
    if row.published_at is None:
        return {}
    number, public_since = row.id or 0, row.published_at
    updates = maintenances.updates_of(ctx.session, [number]).get(number, [])
    numbers = {each.id or 0: each.public_id for each in updates}
    posted = {each.id: each.posted_at for each in record.updates}
    found = {}
    for (subject, about), rows in maintenances.former_texts_of(
        ctx.session, number, numbers
    ).items():
        name = subject.removeprefix("maintenance.")
        if name == "update":
            name = numbers[about]
            if name not in posted:
                continue
        since = max(posted.get(name, public_since), public_since)
        found[name] = _read_since(rows, since, public_since)
    return {name: wordings for name, wordings in found.items() if wordings}


def _read_since(
    rows: Iterable[FormerTextRow], written_at: datetime, public_since: datetime
) -> tuple[FormerWording, ...]:
    """The wordings, newest first, that were replaced after the text became public."""
    wordings: list[FormerWording] = []
    for row in sorted(rows, key=lambda each: each.id or 0):
        if row.replaced_at > public_since:
            wordings.append(FormerWording(row.body, written_at, row.replaced_at))
            written_at = row.replaced_at
    return tuple(reversed(wordings))
