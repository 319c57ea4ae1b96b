"""The folder of a cState site, or of its older relative, Netlify's statuskit.

Issues are Markdown files with front matter; updates are parts of one text, recognised by the
shortcode `track`, by rules and by labels. Source: cstate/cstate, exampleSite and layouts.
"""

import glob
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from app.domain.errors import InvalidError
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.importing.errors import UnsuitableSourceError
from app.importing.files.hugo import HugoPage, language_tag, parse_front_matter, permalink
from app.importing.incidents import (
    BEGAN,
    ENDED,
    SourceIncident,
    SourcePostmortem,
    SourceUpdate,
    incident_items,
)
from app.importing.kinds.cstate_site import CstateSite, load_site, site_items
from app.importing.kinds.cstate_text import TextPiece, joined_pieces, split_text, without_tracks
from app.importing.maintenances import SourceMaintenance, is_maintenance, maintenance_items
from app.importing.texts import SourceText, clean_name
from app.importing.times import parse_time
from app.importing.values import is_true
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry

__all__ = ["read"]

_SECTIONS = ("issues", "incidents")
_SEVERITIES = {
    "down": ServiceStatus.MAJOR_OUTAGE,
    "disrupted": ServiceStatus.DEGRADED_PERFORMANCE,
    "notice": ServiceStatus.OPERATIONAL,
    # statuskit
    "major-outage": ServiceStatus.MAJOR_OUTAGE,
    "partial-outage": ServiceStatus.PARTIAL_OUTAGE,
    "degraded-performance": ServiceStatus.DEGRADED_PERFORMANCE,
    "under-maintenance": ServiceStatus.UNDER_MAINTENANCE,
}
# Impact of an incident that names no service, from its severity.
_IMPACTS = {
    ServiceStatus.MAJOR_OUTAGE: Impact.CRITICAL,
    ServiceStatus.PARTIAL_OUTAGE: Impact.MAJOR,
    ServiceStatus.DEGRADED_PERFORMANCE: Impact.MINOR,
}


@dataclass(frozen=True, slots=True)
class _Issue:
    """One file: its front matter and text. `ref` is its path below `content`.

    `translations` are the files with its texts in other languages, by language tag.
    """

    ref: str
    place: str
    front: Mapping[str, Any]
    lines: Mapping[str, int]
    text: str
    is_statuskit: bool
    translations: dict[str, "_Issue"] = field(default_factory=dict)

    def at(self, name: str) -> str:
        """The file and line of a field, and its name, for messages."""
        line = self.lines.get(name.lower())
        return f"{self.place}:{line}: {name}" if line else f"{self.place}: {name}"

    @property
    def title(self) -> str:
        return str(self.front.get("title") or "")


