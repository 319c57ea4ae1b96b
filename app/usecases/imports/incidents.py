"""Import of incidents with their updates, postmortems and former texts, many in few statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col

from app.db.queries.imports import imports
from app.db.tables import (
    FormerPathRow,
    FormerTextRow,
    IncidentRow,
    IncidentUpdateRow,
    PostmortemRow,
    UpdateServiceRow,
)
from app.db.text_json import text_from_json
from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.ports.importer import ItemKind
from app.usecases.context import new_id
from app.usecases.imports.prepared import Prepared, digest_of
from app.usecases.imports.report import FieldChange, ItemOutcome
from app.usecases.imports.state import ImportState, Known, changed_fields, stored_time

__all__ = ["IncidentWriter"]

_RESOLVED = IncidentStatus.RESOLVED.value


@dataclass
class _Rows:
    """Rows of updates to be inserted, with what depends on their ids."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Mapping[str, Any]] = field(default_factory=list)


class IncidentWriter:
    """Writes incidents in chunks."""

    def __init__(self, state: ImportState) -> None:
        self._state = state
        self._former = self._former_imports() if state.source.adds_only else frozenset()

    def write(self, items: Sequence[Prepared]) -> None:
        """Import a chunk of incidents, all of which are checked."""
        new: list[Prepared] = []
        for item in items:
            known = self._state.known(item)
            if known is None and self._is_here_already(item):
                self._state.report.note(item.kind, ItemOutcome.UNCHANGED)
            elif known is None:
                self._state.report.note(item.kind, ItemOutcome.NEW)
                new.append(item)
            else:
                self._write_known(item, known)
        if new and not self._state.is_trial:
            self._insert(new)

    # -- new -----------------------------------------------------------------------

    def _insert(self, items: Sequence[Prepared]) -> None:
        state, session = self._state, self._state.ctx.session
        taken = imports.public_ids_among(session, IncidentRow, _ids(items))
        rows = [self._incident(item, taken) for item in items]
        numbers = imports.insert_with_ids(session, IncidentRow, rows)
        found = _Rows()
        for item, number in zip(items, numbers, strict=True):
            found.sources += item.content["updates"]
            found.updates += [self._update(number, each) for each in item.content["updates"]]
        update_ids = iter(self._insert_updates(found))
        refs: list[tuple[Prepared, int, dict[str, Any] | None]] = []
        for item, number in zip(items, numbers, strict=True):
            parts = {
                each["ref"]: [next(update_ids), _part(each)] for each in item.content["updates"]
            }
            refs.append((item, number, parts))
        self._insert_postmortems(items, numbers)
        self._insert_paths(items, numbers)
        state.remember_all(refs)
        state.ctx.touch()

    def _incident(self, item: Prepared, taken: set[str]) -> dict[str, Any]:
        state, content = self._state, item.content
        times = _times(content)
        wanted = content["id"]
        public_id = wanted if wanted and wanted not in taken else new_id()
        taken.add(public_id)
        last = content["updates"][-1]
        created = state.time(content["created_at"], times.started_at)
        return {
            "public_id": public_id,
            "title": text_from_json(content["title"]),
            "title_search": content["search"],
            "owner": Owner.STAFF.value,
            "impact_override": content["impact"],
            "is_open": last["status"] != _RESOLVED,
            "started_at": times.started_at,
            "stated_start_at": times.stated_at,
            "resolved_at": times.resolved_at,
            "created_at": created,
            "updated_at": state.time(content["updated_at"], max(created, times.last_at)),
            "published_at": None if content["draft"] else created,
        }

    def _update(self, incident_id: int, each: Mapping[str, Any]) -> dict[str, Any]:
        at = datetime.fromisoformat(each["at"])
        former = each["former"]
        return {
            "public_id": each["id"],
            "incident_id": incident_id,
            "status": each["status"],
            "body": text_from_json(each["body"]),
            "posted_at": at,
            "created_at": at
            if each["created_at"] is None
            else self._state.time(each["created_at"]),
            "edited_at": datetime.fromisoformat(former[-1][0]) if former else None,
            "next_update_at": _promised_at(each),
            "automatic": False,
            "notify": False,
        }

    def _insert_updates(self, found: _Rows) -> list[int]:
        """Insert updates with their services and former texts; their ids."""
        session = self._state.ctx.session
        wanted = [each["public_id"] for each in found.updates if each["public_id"]]
        taken = imports.public_ids_among(session, IncidentUpdateRow, wanted)
        for each in found.updates:
            if not each["public_id"] or each["public_id"] in taken:
                each["public_id"] = new_id()
            taken.add(each["public_id"])
        numbers = imports.insert_with_ids(session, IncidentUpdateRow, found.updates)
        statuses, former = [], []
        for number, source in zip(numbers, found.sources, strict=True):
            for ref, status in source["services"].items():
                service = self._state.service_ids[ref]
                self._state.touched.add(service)
                statuses.append({"update_id": number, "service_id": service, "status": status})
            former += [
                {
                    "subject": "update",
                    "subject_id": number,
                    "body": text_from_json(body),
                    "replaced_at": datetime.fromisoformat(at),
                    "replaced_by": "import",
                }
                for at, body in source["former"]
            ]
        imports.insert_all(session, UpdateServiceRow, statuses)
        imports.insert_all(session, FormerTextRow, former)
        return numbers

    def _insert_postmortems(self, items: Sequence[Prepared], numbers: Sequence[int]) -> None:
        rows = [
            self._postmortem(number, item.content)
            for item, number in zip(items, numbers, strict=True)
            if item.content["postmortem"] is not None
        ]
        imports.insert_all(self._state.ctx.session, PostmortemRow, rows)

    def _postmortem(self, incident_id: int, content: Mapping[str, Any]) -> dict[str, Any]:
        postmortem = content["postmortem"]
        end = datetime.fromisoformat(content["updates"][-1]["at"])
        published = self._state.time(postmortem["published_at"], end)
        return {
            "incident_id": incident_id,
            "body": text_from_json(postmortem["body"]),
            "created_at": published,
            "published_at": None if postmortem["draft"] else published,
            "notify": False,
        }

    def _insert_paths(self, items: Sequence[Prepared], numbers: Sequence[int]) -> None:
        insert_paths(self._state, ItemKind.INCIDENT, items, numbers)

    # -- known ---------------------------------------------------------------------

    def _write_known(self, item: Prepared, known: Known) -> None:
        state = self._state
        row = None
        if known.digest != item.digest or not state.is_present(item.kind, known):
            row = state.ctx.session.get(IncidentRow, known.subject_id)
        outcome = state.outcome(item, known, row.public_id if row else "")
        if outcome is ItemOutcome.UNCHANGED:
            state.report.note(item.kind, outcome)
        elif outcome is not ItemOutcome.CHANGED or row is None:
            state.report.change(item.kind, item.ref, outcome)
        else:
            state.report.change(item.kind, item.ref, outcome, self._changes(item, row, known))
            if not state.is_trial:
                self._change(item, row, known)

    def _changes(self, item: Prepared, row: IncidentRow, known: Known) -> tuple[FieldChange, ...]:
        content, times = item.content, _times(item.content)
        before = len(known.parts or {})
        return changed_fields(
            {
                "title": (source_text(row.title), source_text(text_from_json(content["title"]))),
                "impact": (row.impact_override, content["impact"]),
                "started_at": (row.started_at, times.started_at),
                "resolved_at": (row.resolved_at, times.resolved_at),
                "updates": (before, max(before, len(content["updates"]))),
                "deleted": (row.deleted_at is not None, False),
            }
        )

    def _change(self, item: Prepared, row: IncidentRow, known: Known) -> None:
        state, content, session = self._state, item.content, self._state.ctx.session
        number = row.id or 0
        parts: dict[str, Any] = dict(known.parts or {})
        added = _Rows()
        for each in content["updates"]:
            stored_id, digest = parts.get(each["ref"], (None, ""))
            if stored_id is None:
                added.sources.append(each)
                added.updates.append(self._update(number, each))
            elif digest != _part(each):
                self._change_update(stored_id, each)
                parts[each["ref"]] = [stored_id, _part(each)]
        ids = self._insert_updates(added)
        for each, update_id in zip(added.sources, ids, strict=True):
            parts[each["ref"]] = [update_id, _part(each)]
        session.execute(delete(PostmortemRow).where(col(PostmortemRow.incident_id) == number))
        if content["postmortem"] is not None:
            imports.insert_all(session, PostmortemRow, [self._postmortem(number, content)])
        times = _times(content)
        row.title, row.title_search = text_from_json(content["title"]), content["search"]
        row.impact_override = content["impact"]
        row.started_at, row.stated_start_at = times.started_at, times.stated_at
        row.resolved_at, row.is_open = times.resolved_at, times.resolved_at is None
        row.updated_at = state.time(content["updated_at"], max(row.created_at, times.last_at))
        row.deleted_at = None
        insert_paths(state, ItemKind.INCIDENT, [item], [number])
        # It may have named other services before.
        state.touched.update(state.service_ids.values())
        state.renew(item, known, parts)
        state.ctx.touch()

    def _change_update(self, update_id: int, each: Mapping[str, Any]) -> None:
        session = self._state.ctx.session
        row = session.get(IncidentUpdateRow, update_id)
        if row is None:
            return
        row.status, row.body = each["status"], text_from_json(each["body"])
        row.posted_at, row.removed_at = datetime.fromisoformat(each["at"]), None
        row.next_update_at = _promised_at(each)
        services = delete(UpdateServiceRow).where(col(UpdateServiceRow.update_id) == update_id)
        session.execute(services)
        imports.insert_all(
            session,
            UpdateServiceRow,
            [
                {
                    "update_id": update_id,
                    "service_id": self._state.service_ids[ref],
                    "status": status,
                }
                for ref, status in each["services"].items()
            ],
        )

    # -- first version of documents ------------------------------------------------

    def _former_imports(self) -> frozenset[str]:
        """The keys of what was imported before, and of all titles with their starts."""
        found: set[str] = set()
        for key, title, started_at in imports.stored_incidents(self._state.ctx.session):
            if key is not None:
                found.add(key)
            if title is not None:
                found.add(f"{source_text(title)}\n{started_at.isoformat()}")
        return frozenset(found)

    def _is_here_already(self, item: Prepared) -> bool:
        """Whether a document of the first version describes an incident that is here already."""
        if not self._former:
            return False
        title = source_text(text_from_json(item.content["title"]))
        started = _times(item.content).started_at.isoformat()
        return item.ref in self._former or f"{title}\n{started}" in self._former


