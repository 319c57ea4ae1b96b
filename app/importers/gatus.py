"""The configuration file of Gatus: endpoints, suites and announcements.

Source: TwiN/gatus, config/endpoint and config/announcement. Headers, conditions, tokens and
alerting are not read. Results of checks are in its database, and are not imported.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.domain.statuses import Impact, IncidentStatus
from app.importing.errors import UnsuitableSourceError
from app.importing.incidents import SourceIncident, SourceUpdate, incident_items
from app.importing.items import target_items
from app.importing.texts import clean_name, clean_title
from app.importing.times import parse_time, zone_of_name
from app.importing.values import objects_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry, Row

__all__ = ["read"]

_IMPACTS = {"outage": Impact.MAJOR, "warning": Impact.MINOR}
# One of these is enough: services can be reported from outside only.
_SERVICES = ("endpoints", "external-endpoints", "suites")
_PARTS = (*_SERVICES, "announcements")
_MARKS = re.compile(r"[*_`#]+")


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a configuration."""
    name = Path(tools.source).name
    settings = tools.parse_yaml(tools.read(), name)
    if not isinstance(settings, dict) or not any(
        isinstance(settings.get(part), list) for part in _PARTS
    ):
        raise UnsuitableSourceError(
            name, f"{name} has no endpoints: is it a configuration of Gatus?"
        )
    yield from _head(settings, name)
    # A suite is shown like an endpoint, with a status of its own.
    endpoints = [each for part in _SERVICES for each in objects_at(settings, part)]
    shown = []
    for each in endpoints:
        if each.get("enabled") is False and not options.with_hidden:
            yield ReportEntry("skipped.inactive", _ref(each))
        else:
            shown.append(each)
    yield from _services(shown, name)
    seen: Counter[str] = Counter()
    for each in objects_at(settings, "announcements"):
        # Announcements have no ids: the time and the place in the list are theirs.
        stamp = str(each.get("timestamp"))
        seen[stamp] += 1
        number = f"#{seen[stamp]}" if seen[stamp] > 1 else ""
        yield from _announcement(each, f"announcement:{stamp}{number}", options, name)
    if options.targets:
        for each in shown:
            yield from _target(each, name)


def _head(settings: Row, name: str) -> Iterator[ImportItem]:
    ui = settings.get("ui")
    title = clean_title(str(ui.get("title") or "") if isinstance(ui, dict) else "").text
    source = {"kind": "gatus", "instance": title or name, "name": title}
    yield ImportItem(ItemKind.SOURCE, source, name)
    yield ImportItem(ItemKind.PAGE, {"name": title} if title else {}, name)


def _services(endpoints: list[Row], name: str) -> Iterator[ImportItem]:
    for group in dict.fromkeys(str(each["group"]) for each in endpoints if each.get("group")):
        content = {"ref": group, "name": clean_name(group, "–")}
        yield ImportItem(ItemKind.GROUP, content, name)
    for each in endpoints:
        yield from _service(each, name)


def _service(endpoint: Row, name: str) -> Iterator[ImportItem]:
    name_shown = clean_name(str(endpoint.get("name") or ""), "–")
    content: dict[str, Any] = {"ref": _ref(endpoint), "name": name_shown}
    if endpoint.get("group"):
        content["group"] = str(endpoint["group"])
    if endpoint.get("enabled") is False:
        content["hidden"] = True
    yield ImportItem(ItemKind.SERVICE, content, f"{name}: {_ref(endpoint)}")


def _target(endpoint: Row, name: str) -> Iterator[ImportItem | ReportEntry]:
    ref, client = _ref(endpoint), endpoint.get("client")
    is_insecure = isinstance(client, dict) and client.get("insecure") is True
    url = "" if is_insecure else str(endpoint.get("url") or "")
    yield from target_items(url, ref, place=f"{name}: {ref}")


def _announcement(
    row: Row, ref: str, options: ReadOptions, name: str
) -> Iterator[ImportItem | ReportEntry]:
    """An announcement: an outage or a warning is open until it is archived."""
    place = f"{name}: announcements"
    zone, _ = zone_of_name(options.time_zone)
    at, _ = parse_time(row.get("timestamp"), place=f"{place}: timestamp", zone=zone)
    text = str(row.get("message") or "")
    impact = _IMPACTS.get(str(row.get("type") or "none"))
    status = IncidentStatus.INVESTIGATING
    if impact is None:
        status = IncidentStatus.RESOLVED
        yield ReportEntry("guessed.status", ref)
    title = next(iter(text.strip().splitlines()), "")
    yield from incident_items(
        SourceIncident(
            ref=ref,
            title=_MARKS.sub("", title)[:80],
            started_at=at,
            updates=[SourceUpdate("message", at, status, text, has_ref=False)],
            impact=impact,
            ended_at=at if row.get("archived") is True else None,
        ),
        now=options.now,
        place=place,
        keep_open=options.keep_open,
    )


def _ref(endpoint: Row) -> str:
    return f"{endpoint.get('group') or ''}/{endpoint.get('name') or ''}"
