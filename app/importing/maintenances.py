"""A maintenance of another status page, brought into the form that Fyr stores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.patterns import compile_pattern
from app.domain.statuses import MaintenanceStatus
from app.domain.validation import is_public_id
from app.importing.errors import UnsuitableTimeError
from app.importing.incidents import NO_TEXT, phrase
from app.importing.texts import SourceText, clean_bodies, clean_titles
from app.importing.times import rfc3339
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry

__all__ = ["SourceMaintenance", "SourceWindowUpdate", "is_maintenance", "maintenance_items"]

_DEFAULT_LENGTH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SourceWindowUpdate:
    """An update of a maintenance as the source has it; `body` is Markdown or HTML."""

    ref: str
    at: datetime
    status: MaintenanceStatus
    body: SourceText | None


@dataclass(frozen=True, slots=True)
class SourceMaintenance:
    """A maintenance as the source has it. Without `ends_at` the source knows no end.

    Without `body`, the first update becomes its text. `recurrence` is as in a document. With
    `is_html`, bodies are HTML as a rule, and converting them is no correction.
    """

    ref: str
    title: SourceText
    body: SourceText | None
    starts_at: datetime
    ends_at: datetime | None
    services: Sequence[str] = ()
    updates: Sequence[SourceWindowUpdate] = ()
    recurrence: Mapping[str, Any] | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    verifying_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    former_paths: Sequence[str] = ()
    draft: bool = False
    is_html: bool = False


def maintenance_items(
    source: SourceMaintenance, *, now: datetime, place: str
) -> Iterator[ImportItem | ReportEntry]:
    """The report entries about a maintenance, and then its item.

    Raises InvalidError naming `place`: an update in the future.
    """
    late = max((each.at for each in source.updates), default=now)
    if late > now + timedelta(minutes=2):
        raise UnsuitableTimeError(
            place, f"{place}: an update of {rfc3339(late)} lies in the future."
        )
    codes: list[str] = []
    title = clean_titles(source.title, lambda: source.body or "")
    codes += title.codes
    content: dict[str, Any] = {
        "ref": source.ref,
        "title": title.text or "–",
        "starts_at": rfc3339(source.starts_at),
        "ends_at": rfc3339(_end(source, codes)),
        "services": list(source.services),
        **_texts(source, codes),
    }
    if is_public_id(source.ref):
        content["id"] = source.ref
    for name in ("completed_at", "cancelled_at", "verifying_at", "created_at", "updated_at"):
        value = getattr(source, name)
        if value is not None:
            content[name] = rfc3339(min(value, now))
    if source.recurrence is not None:
        content["recurrence"] = dict(source.recurrence)
    if source.former_paths:
        content["former_paths"] = list(source.former_paths)
    if source.draft:
        content["draft"] = True
    noted = set(codes) - ({"fixed.html"} if source.is_html else set())
    yield from (ReportEntry(code, source.ref) for code in sorted(noted))
    yield ImportItem(ItemKind.MAINTENANCE, content, place)


def is_maintenance(options: ReadOptions, title: str) -> bool:
    """Whether the option for titles of maintenances matches the title of an incident."""
    if options.maintenance is None:
        return False
    return compile_pattern(options.maintenance, ignore_case=True).search(title) is not None


def _end(source: SourceMaintenance, codes: list[str]) -> datetime:
    """The end of the window: that of the source, its completion, or one hour after the start."""
    if source.ends_at is not None:
        return source.ends_at
    codes.append("guessed.end")
    done = source.completed_at
    return done if done and done > source.starts_at else source.starts_at + _DEFAULT_LENGTH


def _texts(source: SourceMaintenance, codes: list[str]) -> dict[str, Any]:
    """The text and the updates; a first update that only repeats the text is left out."""
    updates = sorted(source.updates, key=lambda each: each.at)
    text = source.body if source.body is not None else next((each.body for each in updates), "")
    body = clean_bodies(text or "")
    codes += body.codes
    if not body.text:
        codes.append("lost.text")
    shown = [_update(each, codes) for each in updates]
    if shown and source.body is not None and shown[0]["body"] == body.text:
        shown.pop(0)
    return {"body": body.text or phrase(NO_TEXT), "updates": shown}


def _update(update: SourceWindowUpdate, codes: list[str]) -> dict[str, Any]:
    body = clean_bodies(update.body or "")
    codes += body.codes
    if not body.text:
        codes.append("lost.text")
    status = update.status
    if status is MaintenanceStatus.CANCELLED:
        # Of the maintenance itself: updates have the statuses that Statuspage's API knows.
        status = MaintenanceStatus.SCHEDULED
    content: dict[str, Any] = {
        "ref": update.ref,
        "status": status.value,
        "posted_at": rfc3339(update.at),
        "body": body.text or phrase(NO_TEXT),
    }
    if is_public_id(update.ref):
        content["id"] = update.ref
    return content
