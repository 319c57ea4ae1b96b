"""Hund: the API of a status page, with an API key.

Source: hundio/api-specification. An issue is its own first update. With `Accept-Language: *` a text
is an object by language tag; times are seconds since 1970.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.importing.broken_items import read_or_skip
from app.importing.component_tree import ComponentTree, SourceComponent, SourceGroup
from app.importing.errors import UnsuitableSourceError
from app.importing.http.paged_lists import VersionedApi, bearer
from app.importing.incidents import (
    SourceIncident,
    SourcePostmortem,
    SourceUpdate,
    incident_items,
)
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    is_maintenance,
    maintenance_items,
)
from app.importing.texts import SourceText, first_text
from app.importing.times import parse_unix_time, rfc3339
from app.importing.translations import joined_texts, source_text
from app.importing.values import int_of, objects_at, objects_in, ref_at, text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry, Row

__all__ = ["read"]

# As the documentation of the API has it, and as its examples link to it.
_ROOTS = ("/api/v1", "/v1")
# The ref of an issue as its own first update.
_ISSUE = "issue"
_ADDENDUM = "addendum"
_INFORMATIONAL = "informational"
_MAINTENANCE = "maintenance"
_INCIDENT_LABELS: Mapping[str, IncidentStatus] = MappingProxyType(
    {
        "assessed": IncidentStatus.IDENTIFIED,
        "identified": IncidentStatus.IDENTIFIED,
        "investigating": IncidentStatus.INVESTIGATING,
        "monitoring": IncidentStatus.MONITORING,
        "resolved": IncidentStatus.RESOLVED,
    }
)
_WINDOW_LABELS: Mapping[str, MaintenanceStatus] = MappingProxyType(
    {
        "monitoring": MaintenanceStatus.VERIFYING,
        "resolved": MaintenanceStatus.COMPLETED,
        "cancelled": MaintenanceStatus.CANCELLED,
    }
)
_STATES: Mapping[int, ServiceStatus] = MappingProxyType(
    {
        -1: ServiceStatus.MAJOR_OUTAGE,
        0: ServiceStatus.DEGRADED_PERFORMANCE,
        1: ServiceStatus.OPERATIONAL,
    }
)
# Behind every component that has a place in a group.
_LAST = 1_000_000


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a page."""
    headers = {**bearer(tools), "accept-language": "*"}
    if options.page is not None:
        # The API of all pages takes one of them from here.
        headers["hund-context"] = options.page
    lists = _HundLists(VersionedApi(tools, _ROOTS, headers))
    host = urlsplit(tools.source if "://" in tools.source else f"//{tools.source}").hostname or ""
    instance = f"{host}/{options.page}" if options.page else host
    source = {"kind": "hund", "instance": instance, "name": host}
    yield ImportItem(ItemKind.SOURCE, source, "page")
    reader = _HundPage(options, lists, ComponentTree(options))
    reader.add_components()
    # Which services there are is known only once everything that names them has been read.
    history = [each for raw in lists.of("/issues") for each in reader.issue(raw)]
    yield from reader.tree.items()
    yield from history
    for raw in lists.of("/subscriptions"):
        yield from reader.subscription(raw)
    # The name of the page and its settings are in no list of the API.
    yield ReportEntry("lost.theme")


@dataclass
class _HundLists:
    """The lists that the API gives: each page names whether there are more after its last id."""

    api: VersionedApi

    def of(self, path: str) -> Iterator[Row]:
        """The elements of a list, each once."""
        seen: set[str] = set()
        mark, query = "&" if "?" in path else "?", ""
        while True:
            found = self.api.get(f"{path}{query}")
            if not isinstance(found, dict) or not isinstance(found.get("data"), list):
                raise UnsuitableSourceError(
                    path, f"{path} has no list `data`: is SOURCE the API of Hund?"
                )
            elements = objects_in(found["data"])
            new = [each for each in elements if ref_at(each, "id") not in seen]
            seen.update(ref_at(each, "id") for each in new)
            yield from new
            last = ref_at(elements[-1], "id") if elements else ""
            if not new or found.get("has_more") is not True or not last:
                return
            query = f"{mark}after={quote(last, safe='')}"

    def within(self, raw: Row, name: str, path: str) -> list[Row]:
        """The elements of a list in an object; `path` has all, where the object has some only."""
        found = raw.get(name)
        if isinstance(found, dict) and found.get("has_more") is True:
            return list(self.of(path))
        return objects_at(found, "data")


