"""What staff are told of the days ahead: records of the ledger of horizons and its warnings."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.horizon import BreakKind
from app.domain.localized_text import LocalizedText

__all__ = ["Client", "Forecast", "ForecastWarning", "Help"]


@dataclass(frozen=True, slots=True)
class Client:
    """A client profile as it was when it was judged for; profiles come and go.

    `share` is how many of the customers it is, as the operator wrote it. `reason` is what these
    clients make of the chain, at the instant `at` where one is given.
    """

    id: str
    label: LocalizedText
    tier: Tier
    share: str | None = None
    reason: Reason = Reason.OK
    at: datetime | None = None

    @property
    def named(self) -> LocalizedText:
        """Its name in every language it has one in, with its share of the customers."""
        if self.share is None:
            return self.label
        texts = {tag: f"{text} ({self.share})" for tag, text in self.label}
        return LocalizedText.from_mapping(texts, default=self.label.source)


@dataclass(frozen=True, slots=True)
class Help:
    """A chain to serve instead: which clients that saves and which it costs. `code` is one of
    app.trust.advice; `subject` and `issuer` are of the certificate that it is about.
    """

    code: str
    subject: str
    issuer: str
    saves: tuple[Client, ...]
    costs: tuple[Client, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """One thing that will end, and with it the trust of some clients in a target.

    `at` is the first of the instants of its `clients`. `subject` names the certificate to blame,
    empty when there is none, `culprit` is its fingerprint. `step` is the newest warning that was
    given of it, 1 for the earliest. `judged_at` is when this was worked out.
    """

    target: str
    host: str
    port: int
    at: datetime
    kind: BreakKind
    reason: Reason
    subject: str
    culprit: str | None
    clients: tuple[Client, ...]
    help: Help | None
    step: int | None
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class ForecastWarning:
    """A warning as it was given at `warned_at`."""

    forecast: Forecast
    warned_at: datetime
