"""Kener: its SQLite database, of version 3 or 4.

Source: rajnandan1/kener, migrations and src/lib/server/db. Only named columns are read: the others
hold codes of confirmation, keys and addresses of notifications. Of the settings of a monitor only
the address is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.validation import is_slug
from app.importing.broken_items import read_or_skip
from app.importing.incidents import BEGAN, SourceIncident, SourceUpdate, incident_items
from app.importing.items import target_items, uptime_item
from app.importing.kener.kener_data import KenerPage, json_of, load_kener, stamp, translated
from app.importing.kener.kener_minutes import MinuteStatuses
from app.importing.kener.kener_subscribers import kener_subscribers
from app.importing.kener.kener_windows import kener_window
from app.importing.maintenances import SourceMaintenance, SourceWindowUpdate, maintenance_items
from app.importing.texts import clean_name, clean_title, clean_titles, html_to_line
from app.importing.times import parse_unix_time, rfc3339
from app.importing.values import int_of, text_at
from app.ports.importer import (
    ImportItem,
    ImportTools,
    ItemKind,
    ReadOptions,
    ReportEntry,
    Row,
    SourceTable,
)

__all__ = ["read"]

_STATES = {
    "INVESTIGATING": IncidentStatus.INVESTIGATING,
    "IDENTIFIED": IncidentStatus.IDENTIFIED,
    "MONITORING": IncidentStatus.MONITORING,
    "RESOLVED": IncidentStatus.RESOLVED,
}
_IMPACTS = {
    "DOWN": ServiceStatus.MAJOR_OUTAGE,
    "DEGRADED": ServiceStatus.DEGRADED_PERFORMANCE,
    "MAINTENANCE": ServiceStatus.UNDER_MAINTENANCE,
    "UP": ServiceStatus.OPERATIONAL,
}
# The default of the column is ACTIVE; the program writes OPEN.
_SHOWN = frozenset({"OPEN", "ACTIVE"})
# Sums of the statuses in quarters of an hour.
_QUARTERS = "monitoring_data_bucket"
_ACTIVE, _CANCELLED, _MAINTENANCE, _LOCAL = "ACTIVE", "CANCELLED", "MAINTENANCE", "NO"


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a page."""
    database = tools.sqlite()
    page = load_kener(database, options)
    reader = _KenerReader(database, options, page)
    yield from reader.head()
    yield from reader.services()
    yield from reader.incidents()
    yield from reader.maintenances()
    yield from kener_subscribers(database, page)
    yield from reader.uptime()
    yield from reader.lost_quarters()
    if options.targets:
        yield from reader.targets()
    yield ReportEntry("lost.theme")