@dataclass
class _HundPage:
    """Makes items of the objects of the API."""

    options: ReadOptions
    lists: _HundLists
    tree: ComponentTree

    # -- groups and components -----------------------------------------------------

    def add_components(self) -> None:
        """Note the groups and components; a group has its components in their order."""
        places: dict[str, tuple[str, int]] = {}
        listed: list[Row] = []
        for group in self.lists.of("/groups"):
            ref = ref_at(group, "id")
            name, position = source_text(group, "name"), int_of(group.get("position"))
            self.tree.add_group(SourceGroup(ref, name, position))
            members = self.lists.within(group, "components", f"/components?group={_quoted(ref)}")
            for number, each in enumerate(members):
                places.setdefault(ref_at(each, "id"), (ref, number))
            listed += members
        for number, each in enumerate([*self.lists.of("/components"), *listed]):
            ref = ref_at(each, "id")
            place = places.get(ref, (ref_at(each, "group"), _LAST + number))
            self._add_component(each, *place)

    def _add_component(self, raw: Row, group: str, order: int) -> None:
        ref = ref_at(raw, "id")
        self.tree.add(
            ref,
            lambda: SourceComponent(
                ref,
                source_text(raw, "name"),
                source_text(raw, "description"),
                group,
                order,
                self._time(raw, "created_at", f"component {ref}"),
            ),
        )

    # -- issues --------------------------------------------------------------------

    def issue(self, raw: Row) -> list[ImportItem | ReportEntry]:
        """The incident or maintenance of an issue."""
        ref = ref_at(raw, "id")
        # A server that fails is no broken issue: nothing of its history may be left out silently.
        updates = self.lists.within(raw, "updates", f"/issues/{_quoted(ref)}/updates")
        components = self.lists.within(raw, "components", f"/components?issue={_quoted(ref)}")
        return read_or_skip(lambda: self._issue(raw, updates, components), ref, self.options)

    def _issue(
        self, raw: Row, all_updates: list[Row], components: list[Row]
    ) -> Iterator[ImportItem | ReportEntry]:
        ref = ref_at(raw, "id")
        if not ref:
            raise InvalidError("An issue has no id.", field="id")
        place = f"issue {ref}"
        updates = []
        for each in all_updates:
            update = self._update(each, place)
            if update.at > self.options.now:
                yield ReportEntry("skipped.unpublished", update.ref)
            else:
                updates.append(update)
        title = source_text(raw, "title")
        named = [
            ref_at(each, "id")
            for each in components
            if self.tree.named(ref_at(each, "id"), source_text(each, "name"), ref)
        ]
        issue = _HundIssue(ref, place, title, list(dict.fromkeys(named)), raw, updates)
        is_planned = isinstance(raw.get("schedule"), dict) or _MAINTENANCE in {
            text_at(raw, "specialization"),
            _label(raw),
        }
        is_planned = is_planned or is_maintenance(self.options, first_text(title))
        yield from self._maintenance(issue) if is_planned else self._incident(issue)

    def _update(self, raw: Row, place: str) -> "_HundUpdate":
        ref = ref_at(raw, "id")
        typed = self._time(raw, "created_at", place)
        at = self._time(raw, "effective_after", place) or typed
        if at is None:
            raise InvalidError(f"{place}: update {ref} has no time.", field=place)
        return _HundUpdate(ref, at, typed, _label(raw), source_text(raw, "body"), _state(raw))

    def _incident(self, issue: "_HundIssue") -> Iterator[ImportItem | ReportEntry]:
        raw, place = issue.raw, issue.place
        created = self._time(raw, "created_at", place)
        began = self._time(raw, "began_at", place) or created
        if began is None:
            raise InvalidError(f"{place} has no start.", field=place)
        ended = self._time(raw, "ended_at", place) if raw.get("resolved") is not False else None
        if raw.get("resolved") is True and ended is None and not issue.resolved_at:
            yield ReportEntry("guessed.end", issue.ref)
            ended = max(began, issue.last_at or began)
        is_bulletin = _INFORMATIONAL in {text_at(raw, "specialization"), _label(raw)}
        first = _HundUpdate(
            _ISSUE,
            began,
            created,
            "resolved" if is_bulletin else _label(raw),
            source_text(raw, "body"),
            None if is_bulletin else _state(raw),
        )
        addenda = issue.addenda(ended)
        updates = [first, *(each for each in issue.updates if each not in addenda)]
        if is_bulletin or first.status is None:
            yield ReportEntry("guessed.status", issue.ref)
        unknown = [each.ref for each in updates[1:] if each.has_unknown_label]
        yield from (ReportEntry("guessed.status", ref) for ref in unknown)
        yield from incident_items(
            SourceIncident(
                ref=issue.ref,
                title=issue.title,
                started_at=began,
                updates=[each.of_services(issue.services) for each in updates],
                services=issue.services,
                ended_at=ended,
                postmortem=_postmortem(addenda),
                created_at=created,
                updated_at=self._time(raw, "updated_at", place),
            ),
            now=self.options.now,
            place=place,
            keep_open=self.options.keep_open,
        )

    def _maintenance(self, issue: "_HundIssue") -> Iterator[ImportItem | ReportEntry]:
        raw, place = issue.raw, issue.place
        schedule = raw.get("schedule")
        planned: Row = schedule if isinstance(schedule, dict) else {}
        created, began = (self._time(raw, each, place) for each in ("created_at", "began_at"))
        start = self._time(planned, "starts_at", place) or began or created
        if start is None:
            raise InvalidError(f"{place} has no start.", field=place)
        start = min(start, began or start)
        ended = self._time(raw, "ended_at", place)
        end = self._time(planned, "ends_at", place) or ended
        cancelled = None
        if raw.get("cancelled") is True:
            cancelled = self._time(raw, "cancelled_at", place) or issue.last_at or start
        is_over = raw.get("resolved") is True and cancelled is None
        completed = ended if is_over else None
        if end is not None:
            end = max(end, completed or end)
        yield from maintenance_items(
            SourceMaintenance(
                ref=issue.ref,
                title=issue.title,
                body=source_text(raw, "body"),
                starts_at=start,
                ends_at=end if end is None or end > start else None,
                services=issue.services,
                updates=[each.of_window(start, completed) for each in issue.updates],
                completed_at=completed,
                cancelled_at=cancelled,
                created_at=created,
                updated_at=self._time(raw, "updated_at", place),
            ),
            now=self.options.now,
            place=place,
        )

    # -- subscriptions -------------------------------------------------------------

    def subscription(self, raw: Row) -> list[ImportItem | ReportEntry]:
        """The subscriber of a subscription."""
        return read_or_skip(lambda: self._subscription(raw), ref_at(raw, "id"), self.options)

    def _subscription(self, raw: Row) -> Iterator[ImportItem | ReportEntry]:
        ref, channel = ref_at(raw, "id"), raw.get("channel")
        kind, address = _address(channel) if isinstance(channel, dict) else ("", "")
        if not address:
            yield ReportEntry("skipped.channel", ref)
            return
        if text_at(raw, "listens_to_level") != "all":
            yield ReportEntry("lost.events", ref)
        # The API lists those that get messages, and does not say who confirmed.
        yield ReportEntry("guessed.confirmed", ref)
        content: dict[str, Any] = {
            "ref": ref,
            "channel": kind,
            "address": address,
            "confirmed": True,
            "services": None,
        }
        excluded = raw.get("notification_exclusions")
        known = set(self.tree.components) & {
            str(each) for each in (excluded if isinstance(excluded, list) else [])
        }
        if known:
            yield ReportEntry("fixed.exclusions", ref)
            content["services"] = [each for each in self.tree.components if each not in known]
        if text_at(raw, "locale"):
            content["language"] = text_at(raw, "locale")
        since = self._time(raw, "created_at", f"subscription {ref}")
        if since is not None:
            content["since"] = rfc3339(min(since, self.options.now))
        yield ImportItem(ItemKind.SUBSCRIBER, content, f"subscription {ref}")

    @staticmethod
    def _time(raw: Row, name: str, place: str) -> datetime | None:
        value = raw.get(name)
        return None if value is None else parse_unix_time(value, place=f"{place}: {name}")


