"""Instatus: its API, with the key of the account.

Source: instatus.com/help/api, and openstatusHQ/openstatus,
packages/importers/src/providers/instatus. Incidents are served by version 1 of the API only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from app.domain.errors import InvalidError
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.validation import is_language_tag
from app.importing.broken_items import read_or_skip
from app.importing.component_tree import ComponentTree, SourceComponent, SourceGroup
from app.importing.errors import UnsuitableSourceError
from app.importing.http.paged_lists import bearer, numbered_pages
from app.importing.incidents import SourceIncident, SourceUpdate, incident_items
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    maintenance_items,
)
from app.importing.page_choice import SourcePage, chosen_page
from app.importing.texts import SourceText, clean_titles, first_text
from app.importing.times import parse_time, rfc3339, zone_of_name
from app.importing.translations import source_text
from app.importing.values import int_of, objects_at, ref_at, text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry, Row

__all__ = ["read"]

_SERVICES: Mapping[str, ServiceStatus] = MappingProxyType(
    {
        "OPERATIONAL": ServiceStatus.OPERATIONAL,
        "UNDERMAINTENANCE": ServiceStatus.UNDER_MAINTENANCE,
        "DEGRADEDPERFORMANCE": ServiceStatus.DEGRADED_PERFORMANCE,
        "PARTIALOUTAGE": ServiceStatus.PARTIAL_OUTAGE,
        "MINOROUTAGE": ServiceStatus.PARTIAL_OUTAGE,
        "MAJOROUTAGE": ServiceStatus.MAJOR_OUTAGE,
    }
)
_IMPACTS: Mapping[str, Impact] = MappingProxyType(
    {
        "OPERATIONAL": Impact.NONE,
        "DEGRADEDPERFORMANCE": Impact.MINOR,
        "PARTIALOUTAGE": Impact.MAJOR,
        "MINOROUTAGE": Impact.MAJOR,
        "MAJOROUTAGE": Impact.CRITICAL,
    }
)
_INCIDENTS = {each.value.upper(): each for each in IncidentStatus}
_WINDOWS: Mapping[str, MaintenanceStatus] = MappingProxyType(
    {
        "NOTSTARTEDYET": MaintenanceStatus.SCHEDULED,
        "SCHEDULED": MaintenanceStatus.SCHEDULED,
        "INPROGRESS": MaintenanceStatus.IN_PROGRESS,
        "VERIFYING": MaintenanceStatus.VERIFYING,
        "COMPLETED": MaintenanceStatus.COMPLETED,
        "CANCELLED": MaintenanceStatus.CANCELLED,
        "CANCELED": MaintenanceStatus.CANCELLED,
    }
)
_LONGEST_MINUTES = 10 * 365 * 24 * 60
# Channels besides mail and webhook that a subscriber can have.
_CHANNELS = ("phone", "slack", "discord", "microsoftTeamsWebhook", "googleChatWebhook")


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a page."""
    lists = _InstatusLists(tools)
    page = chosen_page([_source_page(each) for each in lists.pages()], options)
    lists.page = ref_at(page, "id")
    reader = _InstatusPage(options, _language(page), ComponentTree(options))
    yield from reader.page_items(page)
    reader.add_components(list(lists.of("v2", "components")))
    # Which services there are is known only once everything that names them has been read.
    history = [each for raw in lists.of("v1", "incidents") for each in reader.incident(raw)]
    history += [each for raw in lists.of("v2", "maintenances") for each in reader.maintenance(raw)]
    yield from reader.tree.items()
    yield from history
    for raw in lists.of("v2", "subscribers"):
        yield from reader.subscriber(raw)
    yield ReportEntry("lost.theme")


@dataclass
class _InstatusLists:
    """The lists that the API gives, page by page."""

    tools: ImportTools
    page: str = ""

    def pages(self) -> Iterator[Row]:
        return self._all("v2/pages")

    def of(self, version: str, name: str) -> Iterator[Row]:
        return self._all(f"{version}/{quote(self.page, safe='')}/{name}")

    def _all(self, path: str) -> Iterator[Row]:
        def read_page(number: int) -> list[Row]:
            query = f"page={number}&per_page=100"
            found = self.tools.json(
                f"{root}/{path}?{query}", headers=bearer(self.tools), missing=number > 1
            )
            if found is None and number > 1:
                return []
            if not isinstance(found, list):
                raise UnsuitableSourceError(
                    f"/{path}", f"/{path} is no list: is SOURCE the API of Instatus?"
                )
            return found

        # SOURCE may name a version, while two of them are read.
        named = re.fullmatch(r"/v\d/?", urlsplit(self.tools.source).path)
        root = "/" if named else ""
        return numbered_pages(read_page)


