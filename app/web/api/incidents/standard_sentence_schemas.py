from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.web.api.fields import ResponseSchema, Texts

__all__ = ["StandardSentence"]


class StandardSentence(ResponseSchema):
    """A reviewed sentence for an update with `status`; `{services}` is a placeholder."""

    code: str
    status: IncidentStatus | MaintenanceStatus
    text: Texts
