from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.domain.publication import SubjectKind
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases.publication import templates
from app.web.api.fields import BodyText, RequestSchema, ResponseSchema, TitleText
from app.web.api.request import ApiRequest

__all__ = ["NewTemplate", "Template"]

_EXAMPLE: JsonDict = {
    "name": "Card terminals",
    "kind": "incident",
    "title": {"en": "Card terminals in {city}", "sv": "Kortterminaler i {city}"},
    "body": {"en": "We are looking into it.", "sv": "Vi undersöker det."},
    "status": "investigating",
    "services": {"payments": "partial_outage"},
}


class NewTemplate(RequestSchema):
    """A template; a name in braces, such as `{city}`, is a placeholder.

    `services` gives each affected service its status; of a maintenance, the status is not used.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Annotated[str, Field(strict=True, json_schema_extra={"minLength": 1, "maxLength": 100})]
    kind: SubjectKind
    title: TitleText
    body: BodyText
    status: IncidentStatus = IncidentStatus.INVESTIGATING
    impact: Impact | None = None
    services: Annotated[dict[str, ServiceStatus], Field(default_factory=dict, max_length=1000)]

    def fields(self, request: ApiRequest) -> dict[str, str]:
        """The fields of the form of this kind."""
        texts = {
            f"{name}:{tag}": text
            for name, value in (
                ("title", request.title(self.title)),
                ("body", request.body(self.body)),
            )
            for tag, text in value
        }
        if self.kind is SubjectKind.MAINTENANCE:
            return texts | {"services": "\n".join(self.services)}
        services = {f"services:{slug}": status.value for slug, status in self.services.items()}
        impact = self.impact.value if self.impact else ""
        return texts | services | {"status": self.status.value, "impact": impact}


class Template(ResponseSchema):
    """A template. `fields` are those of the form in the console, such as `title:en`."""

    id: str
    name: str
    kind: SubjectKind
    fields: dict[str, str]
    created_at: datetime

    @classmethod
    def of(cls, template: templates.Template) -> "Template":
        return cls(
            id=template.id,
            name=template.name,
            kind=template.kind,
            fields=dict(template.fields),
            created_at=template.created_at,
        )