def _source_page(row: Row) -> SourcePage:
    """A page, whose name is a text or one in each language."""
    name = source_text(row, "name")
    names = (name,) if isinstance(name, str) else name.values()
    hosts = (text_at(row, each) for each in ("subdomain", "customDomain"))
    return SourcePage(row, ref := ref_at(row, "id"), first_text(name), {ref, *names, *hosts} - {""})


@dataclass
class _InstatusPage:
    """Makes items of the objects of the API. `language` is that of the page."""

    options: ReadOptions
    language: str
    tree: ComponentTree
    statuses: dict[str, ServiceStatus] = field(default_factory=dict)

    # -- page and components -------------------------------------------------------

    def page_items(self, page: Row) -> Iterator[ImportItem | ReportEntry]:
        """The source and the settings of the page."""
        ref, name = ref_at(page, "id"), clean_titles(self._text(page, "name")).text
        source = {"kind": "instatus", "instance": ref, "name": first_text(name)}
        yield ImportItem(ItemKind.SOURCE, source, "page")
        content: dict[str, Any] = {"name": name} if name else {}
        if self.language:
            content["default_language"] = self.language
        link = text_at(page, "websiteUrl").strip()
        if link.startswith(("http://", "https://")):
            content["links"] = [link]
        elif link:
            yield ReportEntry("lost.link")
        created = self._time(page, "createdAt", "page")
        if created is not None:
            content["created_at"] = rfc3339(min(created, self.options.now))
        yield ImportItem(ItemKind.PAGE, content, "page")

    def add_components(self, components: list[Row]) -> None:
        """Note the components; one that others name as their group is a group."""
        groups = {ref_at(each, "group") for each in components}
        groups |= {ref_at(each, "id") for each in components if each.get("isParent") is True}
        groups.discard("")
        is_group = {ref_at(each, "id"): ref_at(each, "id") in groups for each in components}
        for each in components:
            if is_group[ref_at(each, "id")]:
                self._add_group(each, each)
        for each in components:
            if not is_group[ref_at(each, "id")]:
                self._add_component(each)

    def _add_group(self, group: Row, placed: Row) -> None:
        """Note a group, which is where `placed` is on the page."""
        name, order = self._text(group, "name"), int_of(placed.get("order"))
        self.tree.add_group(SourceGroup(ref_at(group, "id"), name, order))

    def _add_component(self, raw: Row) -> None:
        ref, group = ref_at(raw, "id"), raw.get("group")
        if isinstance(group, dict) and self._text(group, "name"):
            self._add_group(group, raw)
        self.statuses[ref] = _status(raw)
        self.tree.add(ref, lambda: self._component(raw))

    def _component(self, raw: Row) -> SourceComponent:
        ref = ref_at(raw, "id")
        return SourceComponent(
            ref,
            self._text(raw, "name"),
            self._text(raw, "description"),
            ref_at(raw, "group"),
            int_of(raw.get("order")),
            self._time(raw, "createdAt", f"component {ref}"),
            is_gone=raw.get("archivedAt") is not None,
        )

    # -- incidents -----------------------------------------------------------------

    def incident(self, raw: Row) -> list[ImportItem | ReportEntry]:
        """The incident of one object of the API."""
        return read_or_skip(lambda: self._incident(raw), ref_at(raw, "id"), self.options)

    def _incident(self, raw: Row) -> Iterator[ImportItem | ReportEntry]:
        ref, place = _ref_and_place(raw, "incident")
        updates, entries = self._updates(raw, place)
        yield from entries
        times = [each.at for each in updates]
        started = self._time(raw, "started", place) or self._time(raw, "createdAt", place)
        if started is None and not times:
            raise InvalidError(f"{place} has neither a start nor an update.", field=place)
        services, ended = self._named(raw, ref), self._time(raw, "resolved", place)
        status = _INCIDENTS.get(_word(raw, "status"))
        is_over = ended is not None if status is None else status is IncidentStatus.RESOLVED
        yield from incident_items(
            SourceIncident(
                ref=ref,
                title=self._text(raw, "name"),
                started_at=started or min(times),
                updates=updates,
                services=services,
                # The API has no former statuses: an open incident gets those of today.
                statuses={} if is_over or _is_resolved(updates) else self._broken(services),
                impact=_IMPACTS.get(_word(raw, "impact")),
                ended_at=(ended or max(times, default=started)) if is_over else None,
                created_at=self._time(raw, "createdAt", place),
                updated_at=self._time(raw, "updatedAt", place),
                may_stale=True,
                works=not self._broken(services),
                is_html=True,
            ),
            now=self.options.now,
            place=place,
            keep_open=self.options.keep_open,
        )

    def _updates(self, raw: Row, place: str) -> tuple[list[SourceUpdate], list[ReportEntry]]:
        """The updates of an incident, and the report entries about them."""
        updates, entries = [], []
        for each in objects_at(raw, "updates"):
            ref, status = ref_at(each, "id"), _INCIDENTS.get(_word(each, "status"))
            if status is None:
                entries.append(ReportEntry("guessed.status", ref))
            at, typed = self._shown_at(each, place), self._time(each, "createdAt", place)
            updates.append(SourceUpdate(ref, at, status, self._body(each), typed_at=typed))
        return updates, entries

    def _broken(self, services: list[str]) -> dict[str, ServiceStatus]:
        """Those of the services that do not work today."""
        found = {ref: self.statuses.get(ref, ServiceStatus.OPERATIONAL) for ref in services}
        return {ref: each for ref, each in found.items() if each is not ServiceStatus.OPERATIONAL}

    # -- maintenances --------------------------------------------------------------

    def maintenance(self, raw: Row) -> list[ImportItem | ReportEntry]:
        """The maintenance of one object of the API."""
        return read_or_skip(lambda: self._maintenance(raw), ref_at(raw, "id"), self.options)

    def _maintenance(self, raw: Row) -> Iterator[ImportItem | ReportEntry]:
        ref, place = _ref_and_place(raw, "maintenance")
        updates: list[SourceWindowUpdate] = []
        first_at: dict[MaintenanceStatus, datetime] = {}
        for each in objects_at(raw, "updates"):
            status, at = _WINDOWS.get(_word(each, "status")), self._shown_at(each, place)
            if status is None:
                yield ReportEntry("guessed.status", ref_at(each, "id"))
                status = MaintenanceStatus.SCHEDULED
            first_at[status] = min(at, first_at.get(status, at))
            updates.append(SourceWindowUpdate(ref_at(each, "id"), at, status, self._body(each)))
        start = self._time(raw, "start", place) or self._time(raw, "dateStart", place)
        if start is None:
            raise InvalidError(f"{place} has no start.", field=place)
        end = self._time(raw, "end", place) or self._time(raw, "dateEnd", place)
        end = end or _end_of_minutes(start, raw.get("duration"))
        start = min(start, first_at.get(MaintenanceStatus.IN_PROGRESS, start))
        status = _WINDOWS.get(_word(raw, "status"))
        completed = None
        if status is MaintenanceStatus.COMPLETED:
            completed = first_at.get(status)
        cancelled = None
        if status is MaintenanceStatus.CANCELLED:
            cancelled = first_at.get(status) or self._time(raw, "updatedAt", place) or start
        if end is not None:
            end = max(end, completed or end)
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=self._text(raw, "name"),
                body=None,
                starts_at=start,
                ends_at=end if end is None or end > start else None,
                services=self._named(raw, ref),
                updates=updates,
                completed_at=completed,
                cancelled_at=cancelled,
                verifying_at=first_at.get(MaintenanceStatus.VERIFYING),
                created_at=self._time(raw, "createdAt", place),
                updated_at=self._time(raw, "updatedAt", place),
                is_html=True,
            ),
            now=self.options.now,
            place=place,
        )

    # -- subscribers ---------------------------------------------------------------

    def subscriber(self, raw: Row) -> list[ImportItem | ReportEntry]:
        """The subscriber of one object of the API."""
        return read_or_skip(lambda: self._subscriber(raw), ref_at(raw, "id"), self.options)

    def _subscriber(self, raw: Row) -> Iterator[ImportItem | ReportEntry]:
        ref, place = _ref_and_place(raw, "subscriber")
        email, webhook = text_at(raw, "email").strip(), text_at(raw, "webhook").strip()
        if not email and not webhook:
            has_other = any(raw.get(name) for name in _CHANNELS)
            yield ReportEntry("skipped.channel" if has_other else "skipped.empty", ref)
            return
        content: dict[str, Any] = {
            "ref": ref,
            "channel": "email" if email else "webhook",
            "address": email or webhook,
            "confirmed": raw.get("confirmed") is True and raw.get("approved") is not False,
            "services": self._followed(raw),
        }
        if text_at(raw, "language"):
            content["language"] = text_at(raw, "language")
        since = self._time(raw, "createdAt", place)
        if since is not None:
            content["since"] = rfc3339(min(since, self.options.now))
        yield ImportItem(ItemKind.SUBSCRIBER, content, place)

    def _followed(self, raw: Row) -> list[str] | None:
        """The services that a subscriber follows; None for all."""
        refs = [ref_at(each, "id") for each in _components(raw)]
        if raw.get("all") is True or (raw.get("all") is None and not refs):
            return None
        return self.tree.followed(refs)

    # -- values --------------------------------------------------------------------

    def _named(self, raw: Row, by: str) -> list[str]:
        """The services that the incident or maintenance `by` names."""
        refs = []
        for each in _components(raw):
            ref = ref_at(each, "id")
            if self.tree.named(ref, self._text(each, "name"), by):
                refs.append(ref)
                self.statuses.setdefault(ref, _status(each))
        return list(dict.fromkeys(refs))

    def _text(self, raw: Row, name: str) -> SourceText:
        return source_text(raw, name, language=self.language)

    def _body(self, raw: Row) -> SourceText:
        """The Markdown of an update, or else its HTML."""
        return self._text(raw, "message") or self._text(raw, "messageHtml")

    def _shown_at(self, raw: Row, place: str) -> datetime:
        """The time that an update shows, or else the one at which it was written."""
        at = self._time(raw, "started", place) or self._time(raw, "createdAt", place)
        if at is None:
            raise InvalidError(f"{place}: update {ref_at(raw, 'id')} has no time.", field=place)
        return at

    def _time(self, raw: Row, name: str, place: str) -> datetime | None:
        value = raw.get(name)
        if value is None or value == "":
            return None
        zone, _ = zone_of_name(self.options.time_zone)
        return parse_time(value, place=f"{place}: {name}", zone=zone)[0]


