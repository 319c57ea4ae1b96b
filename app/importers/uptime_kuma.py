"""Uptime Kuma: its database `kuma.db` of 1.23 and 2.x, or the JSON of a public status page.

Source: louislam/uptime-kuma, db/knex_migrations and server/model. Of monitors only named columns
are read: the others hold passwords, tokens and certificates.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.importing.broken_items import read_or_skip
from app.importing.errors import UnsuitableSourceError
from app.importing.incidents import SourceIncident, SourceUpdate, incident_items
from app.importing.items import target_items, uptime_item
from app.importing.kinds.kuma_windows import kuma_window
from app.importing.maintenances import SourceMaintenance, maintenance_items
from app.importing.page_choice import SourcePage, chosen_page
from app.importing.texts import clean_name, clean_title, html_to_line
from app.importing.times import parse_time, parse_unix_time, rfc3339, zone_of_name
from app.importing.values import int_of, objects_in, scalars_of
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

_IMPACTS = {"danger": Impact.MAJOR, "warning": Impact.MINOR}
_DOWN = 0
_DAYS = "stat_daily"
_URLS = frozenset({"http", "keyword", "json-query", "real-browser"})
_STARTTLS = frozenset({"smtp"})
_CURSOR = re.compile(r"[0-9T:. Z-]{8,40}")


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a status page."""
    if tools.source.startswith(("http://", "https://")):
        yield from _from_page(tools, options)
    else:
        yield from _from_database(tools.sqlite(), options)


# -- database ----------------------------------------------------------------------------------


def _from_database(
    database: SourceTable, options: ReadOptions
) -> Iterator[ImportItem | ReportEntry]:
    pages = list(
        database.rows("status_page", ["id", "slug", "title", "published"], optional=["description"])
    )
    page = chosen_page([_source_page(each) for each in pages], options)
    for each in pages:
        if each["published"] != 1 and each is not page:
            yield ReportEntry("skipped.hidden", f"status_page:{each['id']}")
    zone = _server_zone(database, options)
    yield from _head(page["slug"], page["title"], zone)
    reader = _Kuma(database, options, page["id"])
    yield from reader.services()
    yield from reader.incidents()
    yield from reader.maintenances(zone)
    yield from reader.uptime()
    yield from reader.lost_days()
    if options.targets:
        yield from reader.targets()
    yield ReportEntry("lost.theme")


def _source_page(row: Row) -> SourcePage:
    names = (str(row["slug"]), str(row["title"]))
    return SourcePage(row, *names, names, is_hidden=row["published"] != 1)


def _server_zone(database: SourceTable, options: ReadOptions) -> ZoneInfo | None:
    """The zone of the server: its setting is a JSON string. The option counts without one."""
    for row in database.rows("setting", ["key", "value"]):
        if row["key"] != "serverTimezone":
            continue
        try:
            value = json.loads(str(row["value"]))
        except ValueError:
            value = row["value"]
        found, _ = zone_of_name(value)
        if found is not None:
            return found
    return zone_of_name(options.time_zone)[0]


def _head(slug: str, title: str, zone: ZoneInfo | None) -> Iterator[ImportItem]:
    name = clean_title(title or slug).text
    source = {"kind": "uptime-kuma", "instance": slug, "name": name}
    yield ImportItem(ItemKind.SOURCE, source, "status_page")
    content: dict[str, Any] = {"name": name}
    if zone is not None:
        content["time_zone"] = zone.key
    yield ImportItem(ItemKind.PAGE, content, "status_page")


@dataclass
class _Beats:
    """What the heartbeats of a monitor say: the first, the last, and changes of its status."""

    first: datetime
    last: datetime
    changes: list[tuple[datetime, int]] = field(default_factory=list)


