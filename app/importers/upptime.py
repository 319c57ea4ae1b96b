"""The folder of an Upptime repository, with the issues and comments of GitHub beside it.

Source: upptime/uptime-monitor, src/update.ts. Of the settings only sites and the status website
are read: it holds tokens and channels of notifications too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.importing.incidents import SourceIncident, SourceUpdate, incident_items
from app.importing.maintenances import (
    SourceMaintenance,
    SourceWindowUpdate,
    is_maintenance,
    maintenance_items,
)
from app.importing.texts import clean_title
from app.importing.times import parse_time, rfc3339
from app.importing.values import objects_in
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
    settings = _settings(tools)
    issues = _list(tools, "issues.json", needed=True)
    comments: dict[int, list[Row]] = {}
    for each in _list(tools, "comments.json", needed=False):
        found = _NUMBER.search(str(each.get("issue_url") or ""))
        if found is not None:
            comments.setdefault(int(found[1]), []).append(each)
    website = settings.get("status-website")
    shown = website if isinstance(website, dict) else {}
    reader = _Repository(options, _sites(tools, settings), shown)
    yield from reader.head(settings)
    history = [item for issue in issues for item in reader.issue(issue, comments)]
    yield from reader.services()
    yield from history
    if options.targets:
        yield from reader.targets()


# -- files -----------------------------------------------------------------------------------------


def _settings(tools: ImportTools) -> Row:
    for name, content in tools.files(".upptimerc.yml", ".upptimerc.yaml"):
        found = tools.parse_yaml(content, name)
        if not isinstance(found, dict):
            raise InvalidError(f"{name} must be an object.")
        return found
    raise InvalidError(f"{tools.source} has no .upptimerc.yml: it is no repository of Upptime.")


def _list(tools: ImportTools, name: str, *, needed: bool) -> list[Row]:
    """The objects of a file beside the folder; lists of pages are joined."""
    content = tools.beside(name)
    if content is None:
        if needed:
            raise InvalidError(
                f"There is no {name} beside the folder. Make it with: gh api --paginate --slurp "
                '"repos/OWNER/REPO/issues?state=all&per_page=100"; comments.json likewise from '
                "issues/comments."
            )
        return []
    found = tools.parse_json(content, name)
    if not isinstance(found, list):
        raise InvalidError(f"{name} must be a list.")
    flat = [each for part in found for each in (part if isinstance(part, list) else [part])]
    return objects_in(flat)


@dataclass(frozen=True, slots=True)
class _ProbedSite:
    """A site of the settings; `slug` names its label and its file."""

    slug: str
    name: str
    url: str
    port: object
    is_http: bool
    since: datetime | None


def _sites(tools: ImportTools, settings: Row) -> list[_ProbedSite]:
    history: dict[str, Row] = {}
    for path, content in tools.files("history/*.yml"):
        found = tools.parse_yaml(content, path)
        if isinstance(found, dict):
            history[path.removeprefix("history/").removesuffix(".yml")] = found
    slugs: dict[str, str] = {}
    for name, content in tools.files("history/summary.json"):
        summary = tools.parse_json(content, name)
        for each in summary if isinstance(summary, list) else []:
            if isinstance(each, dict) and each.get("name") and each.get("slug"):
                slugs[str(each["name"])] = str(each["slug"])
    sites = settings.get("sites")
    return [
        _site(each, slugs, history)
        for each in (sites if isinstance(sites, list) else [])
        if isinstance(each, dict) and each.get("name")
    ]


def _site(each: Row, slugs: Mapping[str, str], history: Mapping[str, Row]) -> _ProbedSite:
    name, url = str(each["name"]), str(each.get("url") or "")
    by_url = next((slug for slug, row in history.items() if url and row.get("url") == url), None)
    slug = each.get("slug") or slugs.get(name) or by_url or _slug(name)
    started = history.get(str(slug), {}).get("startTime")
    since = None
    if started:
        since, _ = parse_time(started, place=f"history/{slug}.yml: startTime", zone=UTC)
    check = each.get("check")
    return _ProbedSite(str(slug), name, url, each.get("port"), check in {None, "http"}, since)


def _slug(name: str) -> str:
    """As Upptime derives it: letters and digits of any script, in lower case."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")


