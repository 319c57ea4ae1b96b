"""Forecasts: stored records of future breaks for staff, and the warnings sent about them."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.horizon import BreakKind
from app.domain.texts.localized_text import LocalizedText

__all__ = ["Client", "Forecast", "ForecastAdvice", "ForecastWarning"]


@dataclass(frozen=True, slots=True)
class Client:
    """A copy of a client profile as it was at the judgement, since profiles may be removed.

    `share` is the part of the customers that these clients are, as the operator wrote it. `reason`
    is the verdict of these clients, `at` the instant from which it holds where that is known.
    """

    id: str
    label: LocalizedText
    tier: Tier
    share: str | None = None
    reason: Reason = Reason.OK
    at: datetime | None = None

    @property
    def named(self) -> LocalizedText:
        """The label in every language that it has, followed by the share of the customers."""
        if self.share is None:
            return self.label
        texts = {tag: f"{text} ({self.share})" for tag, text in self.label}
        return LocalizedText.from_mapping(texts, default=self.label.source)


@dataclass(frozen=True, slots=True)
class ForecastAdvice:
    """Stored advice to serve another chain, with the clients gained and lost by it.

    `code` is one of app.trust.advice; `subject` and `issuer` are those of the certificate that the
    advice is about.
    """

    code: str
    subject: str
    issuer: str
    gained: tuple[Client, ...]
    lost: tuple[Client, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A future break of a target and the clients that it concerns.

    `at` is the first of the instants of its `clients`. `blamed_certificate` is the fingerprint
    of the certificate that ends and `subject` its name, empty without one. `step` is the newest
    warning that was sent, 1 for the earliest. `judged_at` is when the forecast was computed.
    """

    target: str
    host: str
    port: int
    at: datetime
    kind: BreakKind
    reason: Reason
    subject: str
    blamed_certificate: str | None
    clients: tuple[Client, ...]
    advice: ForecastAdvice | None
    step: int | None
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class ForecastWarning:
    """A warning sent to staff at `warned_at`, with the forecast as it was then."""

    forecast: Forecast
    warned_at: datetime
