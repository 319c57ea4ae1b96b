from datetime import datetime

from app.usecases.subscribers.addresses import suppressed_addresses
from app.usecases.subscribers.addresses.suppressions import SuppressionReason
from app.web.api.fields import ResponseSchema

__all__ = ["Suppression"]


class Suppression(ResponseSchema):
    """Why nothing is sent to an address."""

    reason: SuppressionReason
    suppressed_at: datetime

    @classmethod
    def of(cls, found: suppressed_addresses.Suppression) -> "Suppression":
        return cls(reason=found.reason, suppressed_at=found.suppressed_at)
