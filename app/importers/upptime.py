"""An Upptime repository: a folder with the issues and comments of GitHub beside it, or on GitHub.

Source: upptime/uptime-monitor, src/update.ts. Of the settings only sites and the status website
are read: it holds tokens and channels of notifications too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.validation import is_slug
from app.importing.broken_items import read_or_skip
from app.importing.incidents import SourceIncident, SourceUpdate, incident_items
from app.importing.items import target_items
from app.importing.kinds.upptime_files import UpptimeContent, load_upptime
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    is_maintenance,
    maintenance_items,
)
from app.importing.texts import clean_name, clean_title
from app.importing.times import parse_time, rfc3339, zone_of_name
from app.importing.values import text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry, Row

__all__ = ["read"]

_TEAM = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_LABELS = frozenset({"status", "maintenance"})
_EMOJI = re.compile(r"^[^\w(\[\"']+\s+", re.UNICODE)
_DOWN = re.compile(r"\s+(?:is down|has degraded performance)\s*$", re.IGNORECASE)
_RESOLVED = re.compile(r"^\s*\*\*Resolved:?\*\*:?", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_EMPTY_FENCE = re.compile(r"^(```|~~~)[^\n]*\n\s*\1[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^\s*(start|end|expectedDown|expectedDegraded)\s*:\s*(.*?)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"/issues/(\d{1,12})$")
_CLOSING = timedelta(seconds=1)


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a repository."""
    content = load_upptime(tools, options)
    comments: dict[int, list[Row]] = {}
    for each in content.comments:
        found = _NUMBER.search(str(each.get("issue_url") or ""))
        if found is not None:
            comments.setdefault(int(found[1]), []).append(each)
    reader = _Repository(options, content)
    yield from reader.head()
    history = [item for issue in content.issues for item in reader.issue(issue, comments)]
    yield from reader.services()
    yield from history
    if options.targets:
        yield from reader.targets()


# -- issues ----------------------------------------------------------------------------------------


class _Repository:
    """Makes items of issues."""

    def __init__(self, options: ReadOptions, content: UpptimeContent) -> None:
        self._options = options
        self._content = content
        self._sites = {site.slug: site for site in content.sites}
        self._by_name = {site.name: site.slug for site in content.sites}
        self._website = content.website
        self._gone: dict[str, str] = {}

    def head(self) -> Iterator[ImportItem | ReportEntry]:
        name = clean_title(str(self._website.get("name") or "")).text
        instance = self._content.instance
        source = {"kind": "upptime", "instance": instance, "name": name, "language": "en"}
        yield ImportItem(ItemKind.SOURCE, source, ".upptimerc.yml")
        yield ImportItem(ItemKind.PAGE, {"name": name} if name else {}, ".upptimerc.yml")
        yield from self._content.findings

    def services(self) -> Iterator[ImportItem | ReportEntry]:
        for site in self._sites.values():
            content: dict[str, Any] = {"ref": site.slug, "name": clean_name(site.name, site.slug)}
            if is_slug(site.slug):
                content["slug"] = site.slug
            if site.since is not None:
                content["known_since"] = rfc3339(min(site.since, self._options.now))
            yield ImportItem(ItemKind.SERVICE, content, f"site {site.slug}")
        for slug, name in self._gone.items():
            yield ReportEntry("guessed.services", slug)
            former = {"ref": slug, "name": name, "archived": True}
            yield ImportItem(ItemKind.SERVICE, former, f"site {slug}")

    def targets(self) -> Iterator[ImportItem | ReportEntry]:
        for site in self._sites.values():
            url = site.url if site.is_http else ""
            yield from target_items(url, site.slug, place=f"site {site.slug}")

    def issue(
        self, issue: Row, comments: Mapping[int, list[Row]]
    ) -> Iterator[ImportItem | ReportEntry]:
        number = issue.get("number")
        ref = f"issue:{number}"
        labels = _labels(issue)
        planned = "maintenance" in labels
        if "pull_request" in issue or not (planned or "status" in labels):
            yield ReportEntry("skipped.not_an_incident", ref)
            return
        said = comments.get(number, []) if isinstance(number, int) else []
        team = [each for each in said if text_at(each, "author_association") in _TEAM]
        for each in said:
            if each not in team:
                yield ReportEntry("skipped.stranger", f"comment:{each.get('id')}")
        title = _EMOJI.sub("", str(issue.get("title") or ""))
        is_planned = planned or is_maintenance(self._options, title)
        make = self._maintenance if is_planned else self._incident
        yield from read_or_skip(lambda: make(issue, ref, title, team), ref, self._options)

    def _incident(
        self, issue: Row, ref: str, title: str, team: list[Row]
    ) -> Iterator[ImportItem | ReportEntry]:
        start = _required(issue, "created_at", ref)
        closed = _time(issue, "closed_at", ref)
        body = str(issue.get("body") or "")
        service, status = self._service(issue, title), _severity(title, body)
        stated = {service: status} if service is not None and status is not None else {}
        updates = [
            SourceUpdate("issue", start, IncidentStatus.INVESTIGATING, body, stated, has_ref=False)
        ]
        updates += [
            SourceUpdate(
                f"comment:{each.get('id')}",
                _required(each, "created_at", f"{ref}: comment:{each.get('id')}"),
                None,
                str(each.get("body") or ""),
            )
            for each in team
        ]
        if closed is not None:
            updates = _closed(updates, closed)
            if updates[-1].status is not IncidentStatus.RESOLVED:
                yield ReportEntry("lost.text", ref)
        if service is None:
            yield ReportEntry("guessed.services", ref)
        yield from incident_items(
            SourceIncident(
                ref=ref,
                title=title,
                started_at=start,
                updates=updates,
                services=[] if service is None else [service],
                ended_at=closed,
                created_at=start,
                former_paths=[f"{self._base()}/incident/{issue.get('number')}"],
            ),
            now=self._options.now,
            place=ref,
            keep_open=self._options.keep_open,
        )

    def _service(self, issue: Row, title: str) -> str | None:
        """The label that is the slug of a site, or else the only other label."""
        labels = [label for label in _labels(issue) if label not in _LABELS]
        for label in labels:
            if label in self._sites:
                return label
        if len(labels) != 1:
            return None
        self._gone.setdefault(labels[0], clean_name(_DOWN.sub("", title), labels[0]))
        return labels[0]

    def _maintenance(
        self, issue: Row, ref: str, title: str, team: list[Row]
    ) -> Iterator[ImportItem | ReportEntry]:
        body = str(issue.get("body") or "")
        found = _COMMENT.search(body)
        fields = dict(_FIELD.findall(found[1])) if found is not None else {}
        zone, _ = zone_of_name(self._options.time_zone)
        try:
            start, end = (
                parse_time(fields.get(name, ""), place=f"{ref}: {name}", zone=zone)[0]
                for name in ("start", "end")
            )
        except InvalidError:
            yield ReportEntry("skipped.unparsable", ref)
            return
        names = f"{fields.get('expectedDown', '')},{fields.get('expectedDegraded', '')}"
        refs = []
        for name in filter(None, (each.strip() for each in names.split(","))):
            slug = name if name in self._sites else self._by_name.get(name)
            if slug is None:
                yield ReportEntry("fixed.unknown_service", ref)
            else:
                refs.append(slug)
        text = _EMPTY_FENCE.sub("", _COMMENT.sub("", body)).strip()
        updates = [
            SourceWindowUpdate(
                f"comment:{each.get('id')}",
                at := _required(each, "created_at", ref),
                MaintenanceStatus.SCHEDULED if at < start else MaintenanceStatus.IN_PROGRESS,
                str(each.get("body") or ""),
            )
            for each in team
        ]
        if not text and updates:
            text = str(updates.pop(0).body or "")
        yield from maintenance_items(
            SourceMaintenance(
                ref=ref,
                title=title,
                body=text,
                starts_at=start,
                ends_at=end if end > start else None,
                services=list(dict.fromkeys(refs)),
                updates=updates,
                created_at=_time(issue, "created_at", ref),
                former_paths=[f"{self._base()}/incident/{issue.get('number')}"],
            ),
            now=self._options.now,
            place=ref,
        )

    def _base(self) -> str:
        """The path below which the status website is served."""
        base = str(self._website.get("baseUrl") or "").strip("/")
        return f"/{base}" if base else ""


