"""Settings of a cState or statuskit site: its title, language, zone, systems and categories."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError
from app.domain.texts.names import fold_name
from app.importing.files.hugo import base_url, in_lower_case, language_tag, read_settings
from app.importing.texts import clean_body, clean_name, clean_title
from app.importing.times import zone_of_name
from app.importing.values import objects_at
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions

__all__ = ["CstateSite", "CstateSystem", "load_site", "site_items"]


@dataclass(frozen=True, slots=True)
class CstateSystem:
    """A system: a service of the page. `group` is its category, if that is shown with its name."""

    name: str
    description: str
    group: str | None


@dataclass(frozen=True, slots=True)
class CstateSite:
    """The settings of a site that matter. `own_zone` is the zone that they name, if any.

    `language` is that of its texts, and `languages` are those of its translations. `folders` are
    the folders of the content, with the code of the language of each; it is empty for `language`.
    `systems` are the services by name, and `spellings` their names by folded name; `file` is where
    the settings are.
    """

    file: str
    title: str
    instance: str
    language: str
    languages: frozenset[str]
    folders: Mapping[str, str]
    own_zone: ZoneInfo | None
    zone: tzinfo
    zone_is_guessed: bool
    base_path: str
    permalinks: Mapping[str, str]
    groups: Sequence[str]
    systems: Mapping[str, CstateSystem]
    spellings: Mapping[str, str]

    def spelled(self, name: str) -> str:
        """The name of a system as the settings spell it; other names as they are."""
        if name in self.systems:
            return name
        return self.spellings.get(fold_name(name), name)


def load_site(tools: ImportTools, options: ReadOptions) -> CstateSite:
    """The settings of the site in a folder. Raises InvalidError."""
    settings, file = read_settings(tools)
    settings = {**settings, **_of_default_language(settings)}
    params = settings.get("params") or {}
    if not isinstance(params, dict):
        raise InvalidError(f"{file}: params must be an object.")
    groups = _groups(params)
    title, base = str(settings.get("title") or ""), base_url(settings)
    named = settings.get("languagecode") or settings.get("defaultcontentlanguage")
    own_zone = zone_of_name(settings.get("timezone"))[0]
    zone = own_zone or zone_of_name(options.time_zone)[0]
    systems = {each.name: each for each in _systems(params, file, groups)}
    return CstateSite(
        file,
        title,
        base or title or tools.folder().name,
        language_tag(str(named or "en")),
        _languages(settings),
        _folders(settings),
        own_zone,
        zone or UTC,
        zone is None,
        urlsplit(base).path.rstrip("/"),
        _permalinks(settings),
        groups,
        systems,
        # The first of several counts.
        {fold_name(name): name for name in reversed(systems)},
    )


def site_items(site: CstateSite) -> Iterator[ImportItem]:
    """The source, the settings of the page, and the groups and services in their order."""
    source = {"kind": "cstate", "instance": site.instance, "language": site.language}
    yield ImportItem(ItemKind.SOURCE, source, "source")
    page: dict[str, Any] = {"default_language": site.language}
    if clean_title(site.title).text:
        page["name"] = clean_title(site.title).text
    if site.own_zone is not None:
        page["time_zone"] = site.own_zone.key
    yield ImportItem(ItemKind.PAGE, page, "page")
    used = {each.group for each in site.systems.values()}
    for group in site.groups:
        if group in used:
            content = {"ref": group, "name": clean_name(group, "–")}
            yield ImportItem(ItemKind.GROUP, content, site.file)
    for each in site.systems.values():
        service: dict[str, Any] = {"ref": each.name, "name": clean_name(each.name, "–")}
        if each.description:
            service["description"] = clean_body(each.description).text[:2000]
        if each.group is not None:
            service["group"] = each.group
        yield ImportItem(ItemKind.SERVICE, service, f"{site.file}: {each.name}")


def _systems(params: Mapping[str, Any], file: str, groups: Sequence[str]) -> Iterator[CstateSystem]:
    """The systems. statuskit lists names only."""
    systems = params.get("systems") or []
    if not isinstance(systems, list):
        raise InvalidError(f"{file}: params.systems must be a list.")
    for each in systems:
        found = {"name": each} if isinstance(each, str) else each
        if not isinstance(found, dict) or not str(found.get("name") or "").strip():
            raise InvalidError(f"{file}: params.systems has an element without a name.")
        category = str(found.get("category"))
        yield CstateSystem(
            str(found["name"]).strip(),
            str(found.get("description") or ""),
            category if category in groups else None,
        )


def _groups(params: Mapping[str, Any]) -> list[str]:
    """The categories that are shown with their names, in their order."""
    found = objects_at(params, "categories")
    names = (str(each["name"]) for each in found if each.get("name") and not each.get("untitled"))
    return list(dict.fromkeys(names))


def _permalinks(settings: Mapping[str, Any]) -> dict[str, str]:
    found = settings.get("permalinks")
    found = found if isinstance(found, dict) else {}
    if isinstance(found.get("page"), dict):  # Hugo 0.131 and later
        found = found["page"]
    return {str(section): str(pattern) for section, pattern in found.items()}


def _of_default_language(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a site in several languages has for the default one: it counts before the rest."""
    languages = settings.get("languages")
    code = str(settings.get("defaultcontentlanguage") or "en")
    found = languages.get(code) if isinstance(languages, dict) else None
    own = in_lower_case(found) if isinstance(found, dict) else {}
    params = {each: own[each] for each in ("title", "params", "languagecode") if own.get(each)}
    if isinstance(params.get("params"), dict):
        common = settings.get("params")
        mine = in_lower_case(params["params"])
        params["params"] = {**common, **mine} if isinstance(common, dict) else mine
    return params


def _languages(settings: Mapping[str, Any]) -> frozenset[str]:
    """The languages that Hugo knows by the suffix of a file: `issue.sv.md`."""
    found = settings.get("languages")
    return (
        frozenset(str(each).lower() for each in found) if isinstance(found, dict) else frozenset()
    )


def _folders(settings: Mapping[str, Any]) -> dict[str, str]:
    """The folders with the content, and the language of each, empty for the default one.

    Languages can have a folder each, beside files with a suffix.
    """
    languages = settings.get("languages")
    default = str(settings.get("defaultcontentlanguage") or "en").lower()
    found = {}
    for code, each in languages.items() if isinstance(languages, dict) else ():
        own = in_lower_case(each) if isinstance(each, dict) else {}
        folder = str(own.get("contentdir") or "").strip("./")
        if folder:
            found[folder] = "" if str(code).lower() == default else str(code).lower()
    if "" not in found.values():
        found.setdefault(str(settings.get("contentdir") or "").strip("./") or "content", "")
    return found