@dataclass(frozen=True, slots=True)
class _Times:
    started_at: datetime
    stated_at: datetime | None
    resolved_at: datetime | None
    last_at: datetime


def _times(content: Mapping[str, Any]) -> _Times:
    """The times of an incident that follow from its updates, which are in order."""
    updates = content["updates"]
    first = datetime.fromisoformat(updates[0]["at"])
    stated_at = stored_time(content["started_at"])
    resolved = None
    for each in updates:
        if each["status"] != _RESOLVED:
            resolved = None
        elif resolved is None:
            resolved = each["at"]
    return _Times(
        started_at=first if stated_at is None else min(stated_at, first),
        stated_at=None if stated_at == first else stated_at,
        resolved_at=stored_time(resolved),
        last_at=datetime.fromisoformat(updates[-1]["at"]),
    )


def _ids(items: Sequence[Prepared]) -> list[str]:
    return [item.content["id"] for item in items if item.content["id"]]


def _promised_at(update: Mapping[str, Any]) -> datetime | None:
    """When an update promises the next one; None in spool files of former releases too."""
    return stored_time(update.get("next_update_at"))


def _part(update: Mapping[str, Any]) -> str:
    """Identifies what was read of an update."""
    values = [update[name] for name in ("status", "body", "at", "services", "former")]
    promised = update.get("next_update_at")
    return digest_of(values if promised is None else [*values, promised])


def source_text(text: Text) -> str:
    """The text in its source language; the codes of phrases."""
    if isinstance(text, LocalizedText):
        return text.translations[text.source].text
    return " ".join(each.code for each in text.phrases)


def insert_paths(
    state: ImportState, kind: ItemKind, items: Sequence[Prepared], numbers: Sequence[int]
) -> None:
    """Store the former paths that are not taken."""
    wanted: Iterator[tuple[str, int]] = (
        (path, number)
        for item, number in zip(items, numbers, strict=True)
        for path in item.content["paths"]
    )
    found = dict(wanted)
    taken = imports.taken_paths(state.ctx.session, list(found))
    rows = [
        {"path": path, "subject": kind.value, "subject_id": number}
        for path, number in found.items()
        if path not in taken
    ]
    imports.insert_all(state.ctx.session, FormerPathRow, rows)