class _Kuma:
    """Reads one page of the database."""

    def __init__(self, database: SourceTable, options: ReadOptions, page: int) -> None:
        self._database = database
        self._options = options
        self._page = page
        columns = ["id", "name", "type", "url", "hostname", "port", "active", "created_date"]
        optional = ["description", "ignore_tls"]
        rows = database.rows("monitor", columns, optional=optional)
        self._monitors = {row["id"]: row for row in rows}
        self._groups, self._hidden = self._read_groups()
        self._placed: dict[int, str] = {}
        self._twice: list[int] = []
        # Monitors of groups that the page does not show to everybody.
        self._restricted: set[int] = set()
        self._place()
        self._beats = self._read_beats()

    def _read_groups(self) -> tuple[list[Row], list[Row]]:
        rows = self._database.rows("group", ["id", "name", "public", "weight", "status_page_id"])
        of_page = [row for row in rows if row["status_page_id"] == self._page]
        of_page.sort(key=lambda row: (int_of(row["weight"]), row["id"]))
        shown = [row for row in of_page if row["public"] == 1 or self._options.with_hidden]
        return shown, [row for row in of_page if row not in shown]

    def _place(self) -> None:
        """The group of each monitor: the first one that it is in."""
        rows = list(self._database.rows("monitor_group", ["monitor_id", "group_id", "weight"]))
        rows.sort(key=lambda row: int_of(row["weight"]))
        for group in self._groups:
            for row in rows:
                number = row["monitor_id"]
                if row["group_id"] != group["id"] or number not in self._monitors:
                    continue
                if number in self._placed:
                    self._twice.append(number)
                else:
                    self._placed[number] = _group_ref(group)
                    if group["public"] != 1:
                        self._restricted.add(number)

    def _read_beats(self) -> dict[int, _Beats]:
        found: dict[int, _Beats] = {}
        for row in self._database.rows("heartbeat", ["monitor_id", "important", "status", "time"]):
            number = row["monitor_id"]
            if number not in self._placed:
                continue
            at, _ = parse_time(row["time"], place=f"heartbeat of monitor:{number}", zone=UTC)
            beats = found.setdefault(number, _Beats(at, at))
            beats.first, beats.last = min(beats.first, at), max(beats.last, at)
            if row["important"] == 1:
                beats.changes.append((at, row["status"]))
        return found

    def services(self) -> Iterator[ImportItem | ReportEntry]:
        for group in self._hidden:
            yield ReportEntry("skipped.hidden", f"group:{group['id']}")
        for group in self._groups:
            ref = _group_ref(group)
            if ref and ref in self._placed.values():
                name = clean_name(str(group["name"]), ref)
                yield ImportItem(ItemKind.GROUP, {"ref": ref, "name": name}, ref)
        for number in dict.fromkeys(self._twice):
            yield ReportEntry("fixed.second_group", f"monitor:{number}")
        for number, group_ref in self._placed.items():
            yield self._service(number, group_ref)

    def _service(self, number: int, group: str) -> ImportItem:
        row, ref = self._monitors[number], f"monitor:{number}"
        content: dict[str, Any] = {"ref": ref, "name": clean_name(str(row["name"] or ""), ref)}
        if group:
            content["group"] = group
        if number in self._restricted:
            content["hidden"] = True
        description = html_to_line(str(row["description"] or ""))
        if description:
            content["description"] = description[:2000]
        if number in self._beats:
            content["known_since"] = rfc3339(self._beats[number].first)
        return ImportItem(ItemKind.SERVICE, content, ref)

    def incidents(self) -> Iterator[ImportItem | ReportEntry]:
        columns = ["id", "title", "content", "style", "created_date", "pin"]
        optional = ["active", "last_updated_date", "status_page_id"]
        for row in self._database.rows("incident", columns, optional=optional):
            if row["status_page_id"] is None:
                yield ReportEntry("skipped.no_page", f"incident:{row['id']}")
            elif row["status_page_id"] == self._page:
                yield from _incident(row, self._options)

    # -- maintenances --------------------------------------------------------------

    def maintenances(self, server: ZoneInfo | None) -> Iterator[ImportItem | ReportEntry]:
        columns = ["id", "title", "description", "active", "strategy", "start_date", "end_date"]
        optional = [
            *("start_time", "end_time", "weekdays", "days_of_month", "interval_day"),
            *("timezone", "duration", "last_start_date"),
        ]
        pages = list(
            self._database.rows("maintenance_status_page", ["status_page_id", "maintenance_id"])
        )
        mine = {row["maintenance_id"] for row in pages if row["status_page_id"] == self._page}
        named: dict[int, list[str]] = {}
        for row in self._database.rows("monitor_maintenance", ["monitor_id", "maintenance_id"]):
            if row["monitor_id"] in self._placed:
                refs = named.setdefault(row["maintenance_id"], [])
                refs.append(f"monitor:{row['monitor_id']}")
        elsewhere = {row["maintenance_id"] for row in pages} - mine
        for row in self._database.rows("maintenance", columns, optional=optional):
            ref = f"maintenance:{row['id']}"
            if row["id"] in elsewhere:
                continue
            if row["id"] not in mine:
                yield ReportEntry("skipped.no_page", ref)
            elif row["active"] != 1:
                yield ReportEntry("skipped.inactive", ref)
            else:
                services = named.get(row["id"], [])
                yield from read_or_skip(
                    partial(self._maintenance, row, services, server), ref, self._options
                )

    def _maintenance(
        self, row: Row, services: list[str], server: ZoneInfo | None
    ) -> Iterator[ImportItem | ReportEntry]:
        ref = f"maintenance:{row['id']}"
        zone = zone_of_name(row["timezone"])[0] or server
        window = kuma_window(row, zone, self._options.now, ref, server)
        if window is None or window.is_lost:
            yield ReportEntry("lost.recurrence", ref)
        if window is None:
            return
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=str(row["title"] or ""),
                body=str(row["description"] or ""),
                starts_at=window.starts_at,
                ends_at=window.ends_at,
                services=services,
                recurrence=window.recurrence,
            ),
            now=self._options.now,
            place=ref,
        )

    # -- uptime and targets --------------------------------------------------------

    def uptime(self) -> Iterator[ImportItem | ReportEntry]:
        """The intervals from a change to down until the next change."""
        for number, beats in self._beats.items():
            ref = f"monitor:{number}"
            changes = _changes(beats)
            for position, (at, status) in enumerate(changes):
                if status != _DOWN:
                    continue
                if position + 1 < len(changes):
                    end = changes[position + 1][0]
                else:
                    end = beats.last
                    yield ReportEntry("guessed.end", ref)
                end = max(min(end, self._options.now), at + timedelta(seconds=1))
                yield uptime_item(ref, ServiceStatus.MAJOR_OUTAGE, at, end, place=ref)

    def lost_days(self) -> Iterator[ReportEntry]:
        """Report failures of days before the first heartbeat: version 2 has only their sums."""
        if _DAYS not in self._database.tables():
            return
        lost = set()
        for row in self._database.rows(_DAYS, ["monitor_id", "timestamp", "down"]):
            number = row["monitor_id"]
            if number in self._placed and int_of(row["down"]) > 0:
                day = parse_unix_time(row["timestamp"], place=f"{_DAYS} of monitor:{number}")
                beats = self._beats.get(number)
                if beats is None or day + timedelta(days=1) <= beats.first:
                    lost.add(number)
        for number in sorted(lost):
            yield ReportEntry("lost.statuses", f"monitor:{number}")

    def targets(self) -> Iterator[ImportItem | ReportEntry]:
        for number in self._placed:
            row, ref = self._monitors[number], f"monitor:{number}"
            if row["active"] != 1:
                yield ReportEntry("skipped.paused", ref)
                continue
            yield from target_items(_url(row), ref)


