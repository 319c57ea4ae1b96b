"""Import of maintenances: single windows and series, with their updates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.db.queries import maintenances
from app.db.queries.imports import imports
from app.db.tables import MaintenanceRow, MaintenanceUpdateRow, OccurrenceRow
from app.db.text_json import text_from_json
from app.domain.errors import InvalidError
from app.domain.texts.phrases import Phrase, Phrased, Text
from app.ports.importer import ReportEntry
from app.usecases.context import new_id
from app.usecases.imports.incidents import insert_paths, source_text
from app.usecases.imports.prepared import Prepared, digest_of
from app.usecases.imports.report import ItemOutcome
from app.usecases.imports.state import ImportState, Known, changed_fields, stored_time
from app.usecases.maintenances.recurrence import first_window, window_from

__all__ = ["MaintenanceWriter"]


class MaintenanceWriter:
    """Writes maintenances one by one: a page has few of them."""

    def __init__(self, state: ImportState) -> None:
        self._state = state
        self._zone = ZoneInfo(state.zone)

    def write(self, items: Sequence[Prepared]) -> None:
        """Import maintenances, all of which are checked."""
        for item in items:
            known = self._state.known(item)
            if known is None:
                self._state.report.note(item.kind, ItemOutcome.NEW)
                values = self._values(item)
                if not self._state.is_trial:
                    self._insert(item, values)
            else:
                self._write_known(item, known)

    def _insert(self, item: Prepared, values: dict[str, Any]) -> None:
        state, session, content = self._state, self._state.ctx.session, item.content
        created = state.time(content["created_at"], self._first_time(content))
        row = MaintenanceRow(
            public_id=state.free_public_id(MaintenanceRow, content["id"]),
            **values,
            created_at=created,
            updated_at=state.time(content["updated_at"], created),
            published_at=None if content["draft"] else created,
            # No notice about what was announced by the former page.
            notify=False,
        )
        session.add(row)
        session.flush()
        number = row.id or 0
        self._set_services(number, content)
        self._set_occurrences(row, content)
        parts = self._set_updates(number, content, {})
        insert_paths(state, item.kind, [item], [number])
        state.remember(item, number, parts)
        if not content["draft"]:
            state.ctx.touch()

    def _values(self, item: Prepared) -> dict[str, Any]:
        content = item.content
        body: Text = Phrased.of(Phrase.of("automation.no_text"))
        if content["body"] is not None:
            body = text_from_json(content["body"])
        starts_at = datetime.fromisoformat(content["starts_at"])
        ends_at = datetime.fromisoformat(content["ends_at"])
        values: dict[str, Any] = {
            "title": text_from_json(content["title"]),
            "title_search": content["search"],
            "body": body,
            "starts_at": starts_at,
            "ends_at": ends_at,
        }
        for name in ("cancelled_at", "completed_at", "verifying_at"):
            values[name] = stored_time(content[name])
        if content["recurrence"] is not None:
            self._add_rule(item, values)
        return values

    def _add_rule(self, item: Prepared, values: dict[str, Any]) -> None:
        """The rule in the zone of the page. A series of another zone keeps its next window."""
        recurrence = item.content["recurrence"]
        rule = recurrence["rrule"].removeprefix("RRULE:")
        if recurrence["until"] is not None and "UNTIL" not in rule.upper():
            until = datetime.fromisoformat(recurrence["until"])
            rule = f"{rule};UNTIL={until:%Y%m%dT%H%M%SZ}"
        zone = recurrence["time_zone"]
        if zone is not None and zone != self._zone.key:
            self._state.report.add(ReportEntry("fixed.zone", item.ref))
        wanted = window_from(values["starts_at"], values["ends_at"], self._zone)
        try:
            checked, first = first_window(rule, wanted, self._zone, self._state.ctx.now)
        except InvalidError as error:
            if self._state.source.kind == "fyr":
                message = f"{item.place}.recurrence: {error.message}"
                raise InvalidError(message, code=error.code, field=item.place) from None
            self._state.report.add(ReportEntry("lost.recurrence", item.ref))
            return
        values |= {
            "recurrence": checked,
            "starts_at": first.starts_at,
            "ends_at": first.ends_at,
            "local_start": first.local.start,
            "local_end": first.local.end,
        }

    def _set_services(self, number: int, content: Mapping[str, Any]) -> None:
        ids = sorted({self._state.service_ids[ref] for ref in content["services"]})
        maintenances.replace_services(self._state.ctx.session, number, ids)

    def _set_occurrences(self, row: MaintenanceRow, content: Mapping[str, Any]) -> None:
        recurrence, session = content["recurrence"], self._state.ctx.session
        if recurrence is None or row.recurrence is None:
            return
        length = row.ends_at - row.starts_at
        present = maintenances.occurrences_of(session, [row.id or 0]).get(row.id or 0, [])
        known = {each.recurs_at: each for each in present}
        for window in recurrence.get("windows", ()):
            start = datetime.fromisoformat(window["recurs_at"])
            found = known.get(start) or OccurrenceRow(
                maintenance_id=row.id or 0, created_at=row.created_at, updated_at=row.created_at
            )
            for name, text in window.items():
                setattr(found, name, stored_time(text))
            session.add(found)
            known[start] = found
        for text in recurrence["cancelled"]:
            start = datetime.fromisoformat(text)
            if start in known:
                continue
            session.add(
                OccurrenceRow(
                    maintenance_id=row.id or 0,
                    recurs_at=start,
                    starts_at=start,
                    ends_at=start + length,
                    cancelled_at=row.created_at,
                    created_at=row.created_at,
                    updated_at=row.created_at,
                )
            )

    def _set_updates(
        self, number: int, content: Mapping[str, Any], parts: dict[str, Any]
    ) -> dict[str, Any]:
        """Insert and change updates; the ids and digests of all of them by ref."""
        session = self._state.ctx.session
        wanted = [each["id"] for each in content["updates"] if each["id"]]
        taken = imports.public_ids_among(session, MaintenanceUpdateRow, wanted)
        for each in content["updates"]:
            digest = digest_of([each["status"], each["body"], each["at"]])
            stored_id, former = parts.get(each["ref"], (None, ""))
            if former == digest:
                continue
            row = None if stored_id is None else session.get(MaintenanceUpdateRow, stored_id)
            if row is None:
                free = each["id"] and each["id"] not in taken
                row = MaintenanceUpdateRow(
                    public_id=each["id"] if free else new_id(),
                    maintenance_id=number,
                    status=each["status"],
                    body=text_from_json(each["body"]),
                    notify=False,
                )
            row.status, row.body = each["status"], text_from_json(each["body"])
            row.posted_at = datetime.fromisoformat(each["at"])
            row.recurs_at = stored_time(each.get("recurs_at"))
            session.add(row)
            session.flush()
            parts[each["ref"]] = [row.id, digest]
        return parts

    def _first_time(self, content: Mapping[str, Any]) -> datetime:
        """When the maintenance was announced, as far as its times show; never in the future."""
        times = [content["starts_at"], *(each["at"] for each in content["updates"])]
        return min(self._state.ctx.now, *(datetime.fromisoformat(each) for each in times))

    def _write_known(self, item: Prepared, known: Known) -> None:
        state, content = self._state, item.content
        row = None
        if known.digest != item.digest or not state.is_present(item.kind, known):
            row = state.ctx.session.get(MaintenanceRow, known.subject_id)
        outcome = state.outcome(item, known, row.public_id if row else "")
        if outcome is ItemOutcome.UNCHANGED:
            state.report.note(item.kind, outcome)
            return
        if outcome is not ItemOutcome.CHANGED or row is None:
            state.report.change(item.kind, item.ref, outcome)
            return
        values = self._values(item)
        before = {name: getattr(row, name) for name in values}
        fields = changed_fields(
            {
                name: (_shown(before[name]), _shown(value))
                for name, value in {**values}.items()
                if name != "title_search"
            }
        )
        state.report.change(item.kind, item.ref, outcome, fields)
        if state.is_trial:
            return
        for name, value in values.items():
            setattr(row, name, value)
        row.deleted_at = None
        row.updated_at = state.time(content["updated_at"], row.updated_at)
        self._set_services(row.id or 0, content)
        self._set_occurrences(row, content)
        parts = self._set_updates(row.id or 0, content, dict(known.parts or {}))
        insert_paths(state, item.kind, [item], [row.id or 0])
        state.renew(item, known, parts)
        state.ctx.touch()


def _shown(value: object) -> object:
    return source_text(value) if isinstance(value, Text) else value
