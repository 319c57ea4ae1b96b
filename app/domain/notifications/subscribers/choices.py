"""What a subscriber chose: the subjects, the levels, the language and the time zone."""

from dataclasses import dataclass

from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.statuses import Impact

__all__ = ["Choices", "Followed"]


@dataclass(frozen=True, slots=True)
class Followed:
    """The subjects that a subscriber follows; the whole page when it names none.

    `services` are slugs, `incidents` and `maintenances` public ids.
    """

    services: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    maintenances: tuple[str, ...] = ()

    @property
    def is_whole_page(self) -> bool:
        """Whether everything on the page is followed."""
        return not (self.services or self.incidents or self.maintenances)


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of a subscriber.

    `minimum` is the smallest impact of incidents. Without a `time_zone`, times are in that of the
    page.
    """

    language: str
    followed: Followed = Followed()
    incidents: IncidentLevel = IncidentLevel.ALL
    maintenances: MaintenanceLevel = MaintenanceLevel.PLANNED
    minimum: Impact = Impact.NONE
    time_zone: str | None = None