# -- issues ----------------------------------------------------------------------------------------


class _Repository:
    """Makes items of issues."""

    def __init__(self, options: ReadOptions, sites: Sequence[_ProbedSite], website: Row) -> None:
        self._options = options
        self._sites = {site.slug: site for site in sites}
        self._by_name = {site.name: site.slug for site in sites}
        self._website = website
        self._gone: dict[str, str] = {}

    def head(self, settings: Row) -> Iterator[ImportItem]:
        name = clean_title(str(self._website.get("name") or "")).text
        instance = f"{settings.get('owner')}/{settings.get('repo')}"
        source = {"kind": "upptime", "instance": instance, "name": name, "language": "en"}
        yield ImportItem(ItemKind.SOURCE, source, ".upptimerc.yml")
        yield ImportItem(ItemKind.PAGE, {"name": name} if name else {}, ".upptimerc.yml")

    def services(self) -> Iterator[ImportItem | ReportEntry]:
        for site in self._sites.values():
            content: dict[str, Any] = {"ref": site.slug, "name": clean_title(site.name).text}
            if site.since is not None:
                content["known_since"] = rfc3339(min(site.since, self._options.now))
            yield ImportItem(ItemKind.SERVICE, content, f"site {site.slug}")
        for slug, name in self._gone.items():
            yield ReportEntry("guessed.services", slug)
            former = {"ref": slug, "name": name, "archived": True}
            yield ImportItem(ItemKind.SERVICE, former, f"site {slug}")

    def targets(self) -> Iterator[ImportItem | ReportEntry]:
        for site in self._sites.values():
            try:
                host, port = urlsplit(site.url).hostname, urlsplit(site.url).port
            except ValueError:
                host, port = None, None
            is_plain = not site.url.startswith("https://") or "@" in site.url
            if not site.is_http or not host or is_plain:
                yield ReportEntry("lost.target", site.slug)
                continue
            content = {"ref": site.slug, "host": host, "port": port or 443, "services": [site.slug]}
            yield ImportItem(ItemKind.TARGET, content, f"site {site.slug}")

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
        team = [each for each in said if each.get("author_association") in _TEAM]
        for each in said:
            if each not in team:
                yield ReportEntry("skipped.stranger", f"comment:{each.get('id')}")
        title = _EMOJI.sub("", str(issue.get("title") or ""))
        try:
            if planned or is_maintenance(self._options, title):
                items = list(self._maintenance(issue, ref, title, team))
            else:
                items = list(self._incident(issue, ref, title, team))
        except InvalidError:
            if not self._options.skip_broken:
                raise
            items = [ReportEntry("skipped.broken", ref)]
        yield from items

    def _incident(
        self, issue: Row, ref: str, title: str, team: list[Row]
    ) -> Iterator[ImportItem | ReportEntry]:
        start = _required(issue, "created_at", ref)
        closed = _time(issue, "closed_at", ref)
        body = str(issue.get("body") or "")
        service, status = self._service(issue, title), _severity(title, body)
        stated = {service: status} if service is not None and status is not None else {}
        updates = [SourceUpdate("issue", start, IncidentStatus.INVESTIGATING, body, stated)]
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
        self._gone.setdefault(labels[0], clean_title(_DOWN.sub("", title)).text or labels[0])
        return labels[0]

    def _maintenance(
        self, issue: Row, ref: str, title: str, team: list[Row]
    ) -> Iterator[ImportItem | ReportEntry]:
        body = str(issue.get("body") or "")
        found = _COMMENT.search(body)
        fields = dict(_FIELD.findall(found[1])) if found is not None else {}
        if not fields.get("start") or not fields.get("end"):
            yield ReportEntry("skipped.unparsable", ref)
            return
        # The zone is required: these times are read by people in several.
        start, _ = parse_time(fields["start"], place=f"{ref}: start", zone=None)
        end, _ = parse_time(fields["end"], place=f"{ref}: end", zone=None)
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
    resolving = next(
        (n for n, each in enumerate(ordered) if n and _RESOLVED.match(str(each.body or ""))), None
    )
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
