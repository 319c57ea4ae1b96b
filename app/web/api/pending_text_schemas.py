from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, StrictStr

from app.domain.errors import FyrError
from app.domain.publication import Outcome, PendingReason, PreviewContent, SubjectKind
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus
from app.domain.texts.phrases import Text
from app.usecases.publication import pending
from app.usecases.publication.commands import to_json
from app.web.api.fields import RequestSchema, ResponseSchema, Texts
from app.web.api.incidents.update_schemas import AffectedService, Update, affected
from app.web.api.maintenances.occurrence_schemas import Occurrence
from app.web.api.request import ApiRequest

__all__ = ["PENDING", "Approval", "PendingText", "Refusal", "accepted"]


class Approval(RequestSchema):
    """The version of the pending text that the approver has read."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"seen": "0f4c1d2e3a5b6c7d8e9f0a1b2c3d4e5f"}]}
    )

    seen: Annotated[
        StrictStr,
        Field(max_length=100, description="`version` of the pending text as it was read."),
    ]


class Preview(ResponseSchema):
    """What visitors would read after the approval; what does not apply is null or empty.

    Of an incident that exists, `updates` has the changed update alone; of a draft, all of them.
    """

    title: Texts | None = None
    text: Texts | None = None
    status: IncidentStatus | MaintenanceStatus | None = None
    impact: Impact | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    services: tuple[AffectedService, ...] = ()
    updates: tuple[Update, ...] = ()
    window: Occurrence | None = None
    removed: Annotated[
        Texts | None, Field(description="The text that visitors would no longer read.")
    ] = None
    notify: Annotated[bool, Field(description="Whether subscribers would be notified.")] = False

    @classmethod
    def of(cls, content: PreviewContent, request: ApiRequest) -> Self:
        removed = None if content.removed is None else request.texts_by_language(content.removed)
        shown = cls._shown(content, request)
        return shown.model_copy(update={"removed": removed, "notify": content.notifies})

    @classmethod
    def _shown(cls, content: PreviewContent, request: ApiRequest) -> Self:
        if content.incident is not None:
            incident = content.incident
            return cls(
                title=request.texts_by_language(incident.title),
                status=incident.status,
                impact=incident.impact,
                starts_at=incident.started_at,
                ends_at=incident.resolved_at,
                services=tuple(affected(incident.services)),
                updates=tuple(Update.of(each, request) for each in incident.updates),
            )
        if content.window is not None:
            window = content.window
            return cls(
                title=request.texts_by_language(window.title),
                text=request.texts_by_language(window.body),
                status=window.status,
                starts_at=window.starts_at,
                ends_at=window.ends_at,
                services=tuple(affected(window.services)),
                window=Occurrence.of(window, request),
            )
        return cls(text=None if content.text is None else request.texts_by_language(content.text))


class Refusal(RequestSchema):
    """The reason for a refusal; the author reads it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"remark": "The bank asked us not to name it."}]}
    )

    remark: Annotated[StrictStr, Field(max_length=1000)]


class PendingText(ResponseSchema):
    """A pending text: a change that is not published yet, or was not published."""

    id: str
    verb: Annotated[str, Field(description="The kind of change, such as `update`.")]
    incident: Annotated[str | None, Field(description="Null while the incident is not open yet.")]
    maintenance: Annotated[
        str | None, Field(description="Null while the maintenance is not planned yet.")
    ]
    title: Texts | None
    text: Texts | None
    change: Annotated[
        dict[str, Any], Field(description="The whole change, as it is stored and executed.")
    ]
    preview: Annotated[
        Preview | None,
        Field(description="What visitors would read; null if it was decided or would fail."),
    ]
    version: Annotated[
        str | None,
        Field(description="The version of the preview: send it as `seen` to approve it."),
    ]
    author: Annotated[
        str | None, Field(description="Null for readers who may not edit, as is `decided_by`.")
    ]
    reason: PendingReason
    submitted_at: datetime
    due_at: Annotated[
        datetime | None,
        Field(description="When it is published; null if it needs an approval."),
    ]
    outcome: Outcome | None
    failure: Annotated[str | None, Field(description="Why it could not be published.")]
    decided_by: str | None
    decided_at: datetime | None
    remark: Annotated[str | None, Field(description="Why somebody refused it.")]
    dismissed_at: Annotated[
        datetime | None, Field(description="When its author confirmed having read the refusal.")
    ]

    @classmethod
    def of(cls, text: pending.PendingText, request: ApiRequest) -> Self:
        def texts(value: Text | None) -> dict[str, str] | None:
            return None if value is None else request.texts_by_language(value)

        command, subject = text.command, text.subject
        content = _preview(text, request)
        return cls(
            id=text.id,
            verb=command.kind,
            incident=subject.id if subject.kind is SubjectKind.INCIDENT else None,
            maintenance=subject.id if subject.kind is SubjectKind.MAINTENANCE else None,
            title=texts(command.new_title()),
            text=texts(command.new_text()),
            change=to_json(command),
            preview=None if content is None else Preview.of(content, request),
            version=None if content is None else pending.version_of(request.ctx, text),
            author=text.author_name,
            reason=text.reason,
            submitted_at=text.submitted_at,
            due_at=text.due_at,
            outcome=text.outcome,
            failure=text.failure,
            decided_by=text.decided_by,
            decided_at=text.decided_at,
            remark=text.remark,
            dismissed_at=text.dismissed_at,
        )


def _preview(text: pending.PendingText, request: ApiRequest) -> PreviewContent | None:
    if text.outcome not in {None, Outcome.FAILED}:
        return None
    try:
        return pending.dry_run_as_author(request.ctx, text)
    except FyrError:
        return None


class _Accepted(PendingText):
    # The status of the response to a write that is pending: it is not done yet.
    answered_with: ClassVar[int] = 202


PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": PendingText, "description": "It is pending until a second person approves it."}
}


def accepted(text: pending.PendingText, request: ApiRequest) -> PendingText:
    """The response to a submitted command that is pending: 202, since nothing is published yet."""
    return _Accepted.of(text, request)
