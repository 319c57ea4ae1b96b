"""The content of an Upptime repository: settings, sites, issues and comments.

It is a folder with the issues beside it, or a repository on GitHub. Of the settings only sites and
the status website are read: it holds tokens and channels of notifications too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.domain.errors import InvalidError
from app.importing.errors import UnsuitableSourceError
from app.importing.http.github import GitHubRepository
from app.importing.times import parse_time
from app.importing.values import objects_at, objects_in
from app.ports.importer import ImportTools, ReadOptions, ReportEntry, Row

__all__ = ["ProbedSite", "UpptimeContent", "load_upptime"]

_SETTINGS = (".upptimerc.yml", ".upptimerc.yaml")
_HISTORY = "history"
_GITHUB = "github.com/"
_SUMMARY = f"{_HISTORY}/summary.json"


@dataclass(frozen=True, slots=True)
class ProbedSite:
    """A site of the settings; `slug` names its label and its file."""

    slug: str
    name: str
    url: str
    is_http: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class UpptimeContent:
    """What a repository holds. `instance` is its owner and name."""

    instance: str
    website: Row
    sites: tuple[ProbedSite, ...]
    issues: Iterable[Row]
    comments: Iterable[Row]
    findings: tuple[ReportEntry, ...] = ()


def load_upptime(tools: ImportTools, options: ReadOptions) -> UpptimeContent:
    """The content of the repository. Raises InvalidError."""
    if tools.source.startswith(("http://", "https://")):
        return _from_github(tools, options)
    if tools.source.lower().startswith(_GITHUB):
        raise UnsuitableSourceError(
            tools.source, f"{tools.source} is no repository: give {_GITHUB}OWNER/REPO."
        )
    return _from_folder(tools)


def _from_folder(tools: ImportTools) -> UpptimeContent:
    settings = next((_settings(tools, *file) for file in tools.files(*_SETTINGS)), None)
    if settings is None:
        raise UnsuitableSourceError(
            tools.source,
            f"{tools.source} has no .upptimerc.yml: it is no repository of Upptime.",
        )
    issues = _list(tools, "issues.json", needed=True)
    summary = next((content for _, content in tools.files(_SUMMARY)), None)
    history = {path: _history(tools, path, text) for path, text in tools.files("history/*.yml")}
    return UpptimeContent(
        _instance(settings) or Path(tools.source).name,
        _website(settings),
        _sites(settings, _slugs(tools, summary), history),
        issues,
        _list(tools, "comments.json", needed=False),
    )


def _from_github(tools: ImportTools, options: ReadOptions) -> UpptimeContent:
    """Three requests with a token. Four without, and with the option for history one for each site.

    Without a token there is no request for several files.
    """
    repository = GitHubRepository(tools)
    files = repository.files(_SETTINGS, _HISTORY)
    is_complete = files is not None or options.history
    if files is None:
        files = _fetched(repository, tools, options)
    found = next(((name, files[name]) for name in _SETTINGS if name in files), None)
    if found is None:
        raise UnsuitableSourceError(
            repository.name,
            f"{repository.name} has no .upptimerc.yml: it is no repository of Upptime, or a "
            "private one, which needs the token in FYR_IMPORT_TOKEN.",
        )
    settings = _settings(tools, *found)
    history = {
        path: _history(tools, path, text)
        for path, text in files.items()
        if path.startswith(f"{_HISTORY}/") and path.endswith(".yml")
    }
    return UpptimeContent(
        _instance(settings) or repository.name,
        _website(settings),
        _sites(settings, _slugs(tools, files.get(_SUMMARY)), history),
        repository.issues(),
        repository.comments(),
        () if is_complete else (ReportEntry("incomplete.history"),),
    )


def _fetched(
    repository: GitHubRepository, tools: ImportTools, options: ReadOptions
) -> dict[str, bytes]:
    """The files of the repository by path, each with a request of its own."""
    found: dict[str, bytes] = {}

    def fetch(path: str) -> bool:
        content = repository.file(path)
        if content is not None:
            found[path] = content
        return content is not None

    name = next((each for each in _SETTINGS if fetch(each)), None)
    if name is None:
        return found
    settings = _settings(tools, name, found[name])
    fetch(_SUMMARY)
    for site in _sites(settings, _slugs(tools, found.get(_SUMMARY)), {}) if options.history else ():
        fetch(_path(site.slug))
    return found


def _settings(tools: ImportTools, name: str, content: bytes) -> Row:
    found = tools.parse_yaml(content, name)
    if not isinstance(found, dict):
        raise UnsuitableSourceError(name, f"{name} must be an object.")
    return found


def _instance(settings: Row) -> str:
    owner, name = settings.get("owner"), settings.get("repo")
    return f"{owner}/{name}" if owner and name else ""


def _website(settings: Row) -> Row:
    found = settings.get("status-website")
    return found if isinstance(found, dict) else {}


def _list(tools: ImportTools, name: str, *, needed: bool) -> list[Row]:
    """The objects of a file beside the folder; lists of pages are joined."""
    content = tools.beside(name)
    if content is None:
        if needed:
            raise InvalidError(
                f"There is no {name} beside the folder. Make it with: gh api --paginate --slurp "
                '"repos/OWNER/REPO/issues?state=all&per_page=100"; comments.json likewise from '
                "issues/comments. Or give the address, github.com/OWNER/REPO."
            )
        return []
    found = tools.parse_json(content, name)
    if not isinstance(found, list):
        raise UnsuitableSourceError(name, f"{name} must be a list.")
    flat = [each for part in found for each in (part if isinstance(part, list) else [part])]
    return objects_in(flat)


# -- sites -----------------------------------------------------------------------------------------


def _path(slug: str) -> str:
    return f"{_HISTORY}/{slug}.yml"


def _history(tools: ImportTools, path: str, content: bytes) -> Row:
    found = tools.parse_yaml(content, path)
    return found if isinstance(found, dict) else {}


def _slugs(tools: ImportTools, summary: bytes | None) -> dict[str, str]:
    """The slugs of sites by name, as the summary has them."""
    found = [] if summary is None else objects_in(tools.parse_json(summary, _SUMMARY))
    return {
        str(each["name"]): str(each["slug"])
        for each in found
        if each.get("name") and each.get("slug")
    }


def _sites(
    settings: Row, slugs: Mapping[str, str], history: Mapping[str, Row]
) -> tuple[ProbedSite, ...]:
    return tuple(
        _site(each, slugs, history) for each in objects_at(settings, "sites") if each.get("name")
    )


def _site(each: Row, slugs: Mapping[str, str], history: Mapping[str, Row]) -> ProbedSite:
    name, url = str(each["name"]), str(each.get("url") or "")
    by_url = next((path for path, row in history.items() if url and row.get("url") == url), "")
    of_file = by_url.removeprefix("history/").removesuffix(".yml")
    slug = str(each.get("slug") or slugs.get(name) or of_file or _slug(name))
    started = history.get(_path(slug), {}).get("startTime")
    since = None
    if started:
        since, _ = parse_time(started, place=f"{_path(slug)}: startTime", zone=UTC)
    return ProbedSite(slug, name, url, each.get("check") in (None, "http"), since)


def _slug(name: str) -> str:
    """As Upptime derives it: letters and digits of any script, in lower case."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")
