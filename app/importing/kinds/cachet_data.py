"""What Cachet has, in one form: from a database of 2.4 or 3, or from the API of 2.4.

Only the columns that are named here are read: the others hold passwords, keys and codes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.importing.errors import UnsuitableSourceError
from app.importing.values import objects_in, scalars_of
from app.ports.importer import ImportTools, Row, SourceTable

__all__ = ["CachetData", "load_cachet"]

_DATES = ("created_at", "updated_at", "deleted_at")
_INCIDENT = ("id", "component_id", "name", "status", "visible", "message")
_SETTINGS_2 = {
    "app_name": "name",
    "app_timezone": "time_zone",
    "app_locale": "locale",
    "app_about": "about",
    "app_domain": "domain",
}
_SETTINGS_3 = {"name": "name", "timezone": "time_zone", "locale": "locale", "about": "about"}


@dataclass
class CachetData:
    """Rows by kind. `version` is 2 or 3; times have no zone, and are local with `is_local`.

    `incident_services` and `schedule_services` have the status of each service, or None, by the id
    of the incident or schedule; `updates` and `schedule_updates` are by that id too. `changes` are
    the changes of statuses, `codes` what the source does not give.
    """

    version: int
    settings: Mapping[str, str] = field(default_factory=dict)
    groups: Sequence[Row] = ()
    components: Sequence[Row] = ()
    incidents: Sequence[Row] = ()
    updates: Mapping[int, list[Row]] = field(default_factory=dict)
    incident_services: Mapping[int, dict[int, int | None]] = field(default_factory=dict)
    schedules: Sequence[Row] = ()
    schedule_updates: Mapping[int, list[Row]] = field(default_factory=dict)
    schedule_services: Mapping[int, dict[int, int | None]] = field(default_factory=dict)
    subscribers: Sequence[Row] = ()
    subscriptions: Mapping[int, list[int]] = field(default_factory=dict)
    changes: Sequence[Row] = ()
    codes: tuple[str, ...] = ()
    is_local: bool = False


def load_cachet(tools: ImportTools) -> CachetData:
    """Read the source: an address is the API of 2.4, anything else a SQLite file."""
    if tools.source.startswith(("http://", "https://")):
        return _from_api(tools)
    database = tools.sqlite()
    tables = database.tables()
    named = next((name for name in sorted(tables) if name.endswith("incident_components")), "")
    reader = _Tables(database, named.removesuffix("incident_components"), tables)
    is_new = reader.has("updates") and not reader.has("incident_updates")
    return _version_3(reader) if is_new else _version_2(reader)


@dataclass
class _Tables:
    """The tables of a database, whose names may have a prefix such as `chq_`."""

    database: SourceTable
    prefix: str
    present: frozenset[str]

    def has(self, name: str) -> bool:
        return self.prefix + name in self.present

    def rows(self, name: str, *columns: str, optional: Sequence[str] = ()) -> list[Row]:
        return list(self.database.rows(self.prefix + name, columns, optional=optional))

    def any(self, name: str) -> bool:
        """Whether a table is there and has a row."""
        return self.has(name) and next(iter(self.rows(name, "id")), None) is not None


def _version_2(tables: _Tables) -> CachetData:
    components = tables.rows(
        "components",
        "id",
        "name",
        "description",
        "status",
        "order",
        "group_id",
        optional=(*_DATES, "enabled"),
    )
    settings = tables.rows("settings", "name", "value")
    named = {str(row["name"]): row["value"] for row in settings}
    themed = any(
        name in {"header", "footer", "stylesheet"} or name.startswith("style_") for name in named
    )
    schedules, schedule_services = _schedules(tables)
    return CachetData(
        2,
        {new: str(named[old]) for old, new in _SETTINGS_2.items() if named.get(old)},
        tables.rows("component_groups", "id", "name", "order", "visible"),
        [{**row, "group": row["group_id"]} for row in components],
        tables.rows(
            "incidents", *_INCIDENT, optional=(*_DATES, "occurred_at", "scheduled_at", "stickied")
        ),
        _by(
            tables.rows("incident_updates", "id", "incident_id", "status", "message", "created_at"),
            "incident_id",
        ),
        _services(
            tables.rows("incident_components", "incident_id", "component_id", "status_id"),
            "incident_id",
            "status_id",
        ),
        schedules,
        {},
        schedule_services,
        _subscribers(tables),
        _subscriptions(tables),
        codes=(
            *(("lost.metrics",) if tables.any("metrics") else ()),
            *(("lost.templates",) if tables.any("incident_templates") else ()),
            *(("lost.theme",) if themed else ()),
        ),
    )


def _version_3(tables: _Tables) -> CachetData:
    components = tables.rows(
        "components",
        "id",
        "name",
        "description",
        "status",
        "order",
        "component_group_id",
        optional=(*_DATES, "enabled"),
    )
    updates = tables.rows(
        "updates", "id", "status", "message", "created_at", "updateable_type", "updateable_id"
    )
    schedules, schedule_services = _schedules(tables, "published_at")
    return CachetData(
        3,
        dict(_settings_3(tables)),
        tables.rows("component_groups", "id", "name", "order", "visible"),
        [{**row, "group": row["component_group_id"]} for row in components],
        tables.rows(
            "incidents",
            *_INCIDENT,
            "guid",
            optional=(*_DATES, "occurred_at", "stickied", "published_at"),
        ),
        _by([row for row in updates if _is_of(row, "incident")], "updateable_id"),
        _services(
            tables.rows("incident_components", "incident_id", "component_id", "component_status"),
            "incident_id",
            "component_status",
        ),
        schedules,
        _by([row for row in updates if _is_of(row, "schedule")], "updateable_id"),
        schedule_services,
        _subscribers(tables),
        _subscriptions(tables),
        _changes(tables),
        codes=(
            *(("lost.metrics",) if tables.any("metrics") else ()),
            *(("lost.templates",) if tables.any("incident_templates") else ()),
        ),
    )


def _settings_3(tables: _Tables) -> Iterator[tuple[str, str]]:
    """The settings of the group `app`; their payloads are JSON."""
    for row in tables.rows("settings", "group", "name", "payload"):
        name = _SETTINGS_3.get(str(row["name"]))
        if row["group"] != "app" or name is None:
            continue
        try:
            value = json.loads(str(row["payload"]))
        except (ValueError, RecursionError):
            continue
        if isinstance(value, str) and value:
            yield name, value


def _schedules(tables: _Tables, *more: str) -> tuple[list[Row], dict[int, dict[int, int | None]]]:
    rows = tables.rows(
        "schedules",
        "id",
        "name",
        "message",
        "scheduled_at",
        "completed_at",
        optional=(*_DATES, *more),
    )
    if not tables.has("schedule_components"):
        return rows, {}
    named = tables.rows("schedule_components", "schedule_id", "component_id", "component_status")
    return rows, _services(named, "schedule_id", "component_status")


def _subscribers(tables: _Tables) -> list[Row]:
    """The subscribers. `verified_at` is when they confirmed, `is_rewritten` says that a migration
    of Cachet 3 renamed the column, and set it for everybody who had never confirmed.
    """
    rows = tables.rows(
        "subscribers",
        "id",
        "email",
        "created_at",
        optional=(
            *("phone_number", "slack_webhook_url", "global"),
            *("verified_at", "email_verified_at"),
        ),
    )
    return [
        {
            **row,
            "verified_at": row["verified_at"] or row["email_verified_at"],
            "is_rewritten": row["email_verified_at"] is not None,
        }
        for row in rows
    ]


def _subscriptions(tables: _Tables) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if tables.has("subscriptions"):
        for row in tables.rows("subscriptions", "subscriber_id", "component_id"):
            found.setdefault(_int(row["subscriber_id"]), []).append(_int(row["component_id"]))
    return found


def _changes(tables: _Tables) -> list[Row]:
    if not tables.has("component_status_changes"):
        return []
    return tables.rows("component_status_changes", "id", "component_id", "new_status", "created_at")


def _is_of(row: Row, kind: str) -> bool:
    return str(row["updateable_type"]).rpartition("\\")[2].lower() == kind


# -- API of 2.4 --------------------------------------------------------------------------------


def _from_api(tools: ImportTools) -> CachetData:
    incidents = list(_list(tools, "incidents"))
    subscribers = list(_list(tools, "subscribers")) if tools.token else []
    schedules = list(_list(tools, "schedules"))
    return CachetData(
        2,
        {},
        list(_list(tools, "components/groups")),
        [{**row, "group": row.get("group_id")} for row in _list(tools, "components")],
        incidents,
        {
            _int(row.get("id")): [
                {"id": None, **scalars_of(each)} for each in objects_in(row.get("updates"))
            ]
            for row in incidents
        },
        {},
        schedules,
        {},
        {
            _int(row.get("id")): {
                _int(each.get("component_id")): _status(each.get("component_status"))
                for each in objects_in(row.get("components"))
            }
            for row in schedules
        },
        subscribers,
        {
            _int(row.get("id")): [
                _int(each.get("component_id")) for each in objects_in(row.get("subscriptions"))
            ]
            for row in subscribers
        },
        codes=("lost.statuses",),
        is_local=True,
    )


def _list(tools: ImportTools, name: str) -> Iterator[Row]:
    """The elements of a list. Pages are counted: behind a proxy, links name inside hosts."""
    headers = {"x-cachet-token": tools.token} if tools.token else {}
    for number in range(1, 10_000):
        path = f"/api/v1/{name}?page={number}&per_page=100"
        found = tools.json(path, headers=headers)
        if not isinstance(found, dict) or not isinstance(found.get("data"), list):
            message = f"/api/v1/{name} has no list `data`: is it the API of Cachet 2.4?"
            raise UnsuitableSourceError(f"/api/v1/{name}", message)
        for row in objects_in(found["data"]):
            yield {"id": None, **scalars_of(row, "updates", "components", "subscriptions")}
        meta = found.get("meta")
        pagination = meta.get("pagination") if isinstance(meta, dict) else None
        total = pagination.get("total_pages") if isinstance(pagination, dict) else None
        if not isinstance(total, int) or number >= total:
            return


# -- values ------------------------------------------------------------------------------------


def _by(rows: Sequence[Row], name: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(_int(row[name]), []).append(row)
    return found


def _services(rows: Sequence[Row], of: str, status: str) -> dict[int, dict[int, int | None]]:
    found: dict[int, dict[int, int | None]] = {}
    for row in rows:
        found.setdefault(_int(row[of]), {})[_int(row["component_id"])] = _status(row[status])
    return found


def _int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0
    text = str(value).strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 19 else 0


def _status(value: object) -> int | None:
    return None if value is None else _int(value)