@dataclass(frozen=True, slots=True)
class _HundUpdate:
    """An update of an issue: the time from which it counts, and the state that it sets."""

    ref: str
    at: datetime
    typed_at: datetime | None
    label: str
    body: SourceText
    state: ServiceStatus | None

    @property
    def status(self) -> IncidentStatus | None:
        return _INCIDENT_LABELS.get(self.label)

    @property
    def has_unknown_label(self) -> bool:
        is_known = self.status is not None or self.label in {"", _ADDENDUM, _INFORMATIONAL}
        return not is_known

    def of_services(self, services: list[str]) -> SourceUpdate:
        """The update of an incident that affects these services."""
        states = {} if self.state is None else dict.fromkeys(services, self.state)
        return SourceUpdate(
            self.ref,
            self.at,
            self.status,
            self.body,
            states,
            self.typed_at,
            has_ref=self.ref != _ISSUE,
        )

    def of_window(self, start: datetime, completed: datetime | None) -> SourceWindowUpdate:
        """The update of a maintenance with this start and end."""
        by_time = MaintenanceStatus.SCHEDULED if self.at < start else MaintenanceStatus.IN_PROGRESS
        if completed is not None and self.at >= completed:
            by_time = MaintenanceStatus.COMPLETED
        status = _WINDOW_LABELS.get(self.label, by_time)
        return SourceWindowUpdate(self.ref, self.at, status, self.body)


