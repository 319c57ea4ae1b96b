"""Components of Statuspage's API: services and service groups in its schema."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.page.listing import ListedGroup, ListedService, PageListing
from app.domain.records import AffectedService
from app.domain.statuses import ServiceStatus
from app.i18n.localization import Locale, localize
from app.rendering.text.machine_language import MachineLanguage, language_key, locale_for

__all__ = ["Components", "format_instant"]

Json = dict[str, Any]

# Rails writes these with a `Z`, every other zone with its offset, even if that is zero.
_UTC_ZONES = {"UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"}


def format_instant(at: datetime, zone: ZoneInfo) -> str:
    """An instant with milliseconds and the page's offset: `2021-09-30T14:01:15.000Z`."""
    if zone.key in _UTC_ZONES:
        return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return at.astimezone(zone).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Components:
    """Services and groups of a listing as JSON components, in one language."""

    listing: PageListing
    language: MachineLanguage
    locale: Locale
    zone: ZoneInfo
    by_slug: Mapping[str, ListedService]

    @classmethod
    def of(cls, listing: PageListing, language: MachineLanguage) -> "Components":
        """The components of a listing."""
        return cls(
            listing,
            language,
            locale_for(listing.page, language.language),
            ZoneInfo(listing.page.time_zone),
            {each.slug: each for each in (*listing.archived, *listing.services)},
        )

    def all(self) -> Sequence[Json]:
        """Groups and services by their position, which counts inside each group."""
        group_positions = {group.id: group.position for group in self.listing.groups}
        rows: list[tuple[tuple[int, int], Json]] = [
            ((each.position, 0), self._group(each)) for each in self.listing.groups
        ]
        rows += [
            ((each.position, group_positions.get(each.group_id or "", 0)), self.service(each))
            for each in self.listing.services
        ]
        return [row for _, row in sorted(rows, key=lambda each: each[0])]

    def service(self, service: ListedService) -> Json:
        """A service as component; it has no key `components`."""
        text = None
        if service.description is not None:
            text = localize(service.description, self.locale).text
        since = service.known_since.astimezone(self.zone).date().isoformat()
        row = self._row(service, description=text, showcase=True, start_date=since)
        return {**row, "group_id": service.group_id}

    def affected(self, services: Iterable[AffectedService]) -> list[Json]:
        """The components that an incident or maintenance affects."""
        return [self.service(self.by_slug[each.slug]) for each in services if self._knows(each)]

    def changes(self, services: Iterable[AffectedService]) -> list[Json] | None:
        """The changes of status in an update, None without any."""
        changes = [
            {
                "code": self.by_slug[each.slug].id,
                "name": self._full_name(self.by_slug[each.slug]),
                "old_status": (each.former or ServiceStatus.OPERATIONAL).value,
                "new_status": each.status.value,
            }
            for each in services
            if self._knows(each)
        ]
        return changes or None

    def _knows(self, service: AffectedService) -> bool:
        return service.slug in self.by_slug

    def _full_name(self, service: ListedService) -> str:
        name = localize(service.name, self.locale).text
        for group in self.listing.groups:
            if group.id == service.group_id:
                return f"{localize(group.name, self.locale).text} - {name}"
        return name

    def _group(self, group: ListedGroup) -> Json:
        row = self._row(group, description=None, showcase=False, start_date=None)
        return {**row, "group": True, "components": list(group.services)}

    def _row(
        self,
        listed: ListedService | ListedGroup,
        *,
        description: str | None,
        showcase: bool,
        start_date: str | None,
    ) -> Json:
        name = localize(listed.name, self.locale)
        return {
            "id": listed.id,
            "name": name.text,
            "status": listed.status.value,
            "created_at": format_instant(listed.created_at, self.zone),
            "updated_at": format_instant(max(listed.created_at, listed.updated_at), self.zone),
            "position": listed.position,
            "description": description,
            "showcase": showcase,
            "start_date": start_date,
            "group_id": None,
            "page_id": self.listing.page.id,
            "group": False,
            "only_show_if_degraded": False,
            **language_key(name, self.language),
        }
