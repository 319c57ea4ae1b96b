"""Better Stack: the status pages of its Uptime API, with a token.

Source: betterstack.com/docs/uptime/api, and openstatusHQ/openstatus,
packages/importers/src/providers/betterstack. Updates have no status of their own: it follows from
the statuses of the resources that they name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.importing.broken_items import read_or_skip
from app.importing.component_tree import ComponentTree, SourceComponent, SourceGroup
from app.importing.errors import HiddenPageError, UnsuitableSourceError
from app.importing.http.paged_lists import VersionedApi, bearer, linked_pages
from app.importing.incidents import BEGAN, SourceIncident, SourceUpdate, incident_items
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    is_maintenance,
    maintenance_items,
)
from app.importing.page_choice import SourcePage, chosen_page
from app.importing.texts import clean_title
from app.importing.times import parse_time, rfc3339, zone_of_name
from app.importing.values import int_of, objects_at, objects_in, ref_at, text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry, Row

__all__ = ["read"]

_ROOTS = ("/api/v2", "/v2")
_STATUSES: Mapping[str, ServiceStatus] = MappingProxyType(
    {
        "operational": ServiceStatus.OPERATIONAL,
        "resolved": ServiceStatus.OPERATIONAL,
        "maintenance": ServiceStatus.UNDER_MAINTENANCE,
        "degraded": ServiceStatus.DEGRADED_PERFORMANCE,
        "downtime": ServiceStatus.MAJOR_OUTAGE,
    }
)


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a page."""
    lists = _BetterStackLists(VersionedApi(tools, _ROOTS, bearer(tools)))
    page = _chosen(list(lists.of("/status-pages")), options)
    ref = ref_at(page, "id")
    path = f"/status-pages/{quote(ref, safe='')}"
    zone, of_rails = zone_of_name(page.get("timezone"))
    if of_rails:
        yield ReportEntry("guessed.time_zone", ref)
    named, _ = zone_of_name(options.time_zone)
    reader = _BetterStackPage(options, zone or named or UTC, ComponentTree(options))
    yield from reader.page_items(page)
    reader.add_components(list(lists.of(f"{path}/sections")), list(lists.of(f"{path}/resources")))
    # Which services there are is known only once everything that names them has been read.
    reports = lists.of(f"{path}/status-reports")
    history = [each for raw in reports for each in reader.report(raw, lists, path)]
    yield from reader.tree.items()
    yield from history
    # No list of the API has subscribers; of past checks there are percentages by day.
    yield from (ReportEntry(code) for code in ("lost.subscribers", "lost.statuses", "lost.theme"))


@dataclass
class _BetterStackLists:
    """The lists that the API gives, in the format of JSON:API."""

    api: VersionedApi

    def of(self, path: str, *, missing: bool = False) -> Iterator[Row]:
        """The attributes of the elements, each with its id. With `missing`, none for 404."""

        def read_page(number: int) -> tuple[list[Row], object]:
            query = f"?page={number}" if number > 1 else ""
            found = self.api.get(f"{path}{query}", missing=missing)
            if found is None and missing:
                return [], None
            if not isinstance(found, dict) or not isinstance(found.get("data"), list):
                raise UnsuitableSourceError(
                    path,
                    f"{path} has no list `data`: is SOURCE the API of Better Stack Uptime?",
                )
            pagination = found.get("pagination")
            link = pagination.get("next") if isinstance(pagination, dict) else None
            return [_flat(each) for each in objects_in(found["data"])], link

        return linked_pages(read_page)


def _flat(element: Row) -> Row:
    attributes = element.get("attributes")
    return {**(attributes if isinstance(attributes, dict) else {}), "id": element.get("id")}


def _chosen(pages: list[Row], options: ReadOptions) -> Row:
    """The page that is meant. Raises InvalidError with the names of all when it is not clear.

    And for a page that not everybody sees, unless hidden things are to be imported.
    """
    page = chosen_page([_source_page(each) for each in pages], options)
    is_hidden = page.get("password_enabled") is True or bool(page.get("ip_allowlist"))
    if is_hidden and not options.with_hidden:
        raise HiddenPageError(
            "The page is shown with a password or to some networks only; --with-hidden imports it, "
            "as public."
        )
    return page


def _source_page(row: Row) -> SourcePage:
    ref, name = ref_at(row, "id"), text_at(row, "company_name")
    hosts = (text_at(row, each) for each in ("subdomain", "custom_domain"))
    return SourcePage(row, ref, name, {ref, name, *hosts} - {""})


