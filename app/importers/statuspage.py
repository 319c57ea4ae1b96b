"""Atlassian Statuspage: its public API with the history pages, or its management API.

The management API is read when a token is set. Ids are kept: they have the form of Fyr's. Servers
that imitate the public API, such as incident.io's, are read alike.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.domain.errors import InvalidError
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.importing.broken_items import read_or_skip
from app.importing.incidents import (
    SourceIncident,
    SourcePostmortem,
    SourceUpdate,
    incident_items,
)
from app.importing.kinds.statuspage_lists import ManagementLists, PublicLists
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    maintenance_items,
)
from app.importing.texts import clean_name, clean_title, html_to_line
from app.importing.times import parse_time, rfc3339, zone_of_name
from app.importing.values import int_of, objects_at, ref_at, refs_in, text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry

__all__ = ["read"]

_MAINTENANCE = frozenset(each.value for each in MaintenanceStatus)
_POSTMORTEM = "postmortem"
_CHANNELS = {"email": "email", "webhook": "webhook"}
_UNCONFIRMED = "unconfirmed"


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a page."""
    lists = ManagementLists(tools, options) if tools.token else PublicLists(tools)
    page = lists.page()
    zone, of_rails = zone_of_name(page.get("time_zone"))
    zone = zone or zone_of_name(options.time_zone)[0]
    reader = _PageReader(options, zone, is_public=tools.token is None)
    if of_rails:
        yield ReportEntry("guessed.time_zone")
    yield from reader.page_items(page)
    reader.add_components(lists.components())
    # Which services there are is known only once every incident has been read.
    incidents = [item for raw in lists.incidents() for item in reader.incident(raw)]
    yield from reader.service_items()
    yield from incidents
    for subscriber in lists.subscribers():
        yield from reader.subscriber(subscriber)
    yield from (ReportEntry(code) for code in lists.codes)