@dataclass(frozen=True, slots=True)
class _HundIssue:
    """An issue with the services that it affects, and its updates."""

    ref: str
    place: str
    title: SourceText
    services: list[str]
    raw: Row
    updates: list[_HundUpdate] = field(default_factory=list)

    @property
    def last_at(self) -> datetime | None:
        return max((each.at for each in self.updates), default=None)

    @property
    def resolved_at(self) -> datetime | None:
        times = [each.at for each in self.updates if each.status is IncidentStatus.RESOLVED]
        return max(times, default=None)

    def addenda(self, ended: datetime | None) -> list[_HundUpdate]:
        """What was added after the end; none while the issue is open."""
        if self.raw.get("resolved") is False:
            return []
        end = ended or self.resolved_at
        if end is None:
            return []
        found = [each for each in self.updates if each.label == _ADDENDUM and each.at >= end]
        return sorted(found, key=lambda each: each.at)


def _postmortem(addenda: list[_HundUpdate]) -> SourcePostmortem | None:
    """The postmortem that addenda are, published with the last one."""
    if not addenda:
        return None
    return SourcePostmortem(joined_texts([each.body for each in addenda]), addenda[-1].at)


def _label(raw: Row) -> str:
    return first_text(source_text(raw, "label")).strip().lower()


def _state(raw: Row) -> ServiceStatus | None:
    """The status that an issue or update gives its services; None when it leaves them."""
    value = raw.get("state_override")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return _STATES.get(value) if is_number else None  # type: ignore[arg-type]


def _address(channel: Row) -> tuple[str, str]:
    """The kind of a channel and its address, empty when Fyr cannot send there."""
    if channel.get("type") == "email":
        return "email", text_at(channel, "address") or text_at(channel, "email")
    if channel.get("type") == "webhook":
        return "webhook", text_at(channel, "url")
    return "", ""


def _quoted(ref: str) -> str:
    return quote(ref, safe="")
