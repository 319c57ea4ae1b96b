"""What staff write about incidents, as things that can wait: done, or kept as JSON until then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db import incidents as rows
from app.db.texts import text_from_json, text_to_json
from app.domain.localized import LocalizedText
from app.domain.phrases import Text
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases import editing, incidents
from app.usecases.context import Ctx
from app.usecases.incident_records import StaffIncident
from app.usecases.incidents import NewIncident, NewUpdate

__all__ = [
    "EditIncident",
    "EditUpdate",
    "OpenIncident",
    "PostUpdate",
    "Publish",
    "PutPostmortem",
    "Write",
    "do",
    "from_json",
    "is_public",
    "text_of",
    "to_json",
    "verb_of",
]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Open an incident."""

    new: NewIncident
    incident: None = None


@dataclass(frozen=True, slots=True)
class PostUpdate:
    """Post an update. `seen` is the newest update that its author had before the eyes."""

    incident: str
    new: NewUpdate
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class EditUpdate:
    """Word an update better. `seen` is the stamp of the text that its author began with."""

    incident: str
    update: str
    body: LocalizedText
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class EditIncident:
    """Change the title or the impact."""

    incident: str
    title: LocalizedText | None = None
    impact: Impact | None = None
    derive_impact: bool = False


@dataclass(frozen=True, slots=True)
class Publish:
    """Show a draft to visitors."""

    incident: str


@dataclass(frozen=True, slots=True)
class PutPostmortem:
    """Write or rewrite the postmortem; `seen` as in EditUpdate."""

    incident: str
    body: LocalizedText
    publish: bool
    seen: str | None = None


Write = OpenIncident | PostUpdate | EditUpdate | EditIncident | Publish | PutPostmortem


def text_of(write: Write) -> Text | None:
    """What visitors would read; None when the write says nothing new."""
    match write:
        case OpenIncident(new):
            return new.first.body
        case PostUpdate(new=new):
            return new.body
        case EditUpdate(body=body) | PutPostmortem(body=body):
            return body
        case EditIncident(title=title):
            return title
    return None


def is_public(ctx: Ctx, write: Write) -> bool:
    """Whether visitors would see it at once."""
    match write:
        case OpenIncident(new):
            return new.publish
        case Publish():
            return True
        case PutPostmortem(publish=publish):
            return publish
        case EditIncident(title=None):
            return False
    row = rows.find_incident(ctx.session, write.incident)
    return row is not None and row.published_at is not None


def do(ctx: Ctx, write: Write) -> StaffIncident:
    """Do it. Raises what its use case raises."""
    match write:
        case OpenIncident(new):
            return incidents.open_incident(ctx, new)
        case PostUpdate(incident, new, seen):
            return incidents.post_update(ctx, incident, new, seen=seen)
        case EditUpdate(incident, update, body, seen):
            return editing.edit_update(ctx, incident, update, body=body, seen=seen)
        case EditIncident(incident, title, impact, derive):
            return editing.edit_incident(
                ctx, incident, title=title, impact=impact, derive_impact=derive
            )
        case PutPostmortem(incident, body, publish, seen):
            return editing.put_postmortem(ctx, incident, body=body, publish=publish, seen=seen)
    return incidents.publish(ctx, write.incident)


def verb_of(write: Write) -> str:
    """Its name where it waits."""
    return _VERBS[type(write)]


def to_json(write: Write) -> Json:
    """All of it but its incident, for `from_json`."""
    match write:
        case OpenIncident(new):
            return {
                "title": text_to_json(new.title),
                "first": _update_to_json(new.first),
                "impact": new.impact,
                "started_at": _instant_to_json(new.started_at),
                "publish": new.publish,
            }
        case PostUpdate(new=new, seen=seen):
            return {"new": _update_to_json(new), "seen": seen}
        case EditUpdate(update=update, body=body, seen=seen):
            return {"update": update, "body": text_to_json(body), "seen": seen}
        case EditIncident(title=title, impact=impact, derive_impact=derive):
            said = None if title is None else text_to_json(title)
            return {"title": said, "impact": impact, "derive_impact": derive}
        case PutPostmortem(body=body, publish=publish, seen=seen):
            return {"body": text_to_json(body), "publish": publish, "seen": seen}
    return {}


def from_json(verb: str, incident: str | None, kept: Mapping[str, Any]) -> Write:
    """The write that `to_json` made `kept` of."""
    return _READERS[verb](incident or "", kept)


def _open_of(_incident: str, kept: Mapping[str, Any]) -> OpenIncident:
    return OpenIncident(
        NewIncident(
            title=text_from_json(kept["title"]),
            first=_update_of(kept["first"]),
            impact=_impact_of(kept["impact"]),
            started_at=_instant_of(kept["started_at"]),
            publish=kept["publish"],
        )
    )


def _edit_of(incident: str, kept: Mapping[str, Any]) -> EditIncident:
    title = None if kept["title"] is None else _localized(kept["title"])
    return EditIncident(incident, title, _impact_of(kept["impact"]), kept["derive_impact"])


_VERBS: Mapping[type, str] = {
    OpenIncident: "open",
    PostUpdate: "update",
    EditUpdate: "edit_update",
    EditIncident: "edit",
    Publish: "publish",
    PutPostmortem: "postmortem",
}
_READERS: Mapping[str, Callable[[str, Mapping[str, Any]], Write]] = {
    "open": _open_of,
    "update": lambda incident, kept: PostUpdate(incident, _update_of(kept["new"]), kept["seen"]),
    "edit_update": lambda incident, kept: EditUpdate(
        incident, kept["update"], _localized(kept["body"]), kept["seen"]
    ),
    "edit": _edit_of,
    "publish": lambda incident, _kept: Publish(incident),
    "postmortem": lambda incident, kept: PutPostmortem(
        incident, _localized(kept["body"]), kept["publish"], kept["seen"]
    ),
}


def _update_to_json(new: NewUpdate) -> Json:
    return {
        "status": new.status.value,
        "body": text_to_json(new.body),
        "services": {slug: status.value for slug, status in new.services.items()},
        "posted_at": _instant_to_json(new.posted_at),
        "notify": new.notify,
    }


def _update_of(kept: Mapping[str, Any]) -> NewUpdate:
    return NewUpdate(
        IncidentStatus(kept["status"]),
        text_from_json(kept["body"]),
        {slug: ServiceStatus(status) for slug, status in kept["services"].items()},
        posted_at=_instant_of(kept["posted_at"]),
        notify=kept["notify"],
    )


def _impact_of(kept: str | None) -> Impact | None:
    return None if kept is None else Impact(kept)


def _instant_to_json(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant_of(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(kept)


def _localized(kept: Mapping[str, Any]) -> LocalizedText:
    text = text_from_json(kept)
    if not isinstance(text, LocalizedText):
        raise TypeError("staff write texts, not phrases")
    return text
