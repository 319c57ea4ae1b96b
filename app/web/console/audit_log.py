"""The audit log: who did what to which thing when, and as a table for spreadsheets."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.domain.audit import AuditFilter
from app.domain.phrases import N_
from app.domain.validation import is_public_id
from app.rendering.console.audit_diff import changed_fields, fields_json
from app.rendering.console.csv import BOM, csv_line
from app.usecases import audit
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Auditor, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/audit")

_NO_DAY = N_("Write a day, such as 2026-03-02.")
_SHOWN = 50
_AT_ONCE = 500
_COLUMNS = ("at", "actor_kind", "actor", "action", "subject", "subject_id", "before", "after")


@router.get("")
def audit_log(request: Auditor) -> Response:
    """The trail, newest first."""
    asked, sought = _asked(request)
    found = audit.list_entries(request.ctx, sought, cursor=asked.cursor, limit=_SHOWN)
    return request.page(
        "audit_log",
        form=asked.form,
        entries=[(entry, changed_fields(entry.before, entry.after)) for entry in found.items],
        older=asked.again(found.next) if found.next else None,
        newest=asked.again() if asked.cursor else None,
        query=asked.again(),
    )


@router.get("/export.csv")
def export(request: Auditor) -> Response:
    """The trail that fits, all of it, newest first."""
    asked, sought = _asked(request)
    if asked.form.errors:
        return request.redirect(f"/console/audit?{asked.again()}")
    headers = {"Content-Disposition": 'attachment; filename="fyr-audit.csv"'}
    return StreamingResponse(_lines(request, sought), media_type="text/csv", headers=headers)


def _asked(request: StaffRequest) -> tuple[QueryFilters, AuditFilter]:
    asked = QueryFilters(request.http, "actor", "action", "subject", "since", "until")
    zone, problem = request.chrome.page.time_zone, request.translate(_NO_DAY)
    about = asked.text("subject")
    one_thing = about is not None and is_public_id(about)
    sought = AuditFilter(
        actor=asked.text("actor"),
        action=asked.text("action"),
        subject=None if one_thing else about,
        subject_id=about if one_thing else None,
        since=asked.day("since", zone, problem),
        until=asked.day("until", zone, problem, after=1),
    )
    return asked, sought


def _lines(request: StaffRequest, sought: AuditFilter) -> Iterator[bytes]:
    """Read some at a time, so that a long trail neither fills memory nor holds a transaction."""
    yield BOM + csv_line(_COLUMNS)
    cursor = None
    while True:
        with request.app.database.reading(request.me.actor) as ctx:
            found = audit.list_entries(ctx, sought, cursor=cursor, limit=_AT_ONCE)
        yield b"".join(csv_line(_cells(entry)) for entry in found.items)
        cursor = found.next
        if cursor is None:
            return


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
