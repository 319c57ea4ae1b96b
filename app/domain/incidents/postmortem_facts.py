"""What is known for certain of an incident that is over, or goes on: the bones of a postmortem."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.forecast import Client
from app.domain.certificates.incident_chains import ShownChain
from app.domain.page.records import IncidentRecord
from app.domain.statuses import IncidentStatus

__all__ = ["PostmortemFacts"]


@dataclass(frozen=True, slots=True)
class PostmortemFacts:
    """`first_seen_at` is the first sighting of what went wrong, where automation saw it; `chains`
    are what it was about, as it failed and as it was mended; `hosts` are those that alerts named.
    """

    incident: IncidentRecord
    first_seen_at: datetime | None
    published_at: datetime | None
    hosts: tuple[str, ...]
    chains: tuple[ShownChain, ...]

    @property
    def begun_at(self) -> datetime:
        """When it began, as far as anybody knows."""
        return min(self.first_seen_at or self.incident.started_at, self.incident.started_at)

    @property
    def mended_at(self) -> datetime | None:
        """When it was first told that it had been mended; None while it has not."""
        ends = {IncidentStatus.MONITORING, IncidentStatus.RESOLVED}
        told = [update.posted_at for update in self.incident.updates if update.status in ends]
        return min(told, default=None)

    @property
    def clients(self) -> tuple[Client, ...]:
        """What it meant for each kind of client as it failed."""
        return self.chains[0].clients if self.chains else ()