@dataclass
class _BetterStackPage:
    """Makes items of the objects of the API."""

    options: ReadOptions
    zone: tzinfo
    tree: ComponentTree

    # -- page and components -------------------------------------------------------

    def page_items(self, page: Row) -> Iterator[ImportItem | ReportEntry]:
        """The source and the settings of the page."""
        name = clean_title(text_at(page, "company_name")).text
        source = {"kind": "betterstack", "instance": ref_at(page, "id"), "name": name}
        yield ImportItem(ItemKind.SOURCE, source, "page")
        content: dict[str, Any] = {"name": name} if name else {}
        zone, _ = zone_of_name(page.get("timezone"))
        if zone is not None:
            content["time_zone"] = zone.key
        links = [text_at(page, each).strip() for each in ("company_url", "contact_url")]
        content["links"] = [link for link in links if link.startswith(("http://", "https://"))]
        if any(link and link not in content["links"] for link in links):
            yield ReportEntry("lost.link")
        created = self._time(page, "created_at", "page")
        if created is not None:
            content["created_at"] = rfc3339(min(created, self.options.now))
        yield ImportItem(ItemKind.PAGE, content, "page")

    def add_components(self, sections: list[Row], resources: list[Row]) -> None:
        """Note the sections and the resources; their ids are numbers of two series."""
        for each in sections:
            name, order = text_at(each, "name"), int_of(each.get("position"))
            self.tree.add_group(SourceGroup(_section(ref_at(each, "id")), name, order))
        for each in resources:
            self._add_resource(each)

    def _add_resource(self, raw: Row) -> None:
        ref = ref_at(raw, "id")
        self.tree.add(
            ref,
            lambda: SourceComponent(
                ref,
                text_at(raw, "public_name"),
                text_at(raw, "explanation"),
                _section(ref_at(raw, "status_page_section_id")),
                int_of(raw.get("position")),
                self._time(raw, "created_at", f"resource {ref}"),
            ),
        )

    # -- reports -------------------------------------------------------------------

    def report(
        self, raw: Row, lists: _BetterStackLists, path: str
    ) -> list[ImportItem | ReportEntry]:
        """The incident or maintenance of a report, with its updates, a list below `path`."""
        ref = ref_at(raw, "id")
        below = f"{path}/status-reports/{quote(ref, safe='')}/status-updates"
        # A server that fails is no broken report: nothing of its history may be left out silently.
        updates = list(lists.of(below, missing=True)) if ref else []
        return read_or_skip(lambda: self._report(raw, updates), ref, self.options)

    def _report(self, raw: Row, updates: list[Row]) -> Iterator[ImportItem | ReportEntry]:
        ref = ref_at(raw, "id")
        place = f"status report {ref}"
        if not ref:
            raise InvalidError("A status report has no id.", field="id")
        shown = []
        for each in updates:
            at = self._time(each, "published_at", f"{place}: update {ref_at(each, 'id')}")
            if at is None:
                raise InvalidError(f"{place}: update {ref_at(each, 'id')} has no time.")
            if at > self.options.now:
                yield ReportEntry("skipped.unpublished", ref_at(each, "id"))
            else:
                shown.append(_TimedUpdate(at, self._affected(each, ref), each))
        shown.sort(key=lambda each: each.at)
        report = _Report(
            ref,
            place,
            text_at(raw, "title"),
            self._time(raw, "starts_at", place) or next((each.at for each in shown), None),
            self._time(raw, "ends_at", place),
            self._affected(raw, ref),
            shown,
        )
        is_planned = text_at(raw, "report_type").lower() == "maintenance"
        is_planned = is_planned or is_maintenance(self.options, report.title)
        yield from self._maintenance(report) if is_planned else self._incident(report)

    def _affected(self, raw: Row, by: str) -> dict[str, ServiceStatus | None]:
        """The services that a report or update names, with their statuses; None is unknown."""
        found = {}
        for each in objects_at(raw, "affected_resources"):
            ref = ref_at(each, "status_page_resource_id")
            if self.tree.named(ref, "", by):
                found[ref] = _STATUSES.get(text_at(each, "status").lower())
        return found

    def _incident(self, report: "_Report") -> Iterator[ImportItem | ReportEntry]:
        started = _start(report)
        is_over = report.ends_at is not None and report.ends_at <= self.options.now
        ended = report.ends_at if is_over else None
        updates = _with_statuses(report.updates, ended)
        unsaid = [each.ref for each in updates if each.status is not IncidentStatus.RESOLVED]
        yield from (ReportEntry("guessed.status", ref) for ref in unsaid)
        broken = _broken(report.services)
        if ended is None and not updates and report.services and not broken:
            # Its services show that it is over, and nothing shows when.
            yield ReportEntry("guessed.end", report.ref)
            ended = started
        if updates and not unsaid and started < updates[0].at:
            updates = [*_begun(started, updates, broken), *updates]
        yield from incident_items(
            SourceIncident(
                ref=report.ref,
                title=report.title,
                started_at=started,
                updates=updates,
                services=list(report.services),
                statuses=broken,
                ended_at=ended,
            ),
            now=self.options.now,
            place=report.place,
            keep_open=self.options.keep_open,
        )

    def _maintenance(self, report: "_Report") -> Iterator[ImportItem | ReportEntry]:
        start, end = _start(report), report.ends_at
        updates = [_window_update(each, start) for each in report.updates]
        done = [each.at for each in updates if each.status is MaintenanceStatus.COMPLETED]
        completed = min(done, default=None)
        if end is not None:
            end = max(end, completed or end)
        services = dict.fromkeys(report.services)
        for each in report.updates:
            services |= dict.fromkeys(each.services)
        yield from maintenance_items(
            SourceMaintenance(
                ref=report.ref,
                title=report.title,
                body=next((each.body for each in updates), ""),
                starts_at=start,
                ends_at=end if end is None or end > start else None,
                services=list(services),
                updates=updates,
                completed_at=completed,
            ),
            now=self.options.now,
            place=report.place,
        )

    def _time(self, raw: Row, name: str, place: str) -> datetime | None:
        value = raw.get(name)
        if value is None or value == "":
            return None
        return parse_time(value, place=f"{place}: {name}", zone=self.zone)[0]


