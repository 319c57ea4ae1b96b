"""Cachet: a SQLite database of 2.4 or 3, or the API of 2.4.

Source: cachethq/cachet, database/migrations, and cachethq/core. The status of an incident is that
of its newest update; its first status was overwritten.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.importing.broken_items import read_or_skip
from app.importing.files.hugo import language_tag
from app.importing.incidents import STALE_AFTER, SourceIncident, SourceUpdate, incident_items
from app.importing.items import uptime_item
from app.importing.kinds.cachet_data import CachetData, load_cachet
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    is_maintenance,
    maintenance_items,
)
from app.importing.texts import clean_name, clean_title, html_to_line
from app.importing.times import parse_time, rfc3339, zone_of_name
from app.importing.values import int_of, text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry

__all__ = ["read"]

_STATUSES = {
    1: ServiceStatus.OPERATIONAL,
    2: ServiceStatus.DEGRADED_PERFORMANCE,
    3: ServiceStatus.PARTIAL_OUTAGE,
    4: ServiceStatus.MAJOR_OUTAGE,
}
_INCIDENT_STATUSES = {
    1: IncidentStatus.INVESTIGATING,
    2: IncidentStatus.IDENTIFIED,
    3: IncidentStatus.MONITORING,
    4: IncidentStatus.RESOLVED,
}
# A scheduled maintenance of Cachet 2.2.
_SCHEDULED = 0
_RESOLVED = 4
_VISIBLE = 1
_WORKING = frozenset({None, 0, 1, 5})
_LINK = re.compile(r"\]\((https?://[^\s)]+)\)|<(https?://[^\s>]+)>")


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of an installation."""
    data = load_cachet(tools)
    # A token shows more than the page has; what visitors of the page do not see is not its history.
    silent = {"skipped.hidden"} if data.is_local else set()
    for each in _all_of(tools, options, data):
        if not isinstance(each, ReportEntry) or each.code not in silent:
            yield each


def _all_of(
    tools: ImportTools, options: ReadOptions, data: CachetData
) -> Iterator[ImportItem | ReportEntry]:
    reader = _CachetReader(data, options, _zone(data, options))
    yield from reader.head(tools.source)
    # Which deleted components are named is known only once every incident has been read.
    history = [*reader.incidents(), *reader.schedules()]
    yield from reader.services()
    yield from history
    yield from reader.subscribers()
    yield from reader.uptime()
    yield from (ReportEntry(code) for code in data.codes)


def _zone(data: CachetData, options: ReadOptions) -> tzinfo | None:
    """The zone of times: UTC in a database; the API has local ones, and does not say where."""
    zone, _ = zone_of_name(options.time_zone)
    return zone or (None if data.is_local else UTC)


