"""The page of a database of Kener: its settings, the monitors that it shows, and their groups."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError
from app.domain.validation import is_language_tag
from app.importing.files.hugo import language_tag
from app.importing.page_choice import SourcePage, chosen_page
from app.importing.texts import SourceText
from app.importing.times import parse_time, parse_unix_time, zone_of_name
from app.importing.values import int_of, objects_in, text_at
from app.ports.importer import ReadOptions, ReportEntry, Row, SourceTable

__all__ = ["KenerPage", "json_of", "load_kener", "stamp", "translated"]

_HIDDEN = "YES"
# The group of everybody, who needs not sign in.
_PUBLIC = "public"
_SETTINGS = frozenset({"siteName", "siteURL", "title", "tz", "i18n", "categories", "monitorSort"})
_MILLISECONDS = re.compile(r"\d{12,15}")


@dataclass
class KenerPage:
    """What a page shows: `monitors` in its order, by tag, and `groups` by tag of a monitor.

    `language` is that of texts without one, empty when the source does not say it. `skipped` has
    the codes of the other monitors, by tag. `hidden` are those that the source shows to nobody.
    """

    name: str
    instance: str
    zone: ZoneInfo | None
    language: str
    monitors: dict[str, Row] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    group_order: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    findings: list[ReportEntry] = field(default_factory=list)


def load_kener(database: SourceTable, options: ReadOptions) -> KenerPage:
    """The page that is meant. Raises InvalidError with the names of all when it is not clear."""
    columns = ["id", "tag", "name", "description", "status", "category_name", "monitor_type"]
    optional = ["type_data", "is_hidden", "created_at", "updated_at", "translations"]
    monitors = {
        str(row["tag"]): row for row in database.rows("monitors", columns, optional=optional)
    }
    settings = {
        str(row["key"]): row["value"]
        for row in database.rows("site_data", ["key", "value"])
        if row["key"] in _SETTINGS
    }
    site = str(settings.get("siteName") or settings.get("title") or "")
    zone, of_rails = zone_of_name(settings.get("tz"))
    page = KenerPage(
        site,
        str(settings.get("siteURL") or "").partition("://")[2].strip("/") or site or "kener",
        zone or zone_of_name(options.time_zone)[0],
        _language(settings),
    )
    if of_rails:
        page.findings.append(ReportEntry("guessed.time_zone"))
    if "pages" in database.tables():
        _place_on_page(database, options, page, monitors)
    else:
        _place_all(settings, options, page, monitors)
    return page


def json_of(value: object) -> Any:  # noqa: ANN401  # JSON
    """The value of a column with JSON; None when it holds none."""
    if not isinstance(value, str):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def stamp(value: object) -> datetime | None:
    """A time of `created_at`: text in UTC, or milliseconds; None when it is none."""
    try:
        if isinstance(value, int) and _MILLISECONDS.fullmatch(str(value)):
            return parse_unix_time(value / 1000, place="created_at")
        return parse_time(value, place="created_at", zone=UTC)[0] if value else None
    except InvalidError:
        return None


def translated(row: Row, name: str, language: str) -> SourceText:
    """A text of a row, with its translations when there are any."""
    text = str(row[name] or "")
    found = json_of(row["translations"])
    if not language or not text.strip() or not isinstance(found, dict):
        return text
    texts = {_tag(code): text_at(each, name) for code, each in found.items() if _is_row(each)}
    others = {tag: each for tag, each in texts.items() if tag not in {"", language} and each}
    return {language: text, **others} if others else text


def _is_row(value: object) -> bool:
    return isinstance(value, dict)


def _tag(code: object) -> str:
    tag = language_tag(str(code)) if code else ""
    return tag if is_language_tag(tag) else ""


def _language(settings: Mapping[str, Any]) -> str:
    found = json_of(settings.get("i18n"))
    return _tag(found.get("defaultLocale")) if isinstance(found, dict) else ""


# -- version 4 -------------------------------------------------------------------------------------


def _place_on_page(
    database: SourceTable, options: ReadOptions, page: KenerPage, monitors: Mapping[str, Row]
) -> None:
    """Place the monitors of one of the pages, in its order."""
    columns = ["id", "page_path", "page_title"]
    rows = list(database.rows("pages", columns, optional=["page_header", "page_is_internal"]))
    restricted = _restricted_pages(database, rows)
    pages = [_source_page(each, options.page or "", restricted) for each in rows]
    chosen = chosen_page(pages, options)
    header = str(chosen["page_header"] or chosen["page_title"] or "")
    if len(rows) > 1:
        page.name = header or page.name
        page.instance = f"{page.instance}/{str(chosen['page_path']).strip('/')}".rstrip("/")
    page.name = page.name or header
    hidden = [each for each in rows if each["id"] in restricted and each is not chosen]
    page.findings += [ReportEntry("skipped.hidden", f"page:{each['id']}") for each in hidden]
    optional = ["position", "group_name", "page_monitor_group_id"]
    placed = list(database.rows("pages_monitors", ["page_id", "monitor_tag"], optional=optional))
    names = _group_names(database, chosen["id"])
    page.group_order = list(names.values())
    mine = [row for row in placed if row["page_id"] == chosen["id"]]
    for row in sorted(mine, key=lambda row: int_of(row["position"])):
        tag = str(row["monitor_tag"])
        if tag not in monitors:
            continue
        group = names.get(row["page_monitor_group_id"]) or row["group_name"]
        _place(page, options, monitors[tag], group or monitors[tag]["category_name"])
    elsewhere = {str(row["monitor_tag"]) for row in placed}
    for tag in monitors.keys() - page.monitors.keys() - page.skipped.keys():
        page.skipped[tag] = "skipped.other_page" if tag in elsewhere else "skipped.no_page"


def _restricted_pages(database: SourceTable, rows: Sequence[Row]) -> set[object]:
    """The ids of the pages that only people who signed in see."""
    found = {row["id"] for row in rows if row["page_is_internal"] == 1}
    if "page_access_groups" in database.tables():
        granted = database.rows("page_access_groups", ["page_id", "access_group_id"])
        public = {row["page_id"] for row in granted if row["access_group_id"] == _PUBLIC}
        found |= {row["id"] for row in rows} - public
    return found


def _source_page(row: Row, wanted: str, restricted: set[object]) -> SourcePage:
    """A page; `--page` may have slashes around its path, and any case. The first page is `/`."""
    path, titles = str(row["page_path"]), [row["page_title"], row["page_header"]]
    names = {path.strip("/").lower(), *(str(each).strip("/").lower() for each in titles if each)}
    return SourcePage(
        row,
        path,
        str(row["page_title"]),
        {wanted} if wanted.strip("/").lower() in names else (),
        is_hidden=row["id"] in restricted,
    )


def _group_names(database: SourceTable, page: object) -> dict[object, str]:
    """The groups of a page by id, in its order."""
    if "pages_monitor_groups" not in database.tables():
        return {}
    rows = database.rows("pages_monitor_groups", ["id", "page_id", "name"], optional=["position"])
    mine = [row for row in rows if row["page_id"] == page]
    mine.sort(key=lambda row: int_of(row["position"]))
    return {row["id"]: str(row["name"]) for row in mine}


# -- version 3 -------------------------------------------------------------------------------------


def _place_all(
    settings: Mapping[str, Any],
    options: ReadOptions,
    page: KenerPage,
    monitors: Mapping[str, Row],
) -> None:
    """Place all monitors: version 3 has one page, with categories and an order of monitors."""
    order = json_of(settings.get("monitorSort"))
    places = {each: n for n, each in enumerate(order)} if _is_list_of_ids(order) else {}
    categories = objects_in(json_of(settings.get("categories")))
    page.group_order = [text_at(each, "name") for each in categories]
    hidden = {text_at(each, "name") for each in categories if each.get("isHidden") is True}
    for row in sorted(monitors.values(), key=lambda row: places.get(row["id"], len(places))):
        category = row["category_name"]
        _place(page, options, row, category, is_hidden=category in hidden)


def _is_list_of_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, int | str) for each in value)


def _place(
    page: KenerPage, options: ReadOptions, monitor: Row, group: object, *, is_hidden: bool = False
) -> None:
    tag = str(monitor["tag"])
    is_hidden = is_hidden or monitor["is_hidden"] == _HIDDEN
    if is_hidden and not options.with_hidden:
        page.skipped[tag] = "skipped.hidden"
        return
    page.monitors[tag] = monitor
    if is_hidden:
        page.hidden.add(tag)
    if group and str(group).strip():
        page.groups[tag] = str(group)
