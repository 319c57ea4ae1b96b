"""An incident of another status page, brought into the form that Fyr stores.

The rules are those for every source: order of updates, statuses, services, impact, texts that do
not exist. Each correction and each guess becomes a finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.incidents.impact import impact_of
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus, worst
from app.domain.validation import is_public_id
from app.importing.errors import UnsuitableTimeError
from app.importing.texts import SourceText, clean_bodies, clean_titles
from app.importing.times import rfc3339
from app.ports.importer import ImportItem, ItemKind, ReportEntry

__all__ = [
    "BEGAN",
    "ENDED",
    "NO_TEXT",
    "SourceIncident",
    "SourcePostmortem",
    "SourceUpdate",
    "incident_items",
    "phrase",
]

BEGAN = "automation.began"
ENDED = "automation.ended"
NO_TEXT = "automation.no_text"
STALE_AFTER = timedelta(days=30)


def phrase(code: str) -> Mapping[str, Any]:
    """The text of a document that stands for a phrase without parameters."""
    return {"$phrase": [code]}


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """An update as the source has it.

    `at` is the time that it shows, `typed_at` the time at which it was written. A status of None
    keeps the one before. `body` is Markdown or HTML; None is no text, and a phrase of Fyr when
    `code` says so. Without `has_ref`, the source has no id of the update, and findings about it
    name the incident.
    """

    ref: str
    at: datetime
    status: IncidentStatus | None
    body: SourceText | None
    services: Mapping[str, ServiceStatus] = field(default_factory=dict)
    typed_at: datetime | None = None
    code: str | None = None
    has_ref: bool = True


@dataclass(frozen=True, slots=True)
class SourcePostmortem:
    """The postmortem of an incident; a draft without `published_at`."""

    body: SourceText
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceIncident:
    """An incident as the source has it.

    `services` are the refs that it names besides its updates; `statuses` are the statuses that it
    knows of services, which the first update states unless an update names them. `impact` is the
    source's own, None to derive it. `ended_at` is the end that the source knows apart from the
    updates. With `may_stale` nobody is made to close incidents: an old one whose services work,
    `works`, is over. With `is_html`, bodies are HTML as a rule, and converting them is no
    correction.
    """

    ref: str
    title: SourceText
    started_at: datetime
    updates: Sequence[SourceUpdate]
    services: Sequence[str] = ()
    statuses: Mapping[str, ServiceStatus] = field(default_factory=dict)
    impact: Impact | None = None
    ended_at: datetime | None = None
    postmortem: SourcePostmortem | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    former_paths: Sequence[str] = ()
    draft: bool = False
    may_stale: bool = False
    works: bool = False
    is_html: bool = False


def incident_items(
    source: SourceIncident, *, now: datetime, place: str, keep_open: bool = False
) -> Iterator[ImportItem | ReportEntry]:
    """The findings about an incident, and then its item.

    Raises InvalidError naming `place`: an update, a start or an end in the future.
    """
    builder = _Builder(source, now, place, keep_open=keep_open)
    content = builder.content()
    yield from sorted(set(builder.findings))
    yield ImportItem(ItemKind.INCIDENT, content, place)


class _Builder:
    def __init__(
        self, source: SourceIncident, now: datetime, place: str, *, keep_open: bool
    ) -> None:
        self._source = source
        self._now = now
        self._place = place
        self._keep_open = keep_open
        self.findings: list[ReportEntry] = []

    def content(self) -> dict[str, Any]:
        source = self._source
        title = clean_titles(source.title, lambda: next(iter(self._bodies()), ""))
        self._note(*title.codes)
        updates = self._with_statuses(self._in_order())
        updates = self._ended(updates)
        updates = self._with_services(updates)
        first = updates[0].at
        started_at = min(source.started_at, first)
        if source.started_at > first:
            self._note("fixed.start")
        content: dict[str, Any] = {
            "ref": source.ref,
            "title": title.text or "–",
            "started_at": rfc3339(started_at),
            "updates": [self._update(each) for each in updates],
        }
        if is_public_id(source.ref):
            content["id"] = source.ref
        self._add_impact(content, updates)
        if source.postmortem is not None:
            self._add_postmortem(content, source.postmortem)
        for name in ("created_at", "updated_at"):
            value = getattr(source, name)
            if value is not None:
                content[name] = rfc3339(min(value, self._now))
        if source.former_paths:
            content["former_paths"] = list(source.former_paths)
        if source.draft:
            content["draft"] = True
        return content

    def _note(self, *codes: str, ref: str | None = None) -> None:
        about = self._source.ref if ref is None else ref
        if self._source.is_html:
            codes = tuple(code for code in codes if code != "fixed.html")
        self.findings += [ReportEntry(code, about) for code in codes]

    def _bodies(self) -> Iterator[SourceText]:
        return (each.body for each in self._source.updates if each.body)

    def _in_order(self) -> list[SourceUpdate]:
        """By the time shown, the time typed, and the place in the source."""
        source = self._source
        found = sorted(
            enumerate(source.updates),
            key=lambda pair: (pair[1].at, pair[1].typed_at or pair[1].at, pair[0]),
        )
        for _, each in found:
            self._check_past(each.at, "an update of")
        if found:
            return [each for _, each in found]
        self._check_past(source.started_at, "its start")
        self._note("lost.text")
        status = IncidentStatus.INVESTIGATING
        return [SourceUpdate("began", source.started_at, status, None, code=BEGAN)]

    def _check_past(self, at: datetime, what: str) -> None:
        if at > self._now + timedelta(minutes=2):
            raise UnsuitableTimeError(
                self._place, f"{self._place}: {what} {rfc3339(at)} lies in the future."
            )

    def _with_statuses(self, updates: Sequence[SourceUpdate]) -> list[SourceUpdate]:
        former = IncidentStatus.INVESTIGATING
        found = []
        for each in updates:
            status = each.status or former
            found.append(replace(each, status=status))
            former = status
        return found

    def _ended(self, updates: list[SourceUpdate]) -> list[SourceUpdate]:
        """The updates with the end that only the incident knows, or that its age shows."""
        source, last = self._source, updates[-1]
        if last.status is IncidentStatus.RESOLVED:
            return updates
        if source.ended_at is not None:
            self._check_past(source.ended_at, "its end")
            return [*updates, _end(max(source.ended_at, last.at), last)]
        if self._now - last.at <= STALE_AFTER:
            return updates
        if source.may_stale and source.works and not self._keep_open:
            self._note("fixed.stale")
            return [*updates, _end(last.at, last)]
        self._note("open.stale")
        return updates

    def _with_services(self, updates: list[SourceUpdate]) -> list[SourceUpdate]:
        named = {ref for each in updates for ref in each.services}
        known = {ref: each for ref, each in self._source.statuses.items() if ref not in named}
        updates[0] = replace(updates[0], services={**updates[0].services, **known})
        named |= known.keys()
        unnamed = [ref for ref in dict.fromkeys(self._source.services) if ref not in named]
        if unnamed:
            # Nothing says how badly: no downtime is invented.
            self._note("guessed.services")
            operational = dict.fromkeys(unnamed, ServiceStatus.OPERATIONAL)
            updates[0] = replace(updates[0], services={**updates[0].services, **operational})
        return [replace(each, services=self._statuses(each)) for each in updates]

    def _statuses(self, update: SourceUpdate) -> dict[str, ServiceStatus]:
        found = dict(update.services)
        for ref, status in found.items():
            if status is ServiceStatus.UNDER_MAINTENANCE:
                found[ref] = ServiceStatus.OPERATIONAL
                self._note("fixed.status")
            elif (
                update.status is IncidentStatus.RESOLVED and status is not ServiceStatus.OPERATIONAL
            ):
                found[ref] = ServiceStatus.OPERATIONAL
                self._note("fixed.still_broken")
        return found

    def _update(self, update: SourceUpdate) -> dict[str, Any]:
        assert update.status is not None  # noqa: S101  # _with_statuses
        content: dict[str, Any] = {
            "ref": update.ref,
            "status": update.status.value,
            "posted_at": rfc3339(update.at),
            "body": self._body(update),
            "services": {ref: status.value for ref, status in update.services.items()},
        }
        if is_public_id(update.ref):
            content["id"] = update.ref
        if update.typed_at is not None and update.typed_at != update.at:
            content["created_at"] = rfc3339(min(update.typed_at, self._now))
        return content

    def _body(self, update: SourceUpdate) -> Any:  # noqa: ANN401  # JSON
        if update.code is not None:
            return phrase(update.code)
        clean = clean_bodies(update.body or "")
        self._note(*clean.codes)
        if clean.text:
            return clean.text
        self._note("lost.text", ref=update.ref if update.has_ref else None)
        return phrase(NO_TEXT)

    def _add_impact(self, content: dict[str, Any], updates: Sequence[SourceUpdate]) -> None:
        derived = impact_of(
            [worst(status for each in updates for status in each.services.values())]
        )
        own = self._source.impact
        if own is not None and own is not derived:
            content["impact"] = own.value

    def _add_postmortem(self, content: dict[str, Any], postmortem: SourcePostmortem) -> None:
        clean = clean_bodies(postmortem.body)
        self._note(*clean.codes)
        if not clean.text:
            return
        content["postmortem"] = {"body": clean.text}
        if postmortem.published_at is not None:
            content["postmortem"]["published_at"] = rfc3339(min(postmortem.published_at, self._now))
        else:
            content["postmortem"]["draft"] = True


def _end(at: datetime, last: SourceUpdate) -> SourceUpdate:
    """The end after the last update: of the two in one moment, it is the later one."""
    typed_at = last.typed_at if at == last.at else None
    return SourceUpdate("ended", at, IncidentStatus.RESOLVED, None, typed_at=typed_at, code=ENDED)