@dataclass
class _PageReader:
    """Makes items of the objects of either API."""

    options: ReadOptions
    zone: tzinfo | None
    is_public: bool
    components: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    broken_now: set[str] = field(default_factory=set)

    # -- page and components -------------------------------------------------------

    def page_items(self, page: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        """The source and the settings of the page."""
        number = ref_at(page, "id")
        name = clean_title(text_at(page, "name")).text
        source = {"kind": "statuspage", "instance": number or text_at(page, "url"), "name": name}
        yield ImportItem(ItemKind.SOURCE, source, "page")
        content: dict[str, Any] = {"id": number}
        if name:
            content["name"] = name
        zone, _ = zone_of_name(page.get("time_zone"))
        if zone is not None:
            content["time_zone"] = zone.key
        if not self.is_public:
            # The public API has the address of the page itself here.
            links = [text_at(page, "url"), text_at(page, "support_url")]
            content["links"] = [link for link in links if link.startswith(("http://", "https://"))]
            yield from (
                ReportEntry("lost.link") for link in links if link and link not in content["links"]
            )
            yield ReportEntry("lost.theme")
            if text_at(page, "page_description"):
                yield ReportEntry("lost.text")
        yield ImportItem(ItemKind.PAGE, content, "page")

    def add_components(self, components: list[Mapping[str, Any]]) -> None:
        """Note the components and groups of the page."""
        for each in components:
            target = self.groups if each.get("group") is True else self.components
            target[ref_at(each, "id")] = each

    def service_items(self) -> Iterator[ImportItem | ReportEntry]:
        """The groups and services, and archived services for components that are gone."""
        used = {ref_at(each, "group_id") for each in self.components.values()}
        for number, group in sorted(self.groups.items(), key=lambda each: _position(each[1])):
            if number in used:
                content = {
                    "ref": number,
                    "id": number,
                    "name": clean_name(text_at(group, "name"), number),
                }
                yield ImportItem(ItemKind.GROUP, content, f"component {number}")
        for number, component in sorted(self.components.items(), key=self._order):
            if self._is_hidden(component):
                yield ReportEntry("skipped.hidden", number)
                continue
            yield self._service(number, component)
            status = text_at(component, "status")
            explained = number in self.broken_now or status == "under_maintenance"
            if status not in {"", "operational"} and not explained:
                yield ReportEntry("lost.status_override", number)
        for number, name in self.gone.items():
            yield ReportEntry("guessed.services", number)
            former = {"ref": number, "id": number, "name": clean_name(name, number)}
            yield ImportItem(ItemKind.SERVICE, {**former, "archived": True}, f"component {number}")

    def _order(self, pair: tuple[str, Mapping[str, Any]]) -> tuple[int, int]:
        group = self.groups.get(text_at(pair[1], "group_id"))
        own = _position(pair[1])
        return (own, 0) if group is None else (_position(group), own)

    def _is_hidden(self, component: Mapping[str, Any]) -> bool:
        """Whether no visitor has seen the component: it shows only while it is degraded.

        The public API lists what visitors see.
        """
        return self._is_restricted(component) and not self.options.with_hidden

    def _is_restricted(self, component: Mapping[str, Any]) -> bool:
        if self.is_public:
            return False
        shows = component.get("only_show_if_degraded") is not True
        is_fine = text_at(component, "status") in {"", "operational"}
        return not shows and is_fine and ref_at(component, "id") not in self.named

    def _service(self, number: str, component: Mapping[str, Any]) -> ImportItem:
        place = f"component {number}"
        content: dict[str, Any] = {
            "ref": number,
            "id": number,
            "name": clean_name(text_at(component, "name"), number),
        }
        description = html_to_line(text_at(component, "description"))
        if description:
            content["description"] = description[:2000]
        group = ref_at(component, "group_id")
        if group in self.groups:
            content["group"] = group
        if self._is_restricted(component):
            content["hidden"] = True
        started = text_at(component, "start_date")
        created = self._time(component, "created_at", place)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", started):
            since, _ = parse_time(started, place=f"{place}: start_date", zone=self.zone or UTC)
            content["known_since"] = rfc3339(since)
        elif created is not None:
            content["known_since"] = rfc3339(created)
        if created is not None:
            content["created_at"] = rfc3339(created)
        return ImportItem(ItemKind.SERVICE, content, place)

    # -- incidents -----------------------------------------------------------------

    def incident(self, raw: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        """The incident or maintenance of one object of the API. Broken ones can be skipped."""
        is_maintenance = raw.get("scheduled_for") or text_at(raw, "status") in _MAINTENANCE
        make = self._maintenance if is_maintenance else self._incident
        yield from read_or_skip(lambda: make(raw), ref_at(raw, "id"), self.options)

    def _incident(self, raw: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        ref = ref_at(raw, "id")
        place = f"incident {ref}"
        updates, entries = self._updates(raw, place)
        yield from entries
        postmortem = self._postmortem(raw, place)
        if text_at(raw, "postmortem_body") and postmortem is None:
            yield ReportEntry("skipped.unpublished", ref)
        created = self._time(raw, "created_at", place)
        started = self._time(raw, "started_at", place) or created
        times = [each.at for each in updates]
        if started is not None and started == created:
            # Nobody stated a start: it is when the incident was written, maybe long afterwards.
            started = min([started, *times])
        if started is None and not times:
            raise InvalidError(f"{place} has neither a start nor an update.", field=place)
        ended = self._time(raw, "resolved_at", place)
        over = text_at(raw, "status") in {"resolved", _POSTMORTEM}
        if not over:
            self.broken_now.update(number for each in updates for number in each.services)
            self.broken_now.update(self._component_refs(raw))
        last = max(times, default=started)
        yield from incident_items(
            SourceIncident(
                ref=ref,
                title=text_at(raw, "name"),
                started_at=started or min(times),
                updates=updates,
                services=self._component_refs(raw),
                impact=_impact(raw),
                ended_at=(ended or last) if over else None,
                postmortem=postmortem if over else None,
                created_at=created,
                updated_at=self._time(raw, "updated_at", place),
                is_html=True,
            ),
            now=self.options.now,
            place=place,
            keep_open=self.options.keep_open,
        )

    def _updates(
        self, raw: Mapping[str, Any], place: str
    ) -> tuple[list[SourceUpdate], list[ReportEntry]]:
        """The updates of an incident, and the report entries about them."""
        objects = objects_at(raw, "incident_updates")
        updates = [self._update(each, place) for each in objects if not _is_postmortem(each)]
        unknown = [each.ref for each in updates if each.status is None]
        return updates, [ReportEntry("guessed.status", ref) for ref in unknown]

    def _postmortem(self, raw: Mapping[str, Any], place: str) -> SourcePostmortem | None:
        """The postmortem: of the incident, or an update with that status. Drafts are hidden."""
        body = text_at(raw, "postmortem_body")
        if body:
            published = self._time(raw, "postmortem_published_at", place)
            is_shown = published is not None or self.options.with_hidden
            return SourcePostmortem(body, published) if is_shown else None
        for each in filter(_is_postmortem, objects_at(raw, "incident_updates")):
            return SourcePostmortem(text_at(each, "body"), self._shown_at(each, place))
        return None

    def _update(self, raw: Mapping[str, Any], place: str) -> SourceUpdate:
        status = text_at(raw, "status")
        known = status in {each.value for each in IncidentStatus}
        services = {}
        for each in objects_at(raw, "affected_components"):
            number, new = ref_at(each, "code"), text_at(each, "new_status")
            if number in self.groups or new not in {status.value for status in ServiceStatus}:
                continue
            self._name(number, text_at(each, "name"))
            services[number] = ServiceStatus(new)
        return SourceUpdate(
            ref=ref_at(raw, "id"),
            at=self._shown_at(raw, place),
            status=IncidentStatus(status) if known else None,
            body=raw.get("body") if isinstance(raw.get("body"), str) else None,
            services=services,
            typed_at=self._time(raw, "created_at", place),
        )

    def _component_refs(self, raw: Mapping[str, Any]) -> list[str]:
        """The services that an incident names, apart from its updates."""
        refs = []
        for each in objects_at(raw, "components"):
            number = ref_at(each, "id")
            if number and number not in self.groups:
                self._name(number, text_at(each, "name"))
                refs.append(number)
        return refs

    def _name(self, number: str, name: str) -> None:
        """Note that something names a component; one that is gone becomes an archived service."""
        self.named.add(number)
        if number not in self.components:
            self.gone.setdefault(number, name or number)

    # -- maintenances --------------------------------------------------------------

    def _maintenance(self, raw: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        ref = ref_at(raw, "id")
        place = f"maintenance {ref}"
        if self._postmortem(raw, place) is not None:
            yield ReportEntry("lost.postmortems", ref)
        updates = []
        at_status: dict[str, datetime] = {}
        objects = objects_at(raw, "incident_updates")
        for each in (one for one in objects if not _is_postmortem(one)):
            status, at = text_at(each, "status"), self._shown_at(each, place)
            if status not in _MAINTENANCE:
                yield ReportEntry("guessed.status", ref_at(each, "id"))
                status = MaintenanceStatus.SCHEDULED.value
            first = at_status.get(status)
            at_status[status] = at if first is None else min(first, at)
            body = text_at(each, "body")
            window_update = SourceWindowUpdate(
                ref_at(each, "id"), at, MaintenanceStatus(status), body
            )
            updates.append(window_update)
        starts_at = self._time(raw, "scheduled_for", place) or self._time(raw, "started_at", place)
        if starts_at is None:
            raise InvalidError(f"{place} has no start.", field=place)
        ends_at = self._time(raw, "scheduled_until", place)
        completed = None
        if text_at(raw, "status") == MaintenanceStatus.COMPLETED:
            completed = at_status.get(MaintenanceStatus.COMPLETED.value)
            completed = completed or self._time(raw, "resolved_at", place)
        begun = at_status.get(MaintenanceStatus.IN_PROGRESS.value)
        starts_at = min(starts_at, begun or starts_at)
        if ends_at is not None:
            ends_at = max(ends_at, completed or ends_at)
            ends_at = ends_at if ends_at > starts_at else None
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=text_at(raw, "name"),
                body=None,
                starts_at=starts_at,
                ends_at=ends_at,
                services=self._window_services(raw),
                updates=updates,
                completed_at=completed,
                verifying_at=at_status.get(MaintenanceStatus.VERIFYING.value),
                created_at=self._time(raw, "created_at", place),
                updated_at=self._time(raw, "updated_at", place),
                former_paths=[f"/incidents/{ref}"],
                is_html=True,
            ),
            now=self.options.now,
            place=place,
        )

    def _window_services(self, raw: Mapping[str, Any]) -> list[str]:
        refs = self._component_refs(raw)
        for update in objects_at(raw, "incident_updates"):
            for each in objects_at(update, "affected_components"):
                number = ref_at(each, "code")
                if number and number not in self.groups:
                    self._name(number, text_at(each, "name"))
                    refs.append(number)
        return list(dict.fromkeys(refs))

    # -- subscribers ---------------------------------------------------------------

    def subscriber(self, raw: Mapping[str, Any]) -> Iterator[ImportItem | ReportEntry]:
        """A subscriber of the management API."""
        ref, mode = ref_at(raw, "id"), text_at(raw, "mode")
        if raw.get("quarantined_at") or raw.get("$state") == "quarantined":
            yield ReportEntry("skipped.quarantined", ref)
            return
        address = text_at(raw, "email" if mode == "email" else "endpoint")
        if mode not in _CHANNELS or not address:
            yield ReportEntry("skipped.channel", ref)
            return
        content: dict[str, Any] = {
            "ref": ref,
            "channel": _CHANNELS[mode],
            "address": address,
            "confirmed": raw.get("$state") != _UNCONFIRMED,
            "services": self._followed(raw),
        }
        since = self._time(raw, "created_at", f"subscriber {ref}")
        if since is not None:
            content["since"] = rfc3339(min(since, self.options.now))
        yield ImportItem(ItemKind.SUBSCRIBER, content, f"subscriber {ref}")

    def _followed(self, raw: Mapping[str, Any]) -> list[str] | None:
        """The services that a subscriber follows; groups are their members. None for all."""
        if not raw.get("components"):
            return None
        refs: list[str] = []
        for number in refs_in(raw["components"]):
            if number in self.groups:
                members = self.components.items()
                refs += [ref for ref, each in members if ref_at(each, "group_id") == number]
            elif number in self.components:
                refs.append(number)
        visible = [ref for ref in refs if not self._is_hidden(self.components[ref])]
        return list(dict.fromkeys(visible))

    # -- values --------------------------------------------------------------------

    def _shown_at(self, raw: Mapping[str, Any], place: str) -> datetime:
        """The time that an update shows, or else the one at which it was written."""
        at = self._time(raw, "display_at", place) or self._time(raw, "created_at", place)
        if at is None:
            raise InvalidError(f"{place}: update {text_at(raw, 'id')} has no time.", field=place)
        return at

    def _time(self, raw: Mapping[str, Any], name: str, place: str) -> datetime | None:
        value = raw.get(name)
        if value is None or value == "":
            return None
        return parse_time(value, place=f"{place}: {name}", zone=self.zone)[0]


def _is_postmortem(update: Mapping[str, Any]) -> bool:
    return update.get("status") == _POSTMORTEM


def _position(raw: Mapping[str, Any]) -> int:
    return int_of(raw.get("position"))


def _impact(raw: Mapping[str, Any]) -> Impact | None:
    for name in ("impact_override", "impact"):
        value = text_at(raw, name)
        if value in {each.value for each in Impact}:
            return Impact(value)
    return None