def _language(page: Row) -> str:
    """The language of a page as a tag; empty without one."""
    tag = text_at(page, "language").strip().lower().replace("_", "-")
    return tag if is_language_tag(tag) else ""


def _ref_and_place(raw: Row, kind: str) -> tuple[str, str]:
    """The id of a thing, and how errors name it. Raises InvalidError without an id."""
    ref = ref_at(raw, "id")
    if not ref:
        raise InvalidError(
            f"An {kind} has no id." if kind[0] in "aeiou" else f"A {kind} has no id."
        )
    return ref, f"{kind} {ref}"


def _components(raw: Row) -> list[Row]:
    """The components that something names: as objects, or by their ids."""
    found = raw.get("components")
    named = found if isinstance(found, list) else []
    return [each if isinstance(each, dict) else {"id": each} for each in named]


def _is_resolved(updates: list[SourceUpdate]) -> bool:
    last = max(updates, key=lambda each: each.at, default=None)
    return last is not None and last.status is IncidentStatus.RESOLVED


def _status(raw: Row) -> ServiceStatus:
    return _SERVICES.get(_word(raw, "status"), ServiceStatus.OPERATIONAL)


def _word(raw: Row, name: str) -> str:
    """A value of an enumeration; in upper case without blanks and lines."""
    return re.sub(r"[\s_-]+", "", text_at(raw, name)).upper()


def _end_of_minutes(start: datetime, minutes: object) -> datetime | None:
    """The end of a window of so many minutes; None when that is no length."""
    try:
        length = float(str(minutes))
    except ValueError:
        return None
    return start + timedelta(minutes=length) if 0 < length <= _LONGEST_MINUTES else None