@dataclass(frozen=True, slots=True)
class _TimedUpdate:
    """An update with its time, and the services that it names."""

    at: datetime
    services: Mapping[str, ServiceStatus | None]
    raw: Row

    @property
    def ref(self) -> str:
        return ref_at(self.raw, "id")

    @property
    def all_services_work(self) -> bool:
        """Whether the update names services, all of which work."""
        return bool(self.services) and all(
            each is ServiceStatus.OPERATIONAL for each in self.services.values()
        )


@dataclass(frozen=True, slots=True)
class _Report:
    """A report: its services as they are now, and its updates in their order."""

    ref: str
    place: str
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    services: Mapping[str, ServiceStatus | None]
    updates: list[_TimedUpdate]


def _start(report: _Report) -> datetime:
    """When a report begins. Raises InvalidError when it has neither a start nor an update."""
    if report.starts_at is None:
        place = report.place
        raise InvalidError(f"{place} has neither a start nor an update.", field=place)
    return report.starts_at


def _with_statuses(updates: list[_TimedUpdate], ended: datetime | None) -> list[SourceUpdate]:
    """The updates with the status that follows from the services named so far.

    An update can name some of the services only: the others are as they were.
    """
    found = []
    known: dict[str, ServiceStatus] = {}
    for each in updates:
        statuses = {ref: status for ref, status in each.services.items() if status is not None}
        known |= statuses
        has_ended = ended is not None and each.at >= ended
        is_over = each.all_services_work and (has_ended or not _broken(known))
        status = IncidentStatus.RESOLVED if is_over else IncidentStatus.INVESTIGATING
        body = text_at(each.raw, "message")
        # An update without services leaves the status as it was.
        named = status if each.services else None
        found.append(SourceUpdate(each.ref, each.at, named, body, statuses))
    return found


def _broken(services: Mapping[str, ServiceStatus | None]) -> dict[str, ServiceStatus]:
    """The services that do not work, with their statuses."""
    return {
        ref: each
        for ref, each in services.items()
        if each is not None and each is not ServiceStatus.OPERATIONAL
    }


def _begun(
    started: datetime, updates: list[SourceUpdate], broken: Mapping[str, ServiceStatus]
) -> Iterator[SourceUpdate]:
    """The first update of an incident that has resolving ones only, if a service was broken."""
    named = {ref for each in updates for ref in each.services}
    begun = {ref: each for ref, each in broken.items() if ref not in named}
    if begun:
        yield SourceUpdate("began", started, IncidentStatus.INVESTIGATING, None, begun, code=BEGAN)


def _window_update(update: _TimedUpdate, start: datetime) -> SourceWindowUpdate:
    """An update of a maintenance, which is completed once its services work."""
    if update.at < start:
        status = MaintenanceStatus.SCHEDULED
    elif update.all_services_work:
        status = MaintenanceStatus.COMPLETED
    else:
        status = MaintenanceStatus.IN_PROGRESS
    return SourceWindowUpdate(update.ref, update.at, status, text_at(update.raw, "message"))


def _section(number: str) -> str:
    return f"section:{number}" if number else ""