def _url(row: Row) -> str:
    """The URL of a monitor whose certificate is checked; empty for any other."""
    if row["ignore_tls"] == 1:
        return ""
    if row["type"] in _STARTTLS and row["hostname"]:
        return f"{row['type']}://{row['hostname']}:{int_of(row['port']) or ''}"
    url = str(row["url"] or "").strip() if row["type"] in _URLS else ""
    return url if url.lower().startswith("https://") else ""


def _changes(beats: _Beats) -> list[tuple[datetime, int]]:
    """The changes in their order. After a restart, the first heartbeat is important without one."""
    changes = sorted(beats.changes)
    return [
        each
        for number, each in enumerate(changes)
        if number == 0 or each[1] != changes[number - 1][1]
    ]


def _incident(row: Row, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """An incident: one text without services, and an end when it is not pinned any more."""
    ref = f"incident:{row['id']}"
    place = f"{ref}: created_date"
    start, _ = parse_time(row["created_date"], place=place, zone=UTC)
    end = None
    if row["active"] in {0} or row["pin"] in {0}:
        updated = row["last_updated_date"]
        end = start
        if updated:
            end = max(parse_time(updated, place=f"{ref}: last_updated_date", zone=UTC)[0], start)
        else:
            yield ReportEntry("guessed.end", ref)
    yield from incident_items(
        SourceIncident(
            ref=ref,
            title=str(row["title"] or ""),
            started_at=start,
            updates=[
                SourceUpdate(
                    "1",
                    start,
                    IncidentStatus.INVESTIGATING,
                    str(row["content"] or ""),
                    has_ref=False,
                )
            ],
            impact=_IMPACTS.get(str(row["style"])),
            ended_at=end,
        ),
        now=options.now,
        place=ref,
        keep_open=options.keep_open,
    )


# -- public page -------------------------------------------------------------------------------


def _from_page(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    slug = options.page or urlsplit(tools.source).path.rstrip("/").rpartition("/")[2] or "default"
    root = f"//api/status-page/{quote(slug, safe='')}"
    found = tools.json(root)
    config = found.get("config") if isinstance(found, dict) else None
    if not isinstance(config, dict):
        raise UnsuitableSourceError(
            root[1:], f"{root[1:]} has no `config`: is it a page of Uptime Kuma?"
        )
    yield from _head(slug, str(config.get("title") or slug), None)
    yield from _page_services(found)
    seen: set[object] = set()
    # Versions before 2.1 have one pinned incident.
    pinned = [found["incident"]] if isinstance(found.get("incident"), dict) else []
    for raw in [*pinned, *objects_in(found.get("incidents")), *_history(tools, root)]:
        row = _renamed(scalars_of(raw))
        if row["id"] not in seen:
            seen.add(row["id"])
            yield from _incident(row, options)
    yield ReportEntry("incomplete.history")
    yield ReportEntry("lost.theme")


def _page_services(found: Row) -> Iterator[ImportItem | ReportEntry]:
    placed: set[object] = set()
    groups = objects_in(found.get("publicGroupList"))
    for group in groups:
        ref = _group_ref(group)
        if ref:
            name = clean_name(str(group.get("name")), ref)
            yield ImportItem(ItemKind.GROUP, {"ref": ref, "name": name}, ref)
    for group in groups:
        for monitor in objects_in(group.get("monitorList")):
            ref = f"monitor:{monitor.get('id')}"
            if ref in placed:
                yield ReportEntry("fixed.second_group", ref)
                continue
            placed.add(ref)
            content = {"ref": ref, "name": clean_name(str(monitor.get("name") or ""), ref)}
            if _group_ref(group):
                content["group"] = _group_ref(group)
            yield ImportItem(ItemKind.SERVICE, content, ref)


def _group_ref(group: Row) -> str:
    """The ref of a group; empty for one without a name, whose monitors are in no group here."""
    return f"group:{group.get('id')}" if clean_title(str(group.get("name") or "")).text else ""


def _history(tools: ImportTools, root: str) -> Iterator[Row]:
    """Past incidents. Pages of an Uptime Kuma before 2.1 have none."""
    cursor = ""
    for _ in range(1_000):
        query = f"?cursor={quote(cursor, safe='')}" if cursor else ""
        found = tools.json(f"{root}/incident-history{query}", missing=True)
        if not isinstance(found, dict):
            return
        yield from objects_in(found.get("incidents"))
        following = str(found.get("nextCursor") or "")
        if found.get("hasMore") is not True or following == cursor:
            return
        if not _CURSOR.fullmatch(following):
            raise InvalidError(f"{root[1:]}/incident-history has a cursor that is no time.")
        cursor = following


def _renamed(row: Row) -> Row:
    return {
        **{name: row.get(name) for name in ("id", "title", "content", "style", "pin", "active")},
        "created_date": row.get("createdDate"),
        "last_updated_date": row.get("lastUpdatedDate"),
    }
