from pydantic import BaseModel, Field

from app.usecases.subscribers.addresses.bounces import ReportOutcome

__all__ = ["BounceTaken"]


class BounceTaken(BaseModel):
    """What a report changed."""

    outcome: ReportOutcome = Field(description="`unknown` when it names no mail of Fyr.")
