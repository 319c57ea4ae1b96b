"""Export of the content of the page as a `fyr-import-2` document, for another Fyr.

Secrets, users, the audit log, sources and webhooks are not part of it. Refs are public ids.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from app.db.queries import exports
from app.db.queries.page import page
from app.db.tables import (
    IncidentRow,
    IncidentUpdateRow,
    MaintenanceRow,
    OccurrenceRow,
    PostmortemRow,
    ServiceGroupRow,
    ServiceRow,
)
from app.db.text_json import text_to_json
from app.domain.notifications.states import SubscriberState
from app.domain.permissions import Action
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrased, Text
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.importers.fyr import FORMAT
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.subscribers.availability import EMAIL

__all__ = ["export_lines", "record_export"]

_BATCH = 200
_IMPORTED = TextOrigin(OriginKind.IMPORT)
_NAMES = {
    "group": "groups",
    "service": "services",
    "incident": "incidents",
    "maintenance": "maintenances",
    "subscriber": "subscribers",
    "uptime": "uptime",
}


def record_export(ctx: Ctx) -> None:
    """Record an export in the audit log. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    audit.record(ctx, "export", "page", page.read_page(ctx.session).public_id)


def export_lines(ctx: Ctx, base_url: str) -> Iterator[Mapping[str, Any]]:
    """The lines of a document in JSON Lines, the last one with their counts. For admins.

    All of it is read in the transaction of `ctx`. Raises ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    yield _head(ctx, base_url)
    counts = dict.fromkeys(_NAMES.values(), 0)
    for kind, content in _things(ctx):
        counts[_NAMES[kind]] += 1
        yield {kind: content}
    yield {"end": counts}


def _head(ctx: Ctx, base_url: str) -> dict[str, Any]:
    row = page.read_page(ctx.session)
    source = {"kind": "fyr", "instance": base_url, "made_at": _time(ctx.now)}
    content = {
        "id": row.public_id,
        "name": _text(row.name),
        "time_zone": row.time_zone,
        "default_language": row.default_language,
        "languages": list(row.languages),
        "links": [link["url"] for link in row.links or []],
        "link_names": {link["url"]: dict(link["name"]) for link in row.links or []},
        "created_at": _time(row.created_at),
    }
    return {"format": FORMAT, "source": source, "page": content}


def _things(ctx: Ctx) -> Iterator[tuple[str, dict[str, Any]]]:
    groups = {row.id or 0: row for row in exports.groups(ctx.session)}
    services = {row.id or 0: row for row in exports.services(ctx.session)}
    ids = {number: row.public_id for number, row in services.items()}
    for group in groups.values():
        yield "group", _group(group)
    for service in services.values():
        yield "service", _service(service, groups)
    incidents = exports.incidents(ctx.session)
    while batch := list(islice(incidents, _BATCH)):
        yield from (("incident", each) for each in _incidents(ctx, batch, ids))
    yield from (("maintenance", each) for each in _maintenances(ctx, ids))
    yield from (("subscriber", each) for each in _subscribers(ctx, ids))
    for interval in exports.intervals(ctx.session):
        yield (
            "uptime",
            {
                "service": ids[interval.service_id],
                "status": interval.status,
                "from": _time(interval.started_at),
                "to": _time(interval.ended_at),
            },
        )


def _group(row: ServiceGroupRow) -> dict[str, Any]:
    return {
        "ref": row.public_id,
        "id": row.public_id,
        "name": _text(row.name),
        "created_at": _time(row.created_at),
    }


def _service(row: ServiceRow, groups: Mapping[int, ServiceGroupRow]) -> dict[str, Any]:
    group = groups.get(row.group_id or 0)
    return _without_none(
        {
            "ref": row.public_id,
            "id": row.public_id,
            "slug": row.slug,
            "name": _text(row.name),
            "description": None if row.description is None else _text(row.description),
            "group": None if group is None else group.public_id,
            "known_since": _time(row.known_since),
            "known_since_exact": True,
            "archived": True if row.archived_at is not None else None,
            "created_at": _time(row.created_at),
            "updated_at": _time(row.updated_at),
        }
    )


def _incidents(
    ctx: Ctx, rows: Sequence[IncidentRow], services: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    numbers = [row.id or 0 for row in rows]
    updates = exports.updates(ctx.session, numbers)
    update_ids = [update.id or 0 for each in updates.values() for update in each]
    statuses = exports.update_services(ctx.session, update_ids)
    former = exports.former_texts(ctx.session, update_ids)
    postmortems = exports.postmortems(ctx.session, numbers)
    paths = exports.paths(ctx.session, "incident")
    for row in rows:
        number = row.id or 0
        shown = [
            _update(each, statuses.get(each.id or 0, {}), former.get(each.id or 0, []), services)
            for each in updates.get(number, [])
        ]
        if not shown:
            continue
        yield _without_none(
            {
                "ref": row.public_id,
                "id": row.public_id,
                "title": _text(row.title),
                "started_at": _optional_time(row.stated_start_at),
                "impact": row.impact_override,
                "draft": True if row.published_at is None else None,
                "created_at": _time(row.created_at),
                "updated_at": _time(row.updated_at),
                "former_paths": paths.get(number),
                "updates": shown,
                "postmortem": _postmortem(postmortems.get(number)),
            }
        )


def _update(
    row: IncidentUpdateRow,
    statuses: Mapping[int, str],
    former: Iterable[tuple[datetime, Text]],
    services: Mapping[int, str],
) -> dict[str, Any]:
    edited = [{"at": _time(at), "body": _text(body)} for at, body in former]
    created = None if row.created_at == row.posted_at else _time(row.created_at)
    return _without_none(
        {
            "ref": row.public_id,
            "id": row.public_id,
            "status": row.status,
            "posted_at": _time(row.posted_at),
            "created_at": created,
            "next_update_at": _optional_time(row.next_update_at),
            "services": {services[number]: status for number, status in statuses.items()},
            "body": _text(row.body),
            "edited": edited or None,
        }
    )


def _postmortem(row: PostmortemRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    if row.published_at is None:
        return {"body": _text(row.body), "draft": True}
    return {"body": _text(row.body), "published_at": _time(row.published_at)}


def _maintenances(ctx: Ctx, services: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    zone = page.read_page(ctx.session).time_zone
    paths = exports.paths(ctx.session, "maintenance")
    named = exports.window_services(ctx.session)
    updates = exports.window_updates(ctx.session)
    windows = exports.windows(ctx.session)
    for row in exports.maintenances(ctx.session):
        number = row.id or 0
        content: dict[str, Any] = {
            "ref": row.public_id,
            "id": row.public_id,
            "title": _text(row.title),
            "body": _text(row.body),
            "starts_at": _time(row.starts_at),
            "ends_at": _time(row.ends_at),
            "services": [services[each] for each in named.get(number, ())],
            "recurrence": _recurrence(row, zone, windows.get(number, ())),
            "draft": True if row.published_at is None else None,
            "created_at": _time(row.created_at),
            "updated_at": _time(row.updated_at),
            "former_paths": paths.get(number),
            "updates": [
                _without_none(
                    {
                        "ref": each.public_id,
                        "id": each.public_id,
                        "status": each.status,
                        "posted_at": _time(each.posted_at),
                        "recurs_at": _optional_time(each.recurs_at),
                        "body": _text(each.body),
                    }
                )
                for each in updates.get(number, ())
            ],
        }
        for name in ("cancelled_at", "completed_at", "verifying_at"):
            content[name] = _optional_time(getattr(row, name))
        yield _without_none(content)


def _recurrence(
    row: MaintenanceRow, zone: str, windows: Sequence[OccurrenceRow]
) -> dict[str, Any] | None:
    if row.recurrence is None:
        return None
    cancelled = [_time(each.recurs_at) for each in windows if each.cancelled_at is not None]
    found = {"rrule": row.recurrence, "time_zone": zone, "cancelled": cancelled}
    return {**found, "windows": [_window(each) for each in windows]} if windows else found


def _window(row: OccurrenceRow) -> dict[str, Any]:
    names = ("recurs_at", "starts_at", "ends_at", "verifying_at", "completed_at", "cancelled_at")
    return _without_none({name: _optional_time(getattr(row, name)) for name in names})


def _subscribers(ctx: Ctx, services: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    followed = exports.followed(ctx.session)
    for row in exports.subscribers(ctx.session, EMAIL):
        if row.state == SubscriberState.STOPPED or row.is_room:
            continue
        yield {
            "ref": row.public_id,
            "id": row.public_id,
            "channel": row.channel,
            "address": row.address,
            "confirmed": row.state == SubscriberState.ACTIVE,
            "language": row.language,
            "services": None
            if row.whole_page
            else [services[number] for number in followed.get(row.id or 0, ())],
            "since": _time(row.created_at),
        }


# -- values ----------------------------------------------------------------------------------------


def _text(text: Text) -> Any:  # noqa: ANN401  # JSON
    """A text of a document: by language while nothing is outdated, else as it is stored."""
    if isinstance(text, Phrased):
        if len(text.phrases) == 1:
            ((code, params),) = text_to_json(text)["phrases"]
            return {"$phrase": [code, params] if params else [code]}
        return {"$text": text_to_json(text)}
    if text.version == 1 and _is_plain(text):
        return dict(text)
    return {"$text": text_to_json(text)}


def _is_plain(text: LocalizedText) -> bool:
    """Whether an import of the texts alone gives this text again."""
    first = next(iter(text.translations))
    origins = {each.origin for each in text.translations.values()}
    return origins == {_IMPORTED} and text.source == first


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _optional_time(at: datetime | None) -> str | None:
    return None if at is None else _time(at)


def _without_none(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}