@dataclass
class _KenerReader:
    database: SourceTable
    options: ReadOptions
    page: KenerPage

    def __post_init__(self) -> None:
        rows = self.database.rows("monitoring_data", ["monitor_tag", "timestamp", "status"])
        self._minutes = MinuteStatuses(rows, self.page.monitors.keys())

    # -- page and services ---------------------------------------------------------

    def head(self) -> Iterator[ImportItem | ReportEntry]:
        """The source and the settings of the page."""
        page = self.page
        name = clean_title(page.name).text
        source = {"kind": "kener", "instance": page.instance, "name": name}
        content: dict[str, Any] = {"name": name} if name else {}
        if page.language:
            source["language"] = content["default_language"] = page.language
        if page.zone is not None:
            content["time_zone"] = page.zone.key
        yield ImportItem(ItemKind.SOURCE, source, "site_data")
        yield ImportItem(ItemKind.PAGE, content, "site_data")
        yield from page.findings

    def services(self) -> Iterator[ImportItem | ReportEntry]:
        """The groups and services, in the order of the page."""
        page = self.page
        used = dict.fromkeys(page.groups[tag] for tag in page.monitors if tag in page.groups)
        known = [name for name in page.group_order if name in used]
        for name in dict.fromkeys([*known, *used]):
            content = {"ref": name, "name": clean_name(name, "–")}
            yield ImportItem(ItemKind.GROUP, content, f"category {name}")
        for tag, code in sorted(page.skipped.items()):
            yield ReportEntry(code, f"monitor:{tag}")
        for tag, row in page.monitors.items():
            yield self._service(tag, row)

    def _service(self, tag: str, row: Row) -> ImportItem:
        name = clean_titles(translated(row, "name", self.page.language)).text
        content: dict[str, Any] = {"ref": tag, "name": name or tag}
        if is_slug(tag):
            content["slug"] = tag
        if tag in self.page.groups:
            content["group"] = self.page.groups[tag]
        if tag in self.page.hidden:
            content["hidden"] = True
        description = html_to_line(str(row["description"] or ""))
        if description:
            content["description"] = description[:2000]
        first = self._minutes.first(tag)
        if first is not None:
            content["known_since"] = rfc3339(min(first, self.options.now))
            content["known_since_exact"] = True
        created = stamp(row["created_at"])
        if created is not None:
            content["created_at"] = rfc3339(min(created, self.options.now))
        return ImportItem(ItemKind.SERVICE, content, f"monitor:{tag}")

    # -- incidents -----------------------------------------------------------------

    def incidents(self) -> Iterator[ImportItem | ReportEntry]:
        """The incidents, and the maintenances that version 3 keeps among them."""
        columns = ["id", "title", "start_date_time", "end_date_time", "status", "state"]
        optional = ["incident_type", "is_global", "created_at", "updated_at", "translations"]
        comments, impacts = self._comments(), self._impacts("incident_monitors", "incident_id")
        for row in self.database.rows("incidents", columns, optional=optional):
            ref, named = f"incident:{row['id']}", impacts.get(row["id"], {})
            code = self._left_out(row, named)
            if code is not None:
                yield ReportEntry(code, ref)
                continue
            shown = {tag: each for tag, each in named.items() if tag in self.page.monitors}
            said = comments.get(row["id"], [])
            for each in said:
                if each["status"] != _ACTIVE:
                    yield ReportEntry("skipped.deleted", f"comment:{each['id']}")
            active = [each for each in said if each["status"] == _ACTIVE]
            make = self._old_maintenance if row["incident_type"] == _MAINTENANCE else self._incident
            yield from read_or_skip(partial(make, row, active, shown), ref, self.options)

    def _left_out(self, row: Row, named: Mapping[str, object]) -> str | None:
        """The code of an incident that the page does not show; None for one that it shows."""
        if row["status"] not in _SHOWN:
            return "skipped.deleted"
        # An incident that is not global is shown with its monitors only.
        if row["is_global"] != _LOCAL or named.keys() & self.page.monitors.keys():
            return None
        codes = {self.page.skipped.get(tag, "") for tag in named}
        if "skipped.other_page" in codes:
            return "skipped.other_page"
        return None if self.options.with_hidden else "skipped.hidden"

    def _comments(self) -> dict[int, list[Row]]:
        columns = ["id", "comment", "incident_id", "commented_at", "status", "state"]
        found: dict[int, list[Row]] = {}
        for row in self.database.rows(
            "incident_comments", columns, optional=["created_at", "translations"]
        ):
            found.setdefault(row["incident_id"], []).append(row)
        return found

    def _impacts(self, table: str, column: str) -> dict[int, dict[str, object]]:
        """The monitors that each thing names, with the impact on each."""
        found: dict[int, dict[str, object]] = {}
        columns = [column, "monitor_tag"]
        for row in self.database.rows(table, columns, optional=["monitor_impact"]):
            found.setdefault(row[column], {})[str(row["monitor_tag"])] = row["monitor_impact"]
        return found

    def _incident(
        self, row: Row, comments: Sequence[Row], named: Mapping[str, object]
    ) -> Iterator[ImportItem | ReportEntry]:
        ref = f"incident:{row['id']}"
        start = _time(row, "start_date_time", ref)
        end = None if row["end_date_time"] is None else _time(row, "end_date_time", ref)
        updates = [self._update(each, ref) for each in comments]
        if any(each["state"] not in _STATES for each in comments):
            yield ReportEntry("guessed.status", ref)
        first = min(updates, key=lambda each: each.at, default=None)
        if first is not None and first.status is IncidentStatus.RESOLVED and first.at > start:
            # Without comments before the end, the failure would have no length.
            began = SourceUpdate("began", start, IncidentStatus.INVESTIGATING, None, code=BEGAN)
            updates.insert(0, began)
        is_over = row["state"] == "RESOLVED" or (end is not None and end <= self.options.now)
        yield from incident_items(
            SourceIncident(
                ref=ref,
                title=translated(row, "title", self.page.language),
                started_at=start,
                updates=updates,
                services=list(named),
                statuses={
                    tag: _IMPACTS[str(impact)]
                    for tag, impact in named.items()
                    if str(impact) in _IMPACTS
                },
                ended_at=(end or start) if is_over else None,
                created_at=stamp(row["created_at"]),
                updated_at=stamp(row["updated_at"]),
                former_paths=[f"/incidents/{row['id']}", f"/view/events/incident-{row['id']}"],
            ),
            now=self.options.now,
            place=ref,
            keep_open=self.options.keep_open,
        )

    def _update(self, row: Row, ref: str) -> SourceUpdate:
        place = f"{ref}: comment:{row['id']}"
        return SourceUpdate(
            f"comment:{row['id']}",
            _time(row, "commented_at", place),
            _STATES.get(str(row["state"])),
            translated(row, "comment", self.page.language),
            typed_at=stamp(row["created_at"]),
        )

    def _old_maintenance(
        self, row: Row, comments: Sequence[Row], named: Mapping[str, object]
    ) -> Iterator[ImportItem | ReportEntry]:
        """A maintenance of version 3, whose first comment is its text."""
        ref = f"incident:{row['id']}"
        start = _time(row, "start_date_time", ref)
        end = None if row["end_date_time"] is None else _time(row, "end_date_time", ref)
        said = sorted((self._update(each, ref) for each in comments), key=lambda each: each.at)
        updates = [
            SourceWindowUpdate(each.ref, each.at, _window_status(each.at, start, end), each.body)
            for each in said
        ]
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=translated(row, "title", self.page.language),
                body=updates.pop(0).body if updates else "",
                starts_at=start,
                ends_at=end if end is not None and end > start else None,
                services=list(named),
                updates=updates,
                created_at=stamp(row["created_at"]),
                former_paths=[f"/view/events/maintenance-{row['id']}"],
            ),
            now=self.options.now,
            place=ref,
        )

    # -- maintenances --------------------------------------------------------------

    def maintenances(self) -> Iterator[ImportItem | ReportEntry]:
        """The maintenances of version 4: a rule each, and the windows that were made of it."""
        if "maintenances" not in self.database.tables():
            return
        columns = ["id", "title", "description", "start_date_time", "rrule", "duration_seconds"]
        optional = ["status", "is_global", "created_at", "updated_at", "translations"]
        named = self._impacts("maintenance_monitors", "maintenance_id")
        events: dict[int, list[Row]] = {}
        event_columns = ["id", "maintenance_id", "start_date_time", "end_date_time", "status"]
        for each in self.database.rows(
            "maintenances_events", event_columns, optional=["updated_at"]
        ):
            events.setdefault(each["maintenance_id"], []).append(each)
        for row in self.database.rows("maintenances", columns, optional=optional):
            ref, tags = f"maintenance:{row['id']}", named.get(row["id"], {})
            code = "skipped.inactive" if row["status"] != _ACTIVE else None
            code = code or self._left_out({**row, "status": "OPEN"}, tags)
            if code is not None:
                yield ReportEntry(code, ref)
                continue
            shown = [tag for tag in tags if tag in self.page.monitors]
            own = events.get(row["id"], [])
            yield from read_or_skip(partial(self._maintenance, row, shown, own), ref, self.options)

    def _maintenance(
        self, row: Row, services: Sequence[str], events: Sequence[Row]
    ) -> Iterator[ImportItem | ReportEntry]:
        ref = f"maintenance:{row['id']}"
        seconds = row["duration_seconds"]
        if not isinstance(seconds, int) or not 0 < seconds <= timedelta(days=366).total_seconds():
            raise InvalidError(f"{ref} is a window of no length.", field=ref)
        starts = [(_time(each, "start_date_time", ref), each) for each in events]
        window = kener_window(
            str(row["rrule"] or ""),
            _time(row, "start_date_time", ref),
            timedelta(seconds=seconds),
            sorted(at for at, each in starts if each["status"] == _CANCELLED),
            zone=self.page.zone,
            now=self.options.now,
        )
        if window.is_lost:
            yield ReportEntry("lost.recurrence", ref)
        start, end, cancelled_at = window.starts_at, window.ends_at, None
        if window.recurrence is None and starts:
            start, event = min(starts, key=lambda pair: pair[0])
            end = max(_time(event, "end_date_time", ref), start + timedelta(seconds=1))
            if event["status"] == _CANCELLED:
                cancelled_at = stamp(event["updated_at"]) or min(start, self.options.now)
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=translated(row, "title", self.page.language),
                body=translated(row, "description", self.page.language),
                starts_at=start,
                ends_at=end,
                services=services,
                recurrence=window.recurrence,
                cancelled_at=cancelled_at,
                created_at=stamp(row["created_at"]),
                updated_at=stamp(row["updated_at"]),
                # The page of a window has the id of the window.
                former_paths=[f"/maintenances/{each['id']}" for each in events][:20],
            ),
            now=self.options.now,
            place=ref,
        )

    # -- uptime and targets --------------------------------------------------------

    def uptime(self) -> Iterator[ImportItem | ReportEntry]:
        """The failures that the minutes of each monitor show."""
        for tag in self.page.monitors:
            for each in self._minutes.failures(tag, self.options.now):
                if each.is_guessed:
                    yield ReportEntry("guessed.end", f"monitor:{tag}")
                yield uptime_item(
                    tag, each.status, each.starts_at, each.ends_at, place=f"monitor:{tag}"
                )

    def lost_quarters(self) -> Iterator[ReportEntry]:
        """Report failures before the first minute, of which only sums are left."""
        if _QUARTERS not in self.database.tables():
            return
        columns = ["monitor_tag", "bucket_ts", "count_of_down", "count_of_degraded"]
        lost = set()
        for row in self.database.rows(_QUARTERS, columns):
            tag = row["monitor_tag"]
            failed = int_of(row["count_of_down"]) + int_of(row["count_of_degraded"])
            if tag in self.page.monitors and failed > 0:
                start = parse_unix_time(row["bucket_ts"], place=f"{_QUARTERS} of monitor:{tag}")
                first = self._minutes.first(tag)
                if first is None or start + timedelta(minutes=15) <= first:
                    lost.add(tag)
        for tag in sorted(lost):
            yield ReportEntry("lost.statuses", f"monitor:{tag}")

    def targets(self) -> Iterator[ImportItem | ReportEntry]:
        """The addresses of monitors whose certificate is checked."""
        for tag, row in self.page.monitors.items():
            ref = f"monitor:{tag}"
            is_paused = row["status"] != _ACTIVE
            for each in target_items(_address(row), tag, about=ref, place=ref):
                if is_paused and isinstance(each, ImportItem):
                    yield ReportEntry("skipped.paused", ref)
                else:
                    yield each


def _address(monitor: Row) -> str:
    """The URL of a monitor for HTTP or certificates; empty for any other."""
    settings = json_of(monitor["type_data"])
    if not isinstance(settings, dict) or settings.get("allowSelfSignedCert") is True:
        return ""
    if monitor["monitor_type"] == "API":
        return text_at(settings, "url").strip()
    if monitor["monitor_type"] != "SSL" or not text_at(settings, "host"):
        return ""
    return f"tls://{text_at(settings, 'host').strip()}:{settings.get('port') or 443}"


def _window_status(at: datetime, start: datetime, end: datetime | None) -> MaintenanceStatus:
    if at < start:
        return MaintenanceStatus.SCHEDULED
    is_done = end is not None and at >= end
    return MaintenanceStatus.COMPLETED if is_done else MaintenanceStatus.IN_PROGRESS


def _time(row: Row, name: str, place: str) -> datetime:
    return parse_unix_time(row[name], place=f"{place}: {name}")
