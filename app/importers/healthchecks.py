"""The API of Healthchecks, version 1 to 3: checks, and with the option for history their flips.

Source: healthchecks/healthchecks, templates/docs/api.md and hc/api/models.py. A read-only key is
enough. Of checks only named fields are read: the others hold addresses that accept pings.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import InvalidError
from app.domain.statuses import ServiceStatus
from app.domain.validation import is_slug
from app.importing.errors import UnsuitableSourceError
from app.importing.items import uptime_item
from app.importing.texts import clean_name, html_to_line
from app.importing.times import parse_time, rfc3339
from app.importing.values import objects_at, objects_in, text_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry, Row

__all__ = ["read"]

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_KEY = re.compile(r"[0-9a-f]{40}")
_API = re.compile(r"/api/v[1-9]$")
_DOWN = "down"


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a project: the one to which the key belongs."""
    parts = urlsplit(tools.source)
    instance = parts.netloc or tools.source
    base = "/checks/" if _API.search(parts.path.rstrip("/")) else "/api/v3/checks/"
    headers = {} if tools.token is None else {"x-api-key": tools.token}
    found = tools.json(base, headers=headers)
    if not isinstance(found, dict) or not isinstance(found.get("checks"), list):
        raise UnsuitableSourceError(base, f"{base} has no `checks`: is it an API of Healthchecks?")
    yield ImportItem(ItemKind.SOURCE, {"kind": "healthchecks", "instance": instance}, base)
    yield ImportItem(ItemKind.PAGE, {}, base)
    for check in objects_at(found, "checks"):
        ref = _ref(check)
        if not text_at(check, "name").strip() or not ref:
            yield ReportEntry("skipped.empty", ref)
        elif options.history:
            # A check can be deleted while its project is read.
            flips = objects_in(tools.json(f"{base}{ref}/flips/", headers=headers, missing=True))
            yield from _with_history(check, ref, flips, options)
        else:
            yield _service(check, ref, None)
    if not options.history:
        yield ReportEntry("incomplete.history")


def _ref(check: Row) -> str:
    """The key of a check, which the API gives to read-only keys only.

    For other keys it is made of the UUID, as hc/api/models.py does: the ref has to be the one that
    a read-only key gives.
    """
    key = text_at(check, "unique_key")
    if _KEY.fullmatch(key):
        return key
    for name in ("uuid", "ping_url", "update_url"):
        found = _UUID.search(text_at(check, name))
        if found is not None:
            half = found[0].replace("-", "")[:16]
            return sha1(half.encode(), usedforsecurity=False).hexdigest()
    return ""


def _with_history(
    check: Row, ref: str, flips: list[Row], options: ReadOptions
) -> Iterator[ImportItem | ReportEntry]:
    """The service, and an interval from each flip to down until the next flip to up."""
    try:
        changes = sorted((_time(each, ref), each.get("up") == 1) for each in flips)
        last_ping = _time(check, ref, "last_ping") if check.get("last_ping") else None
    except InvalidError:
        if not options.skip_broken:
            raise
        yield ReportEntry("skipped.broken", ref)
        return
    yield _service(check, ref, min(changes[0][0], options.now) if changes else None)
    start: datetime | None = None
    for at, is_up in changes:
        if is_up and start is not None:
            yield from _interval(ref, start, at, options)
            start = None
        elif not is_up and start is None:
            start = at
    if start is None:
        return
    yield ReportEntry("guessed.end", ref)
    end = max(filter(None, [changes[-1][0], last_ping]))
    if text_at(check, "status") == _DOWN:
        end = options.now
    yield from _interval(ref, start, end, options)


def _interval(
    ref: str, start: datetime, end: datetime, options: ReadOptions
) -> Iterator[ImportItem]:
    end = min(max(end, start + timedelta(seconds=1)), options.now)
    if start >= end:
        return
    yield uptime_item(ref, ServiceStatus.MAJOR_OUTAGE, start, end, place=ref)


def _service(check: Row, ref: str, since: datetime | None) -> ImportItem:
    content: dict[str, Any] = {"ref": ref, "name": clean_name(text_at(check, "name"), "–")}
    description = html_to_line(text_at(check, "desc"))
    if description:
        content["description"] = description[:2000]
    if is_slug(text_at(check, "slug")):
        content["slug"] = text_at(check, "slug")
    if since is not None:
        content["known_since"] = rfc3339(since)
    return ImportItem(ItemKind.SERVICE, content, ref)


def _time(row: Row, ref: str, name: str = "timestamp") -> datetime:
    return parse_time(row.get(name), place=f"{ref}: {name}", zone=UTC)[0]
