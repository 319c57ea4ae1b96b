"""Facts of an incident with which a postmortem begins."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.forecast import Client
from app.domain.certificates.incident_chains import ShownChain
from app.domain.records import IncidentRecord
from app.domain.statuses import IncidentStatus

__all__ = ["PostmortemFacts"]


@dataclass(frozen=True, slots=True)
class PostmortemFacts:
    """The facts of one incident, resolved or open.

    `first_seen_at` is when automation first observed the failure, None when it did not; `chains`
    are the certificate chains as they failed and as they were repaired; alerts name the `hosts`.
    """

    incident: IncidentRecord
    first_seen_at: datetime | None
    published_at: datetime | None
    hosts: tuple[str, ...]
    chains: tuple[ShownChain, ...]

    @property
    def begun_at(self) -> datetime:
        """The earliest known start."""
        return min(self.first_seen_at or self.incident.started_at, self.incident.started_at)

    @property
    def recovered_at(self) -> datetime | None:
        """The time of the first update that says `monitoring` or `resolved`; None before it."""
        ends = {IncidentStatus.MONITORING, IncidentStatus.RESOLVED}
        times = [update.posted_at for update in self.incident.updates if update.status in ends]
        return min(times, default=None)

    @property
    def clients(self) -> tuple[Client, ...]:
        """The effect of the failure on each kind of client."""
        return self.chains[0].clients if self.chains else ()