@dataclass
class _CachetReader:
    data: CachetData
    options: ReadOptions
    zone: tzinfo | None
    named: set[int] = field(default_factory=set)
    explained: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        shown = {each["id"] for each in self.data.groups if each.get("visible") == _VISIBLE}
        self._groups = {each["id"]: each for each in self.data.groups if self._is_open(each)}
        self._hidden_groups = {each["id"] for each in self.data.groups} - shown
        self._components = {each["id"]: each for each in self.data.components}
        # Open incidents with recent news explain what their services show.
        for each in self.data.incidents:
            if self._is_shown(each) and self._is_fresh(each):
                self.explained.update(self._named_by(each))

    # -- page and services ---------------------------------------------------------

    def head(self, source: str) -> Iterator[ImportItem | ReportEntry]:
        """The source and the settings of the page."""
        settings = self.data.settings
        name = clean_title(settings.get("name", "")).text
        host = urlsplit(source).netloc
        instance = settings.get("domain") or host or name or "cachet"
        content: dict[str, Any] = {"kind": "cachet", "instance": instance, "name": name}
        page: dict[str, Any] = {}
        if settings.get("locale"):
            content["language"] = page["default_language"] = language_tag(settings["locale"])
        yield ImportItem(ItemKind.SOURCE, content, "settings")
        if name:
            page["name"] = name
        zone, of_rails = zone_of_name(settings.get("time_zone"))
        if zone is not None:
            page["time_zone"] = zone.key
        if of_rails:
            yield ReportEntry("guessed.time_zone")
        about = settings.get("about", "")
        page["links"] = ["".join(found) for found in _LINK.findall(about)][:5]
        yield ImportItem(ItemKind.PAGE, page, "settings")

    def services(self) -> Iterator[ImportItem | ReportEntry]:
        """The groups and services that anybody sees, and archived ones for deleted components."""
        for group in sorted(self.data.groups, key=_order):
            ref = f"component_group:{group['id']}"
            if group["id"] not in self._groups:
                yield ReportEntry("skipped.hidden", ref)
                continue
            yield ImportItem(ItemKind.GROUP, {"ref": ref, "name": _name(group)}, ref)
        for component in sorted(self.data.components, key=self._place):
            yield from self._service(component)

    def _place(self, component: Mapping[str, Any]) -> tuple[bool, int, int]:
        group = self._groups.get(component.get("group"))
        return (group is None, 0 if group is None else _order(group), _order(component))

    def _service(self, component: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        ref = f"component:{component['id']}"
        is_deleted = component.get("deleted_at") is not None
        if is_deleted and component["id"] not in self.named:
            yield ReportEntry("skipped.deleted", ref)
            return
        if not is_deleted and self._is_hidden(component):
            yield ReportEntry("skipped.hidden", ref)
            return
        hidden = {"hidden": True} if self._is_restricted(component) else {}
        content: dict[str, Any] = {"ref": ref, "name": _name(component), **hidden}
        description = html_to_line(text_at(component, "description"))
        if description:
            content["description"] = description[:2000]
        if is_deleted:
            content["archived"] = True
            yield ReportEntry("guessed.services", ref)
        elif component.get("group") in self._groups:
            content["group"] = f"component_group:{component['group']}"
        created = self._time(component, "created_at", ref)
        if created is not None:
            content["created_at"] = content["known_since"] = rfc3339(min(created, self.options.now))
        yield ImportItem(ItemKind.SERVICE, content, ref)
        is_working = component.get("status") in _WORKING
        if not is_deleted and not is_working and component["id"] not in self.explained:
            yield ReportEntry("lost.status_override", ref)

    def _is_open(self, row: Mapping[str, Any]) -> bool:
        return row.get("visible") == _VISIBLE or self.options.with_hidden

    def _is_hidden(self, component: Mapping[str, Any]) -> bool:
        return self._is_restricted(component) and not self.options.with_hidden

    def _is_restricted(self, component: Mapping[str, Any]) -> bool:
        """Whether the page does not show the component to everybody."""
        is_enabled = component.get("enabled") in {None, 1}
        return not is_enabled or component.get("group") in self._hidden_groups

    def _refs(self, numbers: Mapping[int, int | None]) -> dict[int, int | None]:
        """Those of the components that can be named: there, and not hidden."""
        return {
            number: status
            for number, status in numbers.items()
            if number in self._components
            and (
                self._components[number].get("deleted_at") is not None
                or not self._is_hidden(self._components[number])
            )
        }

    # -- incidents -----------------------------------------------------------------

    def incidents(self) -> Iterator[ImportItem | ReportEntry]:
        """The incidents that anybody sees; those of status 0 are maintenances."""
        for row in self.data.incidents:
            ref = f"incident:{row['id']}"
            code = self._reason_to_skip(row)
            if code is not None:
                yield ReportEntry(code, ref)
                continue
            scheduled = row.get("status") == _SCHEDULED
            planned = scheduled or is_maintenance(self.options, text_at(row, "name"))
            make = self._old_schedule if planned else self._incident
            yield from read_or_skip(partial(make, row), ref, self.options)

    def _reason_to_skip(self, row: Mapping[str, Any]) -> str | None:
        if row.get("deleted_at") is not None:
            return "skipped.deleted"
        if not self._is_shown(row):
            return "skipped.hidden"
        published = self._time(row, "published_at", "published_at")
        # No draft has an update of the future, so it is left out with `with_hidden` too.
        is_ahead = published is not None and published > self.options.now
        return "skipped.unpublished" if is_ahead else None

    def _is_shown(self, row: Mapping[str, Any]) -> bool:
        is_visible = row.get("visible") in {None, 1} or self.options.with_hidden
        return is_visible and row.get("deleted_at") is None

    def _is_fresh(self, row: Mapping[str, Any]) -> bool:
        """Whether an incident is open and has news of the last 30 days."""
        if row.get("status") in {_RESOLVED, _SCHEDULED}:
            return False
        rows = [row, *self.data.updates.get(row["id"], [])]
        times = [self._time(each, "created_at", "created_at") for each in rows]
        latest = max((at for at in times if at is not None), default=None)
        return latest is not None and self.options.now - latest <= STALE_AFTER

    def _named_by(self, row: Mapping[str, Any]) -> dict[int, int | None]:
        """The components that an incident names, with their statuses as far as they are known."""
        return self._refs(self._numbers(row))

    def _numbers(self, row: Mapping[str, Any]) -> dict[int, int | None]:
        """The numbers of the components that an incident names, with their statuses."""
        found = dict(self.data.incident_services.get(row["id"], {}))
        own = row.get("component_id")
        if isinstance(own, int) and own not in found:
            found[own] = None
        # 0 is none.
        found.pop(0, None)
        return found

    def _unknown(self, numbers: Mapping[int, int | None], ref: str) -> Iterator[ReportEntry]:
        """An entry when some of these components are gone without a name."""
        if not self._components.keys() >= numbers.keys():
            yield ReportEntry("fixed.unknown_service", ref)

    def _incident(self, row: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        ref = f"incident:{row['id']}"
        started = self._time(row, "occurred_at", ref) or self._time(row, "created_at", ref)
        if started is None:
            raise InvalidError(f"{ref} has no time.", field=ref)
        services = self._named_by(row)
        self.named.update(services)
        yield from self._unknown(self._numbers(row), ref)
        updates = list(self._updates(row, ref, started))
        if len(updates) > 1:
            yield ReportEntry("guessed.first_status", ref)
        if any(each.at < started for each in updates):
            yield ReportEntry("fixed.order", ref)
        if row.get("status") not in _INCIDENT_STATUSES and len(updates) == 1:
            yield ReportEntry("guessed.status", ref)
        if row.get("stickied") in {1}:
            yield ReportEntry("lost.pinned", ref)
        stated = {
            f"component:{number}": _STATUSES[status]
            for number, status in services.items()
            if status in _STATUSES
        }
        updates[0] = replace(updates[0], services=stated)
        works = all(
            self._components[number].get("status") in _WORKING or number in self.explained
            for number in services
        )
        guid = text_at(row, "guid")
        yield from incident_items(
            SourceIncident(
                ref=ref,
                title=text_at(row, "name"),
                started_at=started,
                updates=[_not_before(each, started) for each in updates],
                services=[f"component:{number}" for number in services],
                created_at=self._time(row, "created_at", ref),
                updated_at=self._time(row, "updated_at", ref),
                former_paths=[f"/incidents/{guid or row['id']}"],
                draft=row.get("visible") not in {None, 1},
                may_stale=True,
                works=works,
                is_html=True,
            ),
            now=self.options.now,
            place=ref,
            keep_open=self.options.keep_open,
        )

    def _updates(
        self, row: Mapping[str, Any], ref: str, started: datetime
    ) -> Iterator[SourceUpdate]:
        """The text of the incident as its first update, and its updates."""
        rows = self.data.updates.get(row["id"], [])
        own = _INCIDENT_STATUSES.get(row.get("status") or 0, IncidentStatus.INVESTIGATING)
        status = IncidentStatus.INVESTIGATING if rows else own
        yield SourceUpdate("message", started, status, text_at(row, "message"), has_ref=False)
        for each in rows:
            number = f"update:{each['id']}"
            at = self._time(each, "created_at", f"{ref}: {number}")
            if at is None:
                raise InvalidError(f"{ref}: {number} has no time.", field=ref)
            known = _INCIDENT_STATUSES.get(each.get("status") or 0)
            yield SourceUpdate(number, at, known, text_at(each, "message"))

    # -- maintenances --------------------------------------------------------------

    def schedules(self) -> Iterator[ImportItem | ReportEntry]:
        """The maintenances that are published."""
        for row in self.data.schedules:
            ref = f"schedule:{row['id']}"
            code = self._reason_to_skip(row)
            if code is not None:
                yield ReportEntry(code, ref)
                continue
            start = self._time(row, "scheduled_at", ref)
            if start is None:
                raise InvalidError(f"{ref} has no start.", field=ref)
            end = self._time(row, "completed_at", ref)
            yield from self._window(
                row, ref, start, end, self.data.schedule_services.get(row["id"], {})
            )

    def _old_schedule(self, row: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        """A maintenance that is an incident: of Cachet 2.2, or by its title."""
        ref = f"incident:{row['id']}"
        start = self._time(row, "scheduled_at", ref) or self._time(row, "occurred_at", ref)
        start = start or self._time(row, "created_at", ref)
        if start is None:
            raise InvalidError(f"{ref} has no start.", field=ref)
        yield from self._window(row, ref, start, None, self._numbers(row))

    def _window(
        self,
        row: Mapping[str, Any],
        ref: str,
        start: datetime,
        end: datetime | None,
        numbers: Mapping[int, int | None],
    ) -> Iterator[ImportItem | ReportEntry]:
        services = self._refs(numbers)
        self.named.update(services)
        yield from self._unknown(numbers, ref)
        end = end if end is not None and end > start else None
        rows = self.data.schedule_updates.get(row["id"], []) if ref.startswith("schedule") else []
        updates = []
        for each in rows:
            at = self._time(each, "created_at", ref)
            if at is not None:
                status = _window_status(at, start, end)
                number = f"update:{each['id']}"
                updates.append(SourceWindowUpdate(number, at, status, text_at(each, "message")))
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=text_at(row, "name"),
                body=text_at(row, "message"),
                starts_at=start,
                ends_at=end,
                services=[f"component:{number}" for number in services],
                updates=updates,
                created_at=self._time(row, "created_at", ref),
                updated_at=self._time(row, "updated_at", ref),
                former_paths=[f"/schedules/{row['id']}"],
                is_html=True,
            ),
            now=self.options.now,
            place=ref,
        )

    # -- subscribers and uptime ----------------------------------------------------

    def subscribers(self) -> Iterator[ImportItem | ReportEntry]:
        """Subscribers by mail and Slack. Codes that verify addresses are never read."""
        for row in self.data.subscribers:
            ref = f"subscriber:{row['id']}"
            email, slack = text_at(row, "email"), text_at(row, "slack_webhook_url")
            if not email and not slack:
                yield ReportEntry("skipped.channel", ref)
                continue
            created = self._time(row, "created_at", ref)
            verified = self._time(row, "verified_at", ref)
            if row.get("is_rewritten") and verified is not None and verified == created:
                verified = None
                yield ReportEntry("guessed.confirmed", ref)
            content: dict[str, Any] = {
                "ref": ref,
                "channel": "email" if email else "slack",
                "address": email or slack,
                "confirmed": verified is not None,
                "services": self._followed(row),
            }
            if created is not None:
                content["since"] = rfc3339(min(created, self.options.now))
            yield ImportItem(ItemKind.SUBSCRIBER, content, ref)

    def _followed(self, row: Mapping[str, Any]) -> list[str] | None:
        if row.get("global") in {None, 1}:
            return None
        numbers = dict.fromkeys(self.data.subscriptions.get(row["id"], []))
        shown = [
            number
            for number in self._refs(numbers)
            if self._components[number].get("deleted_at") is None
        ]
        return [f"component:{number}" for number in shown]

    def uptime(self) -> Iterator[ImportItem | ReportEntry]:
        """The intervals between changes of a component's status."""
        by_component: dict[int, dict[datetime, int]] = {}
        for row in sorted(self.data.changes, key=lambda each: int_of(each["id"])):
            at = self._time(row, "created_at", f"change:{row['id']}")
            if at is not None and at <= self.options.now:
                # Of several in one second, the last one stays.
                by_component.setdefault(row["component_id"], {})[at] = row["new_status"]
        for number in self._refs(dict.fromkeys(by_component)):
            if self._components[number].get("deleted_at") is not None:
                continue
            yield from self._intervals(f"component:{number}", sorted(by_component[number].items()))

    def _intervals(
        self, ref: str, changes: list[tuple[datetime, int]]
    ) -> Iterator[ImportItem | ReportEntry]:
        former = (None, *(status for _, status in changes))
        changes = [each for each, before in zip(changes, former, strict=False) if each[1] != before]
        for position, (at, status) in enumerate(changes):
            shown = _STATUSES.get(status, ServiceStatus.OPERATIONAL)
            if shown is ServiceStatus.OPERATIONAL:
                continue
            end = at + timedelta(seconds=1)
            if position + 1 < len(changes):
                end = max(end, changes[position + 1][0])
            else:
                yield ReportEntry("guessed.end", ref)
            yield uptime_item(ref, shown, at, min(end, self.options.now), place=ref)

    def _time(self, row: Mapping[str, Any], name: str, place: str) -> datetime | None:
        value = row.get(name)
        if value is None or value == "":
            return None
        return parse_time(value, place=f"{place}: {name}", zone=self.zone)[0]


def _not_before(update: SourceUpdate, start: datetime) -> SourceUpdate:
    if update.at >= start:
        return update
    return replace(update, at=start)


def _window_status(at: datetime, start: datetime, end: datetime | None) -> MaintenanceStatus:
    if at < start:
        return MaintenanceStatus.SCHEDULED
    is_over = end is not None and at >= end
    return MaintenanceStatus.COMPLETED if is_over else MaintenanceStatus.IN_PROGRESS


def _name(row: Mapping[str, Any]) -> str:
    return clean_name(text_at(row, "name"), "–")


def _order(row: Mapping[str, Any]) -> int:
    return int_of(row.get("order"))
