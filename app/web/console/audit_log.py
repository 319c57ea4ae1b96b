"""Audit log: screen with filters, and CSV export."""

from collections.abc import Collection, Iterator
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.domain.audit import AuditFilter
from app.domain.validation import is_public_id
from app.rendering.console.audit_diff import changed_fields, fields_json
from app.rendering.text.csv import BOM, csv_line
from app.usecases import audit
from app.usecases.users import administration
from app.web.console.kit.list_filters import NO_DAY
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Auditor, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/audit")

_HERE = "/console/audit"
_PAGE_SIZE = 50
_COLUMNS = ("at", "actor_kind", "actor", "action", "subject", "subject_id", "before", "after")


@router.get("")
def audit_log(request: Auditor) -> Response:
    """The entries that match the filters, newest first."""
    users = _users(request)
    query, audit_filter = _query_and_filter(request, users)
    address = (audit_filter.actor or "").casefold()
    for user_id, email in users.items():
        if address == email:
            # Links of former releases had the address, which remains in logs and histories.
            parameters = {**request.http.query_params, "actor": user_id}
            return request.redirect(f"{_HERE}?{urlencode(parameters)}")
    found = audit.list_entries(request.ctx, audit_filter, cursor=query.cursor, limit=_PAGE_SIZE)
    return request.page(
        "audit_log",
        form=query.form,
        actors=[*users.items(), *((each, each) for each in (audit_filter.actor,) if each)],
        user_ids={email: user_id for user_id, email in users.items()},
        entries=[(entry, changed_fields(entry.before, entry.after)) for entry in found.items],
        older=query.query_string(found.next) if found.next else None,
        newest=query.query_string() if query.cursor else None,
        query=query.query_string(),
    )


@router.get("/export.csv")
def export(request: Auditor) -> Response:
    """All entries that match the filters as CSV, newest first."""
    query, audit_filter = _query_and_filter(request, _users(request))
    if query.form.errors:
        return request.redirect(f"{_HERE}?{query.query_string()}")
    with request.app.database.writing(request.me.actor) as ctx:
        audit.record(ctx, "audit.export", "audit", "", after={"query": query.query_string()})
    headers = {"Content-Disposition": 'attachment; filename="fyr-audit.csv"'}
    return StreamingResponse(_lines(request, audit_filter), media_type="text/csv", headers=headers)


def _users(request: StaffRequest) -> dict[str, str]:
    """The e-mail addresses of all users by id."""
    return {each.id: each.email for each in administration.list_user_details(request.ctx)}


def _query_and_filter(
    request: StaffRequest, users: Collection[str]
) -> tuple[QueryFilters, AuditFilter]:
    """The filters of the query string: an actor is the id of a user, or a part of a name."""
    query = QueryFilters(request.http, "actor", "action", "subject", "since", "until")
    since, until = query.span(request.chrome.page.time_zone, request.translate(NO_DAY))
    subject = query.text("subject")
    is_id = subject is not None and is_public_id(subject)
    actor = query.text("actor")
    audit_filter = AuditFilter(
        actor=None if actor in users else actor,
        user_id=actor if actor in users else None,
        action=query.text("action"),
        subject=None if is_id else subject,
        subject_id=subject if is_id else None,
        since=since,
        until=until,
    )
    return query, audit_filter


def _lines(request: StaffRequest, audit_filter: AuditFilter) -> Iterator[bytes]:
    """The lines of the export, in batches."""
    database, actor = request.app.database, request.me.actor
    yield BOM + csv_line(_COLUMNS)
    for batch in audit.entry_batches(lambda: database.reading(actor), audit_filter):
        yield b"".join(csv_line(_cells(entry)) for entry in batch)


def _cells(entry: audit.AuditEntry) -> tuple[str, ...]:
    return (
        entry.at.isoformat(),
        entry.actor_kind,
        entry.actor_name,
        entry.action,
        entry.subject,
        entry.subject_id,
        fields_json(entry.before),
        fields_json(entry.after),
    )
