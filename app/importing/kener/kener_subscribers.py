"""Subscribers in a database of Kener: as they are, with the monitors that they chose."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.importing.kener.kener_data import KenerPage, json_of, stamp
from app.importing.times import rfc3339
from app.ports.importer import ImportItem, ItemKind, ReportEntry, Row, SourceTable

__all__ = ["kener_subscribers"]

_ACTIVE, _PENDING, _EMAIL, _EVERYTHING = "ACTIVE", "PENDING", "email", "_"
_EVENTS = frozenset({"incidents", "maintenances"})


def kener_subscribers(database: SourceTable, page: KenerPage) -> Iterator[ImportItem | ReportEntry]:
    """The subscribers of version 4, or else those of version 3."""
    tables = database.tables()
    if "subscriber_users" in tables:
        yield from _of_version_4(database, page)
    elif "subscribers" in tables:
        yield from _of_version_3(database, page)


def _of_version_4(database: SourceTable, page: KenerPage) -> Iterator[ImportItem | ReportEntry]:
    chosen = _subscriptions(database)
    columns = ["id", "email", "status"]
    for row in database.rows("subscriber_users", columns, optional=["created_at"]):
        ref = f"subscriber:{row['id']}"
        if row["status"] not in {_ACTIVE, _PENDING}:
            yield ReportEntry("skipped.inactive", ref)
            continue
        services = None
        if chosen is not None and row["status"] == _ACTIVE:
            active = [each for each in chosen.get(row["id"], []) if each["status"] == _ACTIVE]
            if {each["event_type"] for each in active} != _EVENTS:
                # Fyr has no subscription to incidents only.
                yield ReportEntry("lost.events" if active else "skipped.no_service", ref)
            if not active:
                continue
            services = _services_of(active, page)
        yield from _subscriber(row, ref, row["email"], services)


def _subscriptions(database: SourceTable) -> dict[int, list[Row]] | None:
    """What each subscriber chose; None when the database does not say it."""
    if "user_subscriptions_v2" not in database.tables():
        return None
    found: dict[int, list[Row]] = {}
    columns = ["subscriber_user_id", "event_type", "status"]
    for row in database.rows("user_subscriptions_v2", columns, optional=["monitor_tags"]):
        found.setdefault(row["subscriber_user_id"], []).append(row)
    return found


def _services_of(chosen: Sequence[Row], page: KenerPage) -> list[str] | None:
    """The services that are followed; None for everything."""
    tags: list[str] = []
    for row in chosen:
        named = json_of(row["monitor_tags"])
        if not isinstance(named, list) or not named:
            return None
        tags += [each for each in named if isinstance(each, str)]
    return [tag for tag in dict.fromkeys(tags) if tag in page.monitors]


def _of_version_3(database: SourceTable, page: KenerPage) -> Iterator[ImportItem | ReportEntry]:
    chosen: dict[int, list[str]] = {}
    if "subscriptions" in database.tables():
        columns = ["subscriber_id", "subscriptions_status", "subscriptions_monitors"]
        for row in database.rows("subscriptions", columns):
            if row["subscriptions_status"] == _ACTIVE:
                tags = chosen.setdefault(row["subscriber_id"], [])
                tags.append(str(row["subscriptions_monitors"]))
    columns = ["id", "subscriber_send", "subscriber_type", "subscriber_status"]
    for row in database.rows("subscribers", columns, optional=["created_at"]):
        ref = f"subscriber:{row['id']}"
        if row["subscriber_type"] != _EMAIL:
            yield ReportEntry("skipped.channel", ref)
        elif row["subscriber_status"] not in {_ACTIVE, _PENDING}:
            yield ReportEntry("skipped.inactive", ref)
        else:
            named = chosen.get(row["id"], [])
            services = [tag for tag in dict.fromkeys(named) if tag in page.monitors]
            is_confirmed = row["subscriber_status"] == _ACTIVE
            everything = _EVERYTHING in named or not (named or is_confirmed)
            user = {**row, "status": row["subscriber_status"]}
            yield from _subscriber(
                user, ref, row["subscriber_send"], None if everything else services
            )


def _subscriber(
    row: Row, ref: str, address: object, services: list[str] | None
) -> Iterator[ImportItem | ReportEntry]:
    if not isinstance(address, str) or not address.strip():
        yield ReportEntry("skipped.broken", ref)
        return
    content: dict[str, Any] = {
        "ref": ref,
        "channel": _EMAIL,
        "address": address.strip(),
        "confirmed": row["status"] == _ACTIVE,
        "services": services,
    }
    since = stamp(row["created_at"])
    if since is not None:
        content["since"] = rfc3339(since)
    yield ImportItem(ItemKind.SUBSCRIBER, content, ref)