@dataclass
class _SiteReader:
    tools: ImportTools
    options: ReadOptions
    entries: list[ReportEntry] = field(default_factory=list)

    def note(self, code: str, ref: str = "") -> None:
        self.entries.append(ReportEntry(code, ref))


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a site."""
    reader = _SiteReader(tools, options)
    site = load_site(tools, options)
    yield from site_items(site)
    unknown: dict[str, None] = {}
    issues = list(_issues(reader, site))
    if not (issues or reader.entries or site.systems):
        folder = next(folder for folder, language in site.folders.items() if not language)
        raise UnsuitableSourceError(
            site.file,
            f"{site.file} has no params.systems, and {folder}/issues no issue: it is no site of "
            "cState.",
        )
    for issue in issues:
        yield from _issue_items(reader, issue, site, unknown)
    for ref in unknown:
        content = {"ref": ref, "name": clean_name(ref, "–"), "archived": True}
        yield ReportEntry("guessed.services", ref)
        yield ImportItem(ItemKind.SERVICE, content, ref)
    yield ReportEntry("lost.theme")
    yield from reader.entries


# -- issues ----------------------------------------------------------------------------------------


def _issues(reader: _SiteReader, site: CstateSite) -> Iterator[_Issue]:
    """The issues in the order of their files. Broken ones are refused, or skipped."""
    for ref, files in _files(reader.tools, site):
        tag = next(each for each in ("", site.language, *files) if each in files)
        path, content = files.pop(tag)
        try:
            issue = _parsed(reader, path, content, ref=ref)
            issue.translations.update(
                (each, _parsed(reader, *file, ref=ref)) for each, file in files.items()
            )
        except InvalidError:
            if not reader.options.skip_broken:
                raise
            reader.note("skipped.broken", ref)
            continue
        if is_true(issue.front.get("draft")) and not reader.options.with_hidden:
            reader.note("skipped.unpublished", ref)
            continue
        yield issue


def _files(
    tools: ImportTools, site: CstateSite
) -> Iterator[tuple[str, dict[str, tuple[str, bytes]]]]:
    """The files of each issue by language, with its ref.

    `issue.sv.md` translates `issue.md`, and so does a file of that name in a language's folder.
    """
    found: dict[str, dict[str, tuple[str, bytes]]] = {}
    for folder, language in site.folders.items():
        patterns = (f"{glob.escape(folder)}/{each}/*.md" for each in _SECTIONS)
        for path, content in tools.files(*patterns):
            stem = path.removeprefix(f"{folder}/").removesuffix(".md")
            name, _, suffix = stem.rpartition(".")
            is_suffixed = bool(name) and suffix.lower() in site.languages
            code = suffix.lower() if is_suffixed else language
            ref = f"{name if is_suffixed else stem}.md"
            if PurePosixPath(ref).name != "_index.md":
                found.setdefault(ref, {})[language_tag(code) if code else ""] = (path, content)
    yield from found.items()


def _parsed(reader: _SiteReader, path: str, content: bytes, *, ref: str) -> _Issue:
    found = parse_front_matter(reader.tools, path, content)
    is_statuskit = "affectedsystems" in found.fields or ref.startswith("incidents/")
    return _Issue(ref, path, found.fields, found.lines, found.body, is_statuskit)


def _issue_items(
    reader: _SiteReader, issue: _Issue, site: CstateSite, unknown: dict[str, None]
) -> Iterator[ImportItem | ReportEntry]:
    try:
        items = list(_Converter(reader.options, issue, site).items())
    except InvalidError:
        if not reader.options.skip_broken:
            raise
        yield ReportEntry("skipped.broken", issue.ref)
        return
    for item in items:
        if isinstance(item, ImportItem):
            for ref in _services(issue, site):
                if ref not in site.systems:
                    unknown.setdefault(ref)
        yield item


def _services(issue: _Issue, site: CstateSite) -> list[str]:
    """The names of affected systems as the settings spell them, each once."""
    found = issue.front.get("affected", issue.front.get("affectedsystems"))
    listed = found if isinstance(found, list) else [found]
    if any(isinstance(each, dict | list | bool) for each in listed):
        place = issue.at("affected" if "affected" in issue.front else "affectedSystems")
        raise InvalidError(f"{place} must be a list of names of systems.", field=place)
    names = [str(each).strip() for each in listed if each is not None]
    spelled = (site.spelled(name) for name in names if name)
    return list(dict.fromkeys(spelled))


class _Converter:
    """Makes an incident or a maintenance of one issue."""

    def __init__(self, options: ReadOptions, issue: _Issue, site: CstateSite) -> None:
        self._options = options
        self._issue = issue
        self._site = site
        self._codes: list[str] = []
        self._zone_used = False

    def items(self) -> Iterator[ImportItem | ReportEntry]:
        issue, now = self._issue, self._options.now
        start = self._time("date", required=True)
        assert start is not None  # noqa: S101  # it is required
        resolved = is_true(issue.front.get("resolved"))
        end = self._time("resolvedWhen", required=False)
        severity = self._severity()
        ahead = severity is ServiceStatus.OPERATIONAL and not resolved and start > now
        if ahead or is_maintenance(self._options, issue.title):
            yield from self._maintenance(start, end)
        else:
            yield from self._incident(start, end, severity, resolved=resolved)
        if is_true(issue.front.get("pin")):
            self._codes.append("lost.pinned")
        yield from (ReportEntry(code, issue.ref) for code in dict.fromkeys(self._codes))

    def _severity(self) -> ServiceStatus | None:
        found = self._issue.front.get("severity")
        if found is None:
            return None
        severity = _SEVERITIES.get(str(found).strip().lower())
        if severity is None:
            self._codes.append("guessed.status")
        return severity

    def _time(self, name: str, *, required: bool) -> datetime | None:
        value = self._issue.front.get(name.lower())
        place = self._issue.at(name)
        if value is None or value == "":
            if required:
                raise InvalidError(f"{place} is missing.", field=place)
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = value.isoformat()
        return self._instant(value, place)

    def _instant(self, value: object, place: str) -> datetime:
        at, needed = parse_time(value, place=place, zone=self._site.zone)
        if needed and self._site.zone_is_guessed:
            self._codes.append("guessed.time_zone")
        return at

    def _maintenance(
        self, start: datetime, end: datetime | None
    ) -> Iterator[ImportItem | ReportEntry]:
        issue = self._issue
        yield from maintenance_items(
            SourceMaintenance(
                ref=issue.ref,
                title=self._title(),
                body=self._plain_text(),
                starts_at=start,
                ends_at=end if end is not None and end > start else None,
                services=_services(issue, self._site),
                former_paths=self._former_paths(start),
            ),
            now=self._options.now,
            place=issue.place,
        )

    def _incident(
        self,
        start: datetime,
        end: datetime | None,
        severity: ServiceStatus | None,
        *,
        resolved: bool,
    ) -> Iterator[ImportItem | ReportEntry]:
        issue = self._issue
        if end is not None and end < start:
            end = start
            self._codes.append("fixed.end_before_start")
        pieces = self._pieces()
        # Fyr has postmortems of what is over only; an earlier one stays an update.
        postmortem = self._postmortem(pieces) if resolved else None
        if is_true(issue.front.get("informational")):
            self._codes.append("guessed.status")
            updates = [
                SourceUpdate("1", start, IncidentStatus.RESOLVED, self._plain_text(), has_ref=False)
            ]
            end = start
        else:
            updates, end = self._updates(
                pieces, start, end if resolved else None, resolved=resolved
            )
        named = _services(issue, self._site)
        if named and severity is not None:
            updates[0] = replace(updates[0], services=dict.fromkeys(named, severity))
        impact = None
        if not named and severity is not None:
            impact = _IMPACTS.get(severity)
        if severity is ServiceStatus.UNDER_MAINTENANCE and not named:
            self._codes.append("fixed.status")
        published = postmortem.at if postmortem and postmortem.at else end or updates[-1].at
        yield from incident_items(
            SourceIncident(
                ref=issue.ref,
                title=self._title(),
                started_at=start,
                updates=updates,
                services=named,
                impact=impact,
                postmortem=None
                if postmortem is None
                else SourcePostmortem(self._body(postmortem), published),
                former_paths=self._former_paths(start),
                draft=is_true(issue.front.get("draft")),
            ),
            now=self._options.now,
            place=issue.place,
            keep_open=self._options.keep_open,
        )

    # -- text ----------------------------------------------------------------------

    def _pieces(self) -> list[TextPiece]:
        """The parts of the text, with their translations where another file has all of them."""
        pieces = self._split(self._issue)
        for tag, other in self._issue.translations.items():
            theirs = self._split(other)
            if [each.at for each in theirs] == [each.at for each in pieces]:
                for piece, translated in zip(pieces, theirs, strict=True):
                    piece.others[tag] = translated.text
            elif other.text.strip():
                self._codes.append("lost.text")
        return pieces

    def _split(self, issue: _Issue) -> list[TextPiece]:
        place = f"{issue.place}: track"
        return split_text(issue.text, lambda text: self._instant(text, place))

    def _title(self) -> SourceText:
        """The title, in each language that has one."""
        others = {tag: each.title for tag, each in self._issue.translations.items()}
        return self._in_languages(self._issue.title, others)

    def _plain_text(self) -> SourceText:
        """The whole text without shortcodes, in each language that has one."""
        others = {tag: each.text for tag, each in self._issue.translations.items()}
        texts = {tag: without_tracks(text) for tag, text in others.items()}
        return self._in_languages(without_tracks(self._issue.text), texts)

    def _body(self, piece: TextPiece) -> SourceText:
        return self._in_languages(piece.text, piece.others)

    def _in_languages(self, text: str, others: Mapping[str, str]) -> SourceText:
        found = {tag: each for tag, each in others.items() if each.strip()}
        return {self._site.language: text, **found} if found and text.strip() else text

    def _postmortem(self, pieces: list[TextPiece]) -> TextPiece | None:
        """Take the postmortem out of the pieces; None without one."""
        for number, piece in enumerate(pieces):
            if piece.label == "postmortem":
                return pieces.pop(number)
        first = pieces[0] if pieces else TextPiece("")
        follows = any(piece.at is not None for piece in pieces[1:])
        if first.ruled and first.at is None and first.label is None and follows:
            return pieces.pop(0)
        return None

    def _updates(
        self, pieces: list[TextPiece], start: datetime, end: datetime | None, *, resolved: bool
    ) -> tuple[list[SourceUpdate], datetime | None]:
        """The updates, oldest first, and the end."""
        timed = [piece.at for piece in pieces if piece.at is not None]
        if resolved and end is None:
            end = max([start, *timed])
            self._codes.append("guessed.end")
            needs_end = True
        else:
            needs_end = False
        if not timed and pieces:
            pieces = [self._whole(pieces, end if not needs_end else None, start)]
        elif self._is_newest_first(pieces):
            pieces = pieces[::-1]
        self._place(pieces, start, end)
        pieces.sort(key=lambda piece: piece.at or start)
        updates = self._with_statuses(pieces)
        only_resolves = len(updates) == 1 and end is not None and not needs_end
        if not updates or updates[0].at > start or only_resolves:
            updates.insert(0, SourceUpdate("began", start, None, None, code=BEGAN))
        return self._closed(updates, end, needs_end=needs_end), end

    def _closed(
        self, updates: list[SourceUpdate], end: datetime | None, *, needs_end: bool
    ) -> list[SourceUpdate]:
        """The updates, of which the last one resolves if there is an end."""
        last = updates[-1]
        if end is None or (last.status is IncidentStatus.RESOLVED and last.at >= end):
            return updates
        if needs_end or last.at < end or last.code == BEGAN:
            ended = SourceUpdate("ended", end, IncidentStatus.RESOLVED, None, code=ENDED)
            return [*updates, ended]
        return [*updates[:-1], replace(last, status=IncidentStatus.RESOLVED)]

    def _whole(
        self, pieces: Sequence[TextPiece], end: datetime | None, start: datetime
    ) -> TextPiece:
        """The text without any time as one update: at the end, or else at the start."""
        if len(pieces) == 1:
            return replace(pieces[0], at=end or start)
        return TextPiece(joined_pieces(pieces), end or start)

    def _is_newest_first(self, pieces: Sequence[TextPiece]) -> bool:
        times = [piece.at for piece in pieces if piece.at is not None]
        if len(set(times)) > 1:
            return times[0] > times[-1]
        if pieces and pieces[-1].label == "resolved":
            return False
        return not self._issue.is_statuskit

    def _place(self, pieces: Sequence[TextPiece], start: datetime, end: datetime | None) -> None:
        """Give every piece a time from the start to the end. `pieces` are oldest first."""
        timed = [number for number, piece in enumerate(pieces) if piece.at is not None]
        former: datetime | None = None
        for number, piece in enumerate(pieces):
            if piece.at is None:
                if not timed or number < timed[0]:
                    piece.at = start
                elif number > timed[-1]:
                    piece.at = end or former
                else:
                    piece.at = former
            at = piece.at or start
            if piece.label == "resolved" and end is not None and at != end:
                at = end
                self._codes.append("fixed.outside")
            elif at < start or (end is not None and at > end):
                at = start if at < start else end or at
                self._codes.append("fixed.outside")
            piece.at = former = at

    def _with_statuses(self, pieces: Sequence[TextPiece]) -> list[SourceUpdate]:
        updates = []
        for number, piece in enumerate(pieces, 1):
            status = None
            if piece.label in {each.value for each in IncidentStatus}:
                status = IncidentStatus(piece.label)
            if status is IncidentStatus.RESOLVED and number < len(pieces):
                status = None
            assert piece.at is not None  # noqa: S101  # _place
            body = self._body(piece)
            updates.append(SourceUpdate(str(number), piece.at, status, body, has_ref=False))
        return updates

    # -- addresses -----------------------------------------------------------------

    def _former_paths(self, start: datetime) -> list[str]:
        """The path that Hugo gave the page."""
        issue = self._issue
        section = issue.ref.partition("/")[0]
        page = HugoPage(
            ref=issue.ref,
            title=issue.title,
            slug=str(issue.front.get("slug") or ""),
            at=start.astimezone(self._site.zone),
        )
        named = str(issue.front.get("url") or "")
        path = f"/{named.lstrip('/')}" if named else None
        path = path or permalink(page, self._site.permalinks.get(section))
        if path is None:
            self._codes.append("lost.links")
        return [] if path is None else [f"{self._site.base_path}{path}"]
