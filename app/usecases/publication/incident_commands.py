"""What staff write about incidents, as things that can wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.db.queries import incidents as rows
from app.domain.localized_text import LocalizedText
from app.domain.phrases import Text
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.incidents import edits, lifecycle
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication.command_json import (
    Json,
    instant_of,
    instant_to_json,
    localized,
    text_from_json,
    text_to_json,
)

__all__ = [
    "READERS",
    "VERBS",
    "EditIncident",
    "EditUpdate",
    "IncidentWrite",
    "OpenIncident",
    "PostUpdate",
    "Publish",
    "PutPostmortem",
    "do",
    "is_public",
    "text_of",
    "title_of",
    "to_json",
]


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
    notify: bool = True


IncidentWrite = OpenIncident | PostUpdate | EditUpdate | EditIncident | Publish | PutPostmortem


def text_of(write: IncidentWrite) -> Text | None:
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


def title_of(write: IncidentWrite) -> Text | None:
    """The title that it gives; None when it leaves the title as it is."""
    match write:
        case OpenIncident(new):
            return new.title
        case EditIncident(title=title):
            return title
    return None


def is_public(ctx: Ctx, write: IncidentWrite) -> bool:
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


def do(ctx: Ctx, write: IncidentWrite) -> StaffIncident:
    """Do it. Raises what its use case raises."""
    match write:
        case OpenIncident(new):
            return lifecycle.open_incident(ctx, new)
        case PostUpdate(incident, new, seen):
            return lifecycle.post_update(ctx, incident, new, seen=seen)
        case EditUpdate(incident, update, body, seen):
            return edits.edit_update(ctx, incident, update, body=body, seen=seen)
        case EditIncident(incident, title, impact, derive):
            return edits.edit_incident(
                ctx, incident, title=title, impact=impact, derive_impact=derive
            )
        case PutPostmortem(incident, body, publish, seen, notify):
            new_account = edits.NewPostmortem(body, publish, notify=notify)
            return edits.put_postmortem(ctx, incident, new_account, seen=seen)
    return lifecycle.publish(ctx, write.incident)


def to_json(write: IncidentWrite) -> Json:
    """All of it but its incident, for its reader in READERS."""
    match write:
        case OpenIncident(new):
            return {
                "title": text_to_json(new.title),
                "first": _update_to_json(new.first),
                "impact": new.impact,
                "started_at": instant_to_json(new.started_at),
                "publish": new.publish,
            }
        case PostUpdate(new=new, seen=seen):
            return {"new": _update_to_json(new), "seen": seen}
        case EditUpdate(update=update, body=body, seen=seen):
            return {"update": update, "body": text_to_json(body), "seen": seen}
        case EditIncident(title=title, impact=impact, derive_impact=derive):
            said = None if title is None else text_to_json(title)
            return {"title": said, "impact": impact, "derive_impact": derive}
        case PutPostmortem(body=body, publish=publish, seen=seen, notify=notify):
            return {
                "body": text_to_json(body),
                "publish": publish,
                "seen": seen,
                "notify": notify,
            }
    return {}


def _open_of(_incident: str, kept: Mapping[str, Any]) -> OpenIncident:
    return OpenIncident(
        NewIncident(
            title=text_from_json(kept["title"]),
            first=_update_of(kept["first"]),
            impact=_impact_of(kept["impact"]),
            started_at=instant_of(kept["started_at"]),
            publish=kept["publish"],
        )
    )


def _edit_of(incident: str, kept: Mapping[str, Any]) -> EditIncident:
    title = None if kept["title"] is None else localized(kept["title"])
    return EditIncident(incident, title, _impact_of(kept["impact"]), kept["derive_impact"])


def _postmortem_of(incident: str, kept: Mapping[str, Any]) -> PutPostmortem:
    # What waits since before the choice was there is told.
    notify = kept.get("notify", True)
    body = localized(kept["body"])
    return PutPostmortem(incident, body, kept["publish"], kept["seen"], notify)


# What each is called where it waits.
VERBS: Mapping[type, str] = {
    OpenIncident: "open",
    PostUpdate: "update",
    EditUpdate: "edit_update",
    EditIncident: "edit",
    Publish: "publish",
    PutPostmortem: "postmortem",
}
# What makes each again of its incident and what `to_json` kept, by what it is called.
READERS: Mapping[str, Callable[[str, Mapping[str, Any]], IncidentWrite]] = {
    "open": _open_of,
    "update": lambda incident, kept: PostUpdate(incident, _update_of(kept["new"]), kept["seen"]),
    "edit_update": lambda incident, kept: EditUpdate(
        incident, kept["update"], localized(kept["body"]), kept["seen"]
    ),
    "edit": _edit_of,
    "publish": lambda incident, _kept: Publish(incident),
    "postmortem": _postmortem_of,
}


def _update_to_json(new: NewUpdate) -> Json:
    return {
        "status": new.status.value,
        "body": text_to_json(new.body),
        "services": {slug: status.value for slug, status in new.services.items()},
        "posted_at": instant_to_json(new.posted_at),
        "notify": new.notify,
    }


def _update_of(kept: Mapping[str, Any]) -> NewUpdate:
    return NewUpdate(
        IncidentStatus(kept["status"]),
        text_from_json(kept["body"]),
        {slug: ServiceStatus(status) for slug, status in kept["services"].items()},
        posted_at=instant_of(kept["posted_at"]),
        notify=kept["notify"],
    )


def _impact_of(kept: str | None) -> Impact | None:
    return None if kept is None else Impact(kept)
