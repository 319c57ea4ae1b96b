from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict, StrictBool
from pydantic.json_schema import SkipJsonSchema

from app.domain.ownership import Owner
from app.domain.statuses import Impact, IncidentStatus
from app.usecases.incidents import lifecycle
from app.usecases.incidents.records import Evidence, StaffIncident
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import EditIncident, OpenIncident
from app.web.api.fields import (
    BodyText,
    Instant,
    PatchSchema,
    RequestSchema,
    ResponseSchema,
    Texts,
    TitleText,
)
from app.web.api.incidents.postmortem_schemas import Postmortem
from app.web.api.incidents.update_schemas import (
    AffectedService,
    Confirmed,
    NextUpdate,
    Phrases,
    ServiceStatusChanges,
    Update,
    affected,
    by_slug,
)
from app.web.api.pending_text_schemas import PendingText, accepted
from app.web.api.request import ApiRequest, phrase_codes

__all__ = [
    "Incident",
    "IncidentChange",
    "NewIncident",
    "incident_or_pending",
]


class NewIncident(RequestSchema):
    """An incident with its first update; a draft when `publish` is false."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Some clients cannot connect",
                    "status": "investigating",
                    "body": {"en": "We are looking into it.", "sv": "Vi undersöker saken."},
                    "services": [{"service": "payments", "status": "partial_outage"}],
                }
            ]
        }
    )

    title: TitleText
    body: BodyText
    status: IncidentStatus = IncidentStatus.INVESTIGATING
    services: ServiceStatusChanges = ()
    impact: Impact | None = None
    started_at: Instant | None = None
    publish: StrictBool = True
    notify: StrictBool = True
    confirm: Confirmed = ()
    next_update_at: NextUpdate = None

    def command(self, request: ApiRequest) -> OpenIncident:
        return OpenIncident(
            title=request.title(self.title),
            first=lifecycle.NewUpdate(
                self.status,
                request.body(self.body),
                by_slug(self.services),
                notify=self.notify,
                confirm=self.confirm,
                next_update_at=self.next_update_at,
            ),
            impact=self.impact,
            started_at=self.started_at,
            publish=self.publish,
        )


class IncidentChange(PatchSchema):
    """With `impact` null the impact is derived from the services again."""

    nullable: ClassVar[frozenset[str]] = frozenset({"impact"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"impact": "critical"}]})

    title: TitleText | SkipJsonSchema[None] = None
    impact: Impact | None = None
    started_at: Instant | SkipJsonSchema[None] = None
    confirm: Confirmed = ()

    def command(self, request: ApiRequest, incident_id: str) -> EditIncident:
        return EditIncident(
            incident=incident_id,
            title=None if self.title is None else request.title(self.title),
            impact=self.impact,
            derive_impact=self.clears("impact"),
            started_at=self.started_at,
            confirm=self.confirm,
        )


class IncidentEvidence(ResponseSchema):
    """An observation or proposal of automation about an incident that staff own. Never public."""

    kind: str
    body: Texts
    body_phrases: Phrases
    seen_at: datetime

    @classmethod
    def of(cls, evidence: Evidence, request: ApiRequest) -> "IncidentEvidence":
        return cls(
            kind=evidence.kind,
            body=request.texts_by_language(evidence.body),
            body_phrases=phrase_codes(evidence.body),
            seen_at=evidence.seen_at,
        )


class Incident(ResponseSchema):
    """An incident for staff. `published_at` is null for a draft. Updates: newest first."""

    id: str
    url: str
    title: Texts
    title_phrases: Phrases
    status: IncidentStatus
    impact: Impact
    owner: Owner
    automatic: bool
    published_at: datetime | None
    started_at: datetime
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    next_update_at: datetime | None
    services: list[AffectedService]
    updates: list[Update]
    postmortem: Postmortem | None
    evidence: list[IncidentEvidence]

    @classmethod
    def of(cls, staff: StaffIncident, request: ApiRequest) -> "Incident":
        incident = staff.incident
        return cls(
            id=incident.id,
            url=f"{request.page.base_url}/incidents/{incident.id}",
            title=request.texts_by_language(incident.title),
            title_phrases=phrase_codes(incident.title),
            status=incident.status,
            impact=incident.impact,
            owner=staff.owner,
            automatic=incident.automatic,
            published_at=staff.published_at,
            started_at=incident.started_at,
            resolved_at=incident.resolved_at,
            created_at=incident.created_at,
            updated_at=incident.updated_at,
            edited_at=incident.edited_at,
            next_update_at=incident.next_update_at,
            services=affected(incident.services),
            updates=[Update.of(update, request) for update in incident.updates],
            postmortem=Postmortem.of(staff, request),
            evidence=[IncidentEvidence.of(each, request) for each in staff.evidence],
        )


def incident_or_pending(
    result: StaffIncident | pending.PendingText, request: ApiRequest
) -> Incident | PendingText:
    """The response to a submitted command about an incident."""
    if isinstance(result, pending.PendingText):
        return accepted(result, request)
    return Incident.of(result, request)