def _closed(updates: list[SourceUpdate], closed: datetime) -> list[SourceUpdate]:
    """The updates with the one that resolves: by its text, or written as the issue was closed."""
    ordered = sorted(updates, key=lambda each: each.at)
    said = [n for n, each in enumerate(ordered) if n and _RESOLVED.match(str(each.body or ""))]
    # An issue that was opened again says so more than once: the last time it was closed counts.
    resolving = next((n for n in reversed(said) if ordered[n].at <= closed + _CLOSING), None)
    resolving = next(iter(said), None) if resolving is None else resolving
    if resolving is None:
        before = [n for n, each in enumerate(ordered) if n and each.at <= closed]
        if before and closed - ordered[before[-1]].at <= _CLOSING:
            resolving = before[-1]
    found = []
    for number, each in enumerate(ordered):
        is_after = each.at > closed or (resolving is not None and number >= resolving)
        found.append(replace(each, status=IncidentStatus.RESOLVED) if is_after else each)
    return found


def _severity(title: str, body: str) -> ServiceStatus | None:
    """How badly: the title says it, or else the bold words of the body."""
    for text in (title.lower(), " ".join(re.findall(r"\*\*([^*\n]{1,40})\*\*", body.lower()))):
        if "degraded performance" in text:
            return ServiceStatus.DEGRADED_PERFORMANCE
        if re.search(r"\bdown\b", text):
            return ServiceStatus.MAJOR_OUTAGE
    return None


def _labels(issue: Row) -> list[str]:
    labels = issue.get("labels")
    found = labels if isinstance(labels, list) else []
    return [str(each.get("name") if isinstance(each, dict) else each) for each in found]


def _time(row: Row, name: str, place: str) -> datetime | None:
    value = row.get(name)
    return parse_time(value, place=f"{place}: {name}", zone=UTC)[0] if value else None


def _required(row: Row, name: str, place: str) -> datetime:
    found = _time(row, name, place)
    if found is None:
        raise InvalidError(f"{place} has no {name}.", field=place)
    return found
