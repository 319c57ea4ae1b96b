"""Items that readers of several kinds yield: intervals of uptime, and addresses to probe."""

from collections.abc import Iterator
from datetime import datetime

from app.domain.statuses import ServiceStatus
from app.importing.target_urls import target_of_url, without_credentials
from app.importing.times import rfc3339
from app.ports.importer import ImportItem, ItemKind, ReportEntry

__all__ = ["target_items", "uptime_item"]


def uptime_item(
    service: str, status: ServiceStatus, starts_at: datetime, ends_at: datetime, *, place: str
) -> ImportItem:
    """An interval in which a service did not work."""
    content = {
        "service": service,
        "status": status.value,
        "from": rfc3339(starts_at),
        "to": rfc3339(ends_at),
    }
    return ImportItem(ItemKind.UPTIME, content, place)


def target_items(
    url: str, ref: str, *, about: str = "", place: str = ""
) -> Iterator[ImportItem | ReportEntry]:
    """The address of the service `ref` to probe, from its URL; an entry when there is none.

    Credentials are dropped. Entries name `about`, which is `ref` by default, as `place` is.
    """
    address, had_secret = without_credentials(url)
    found = target_of_url(address)
    if found is None:
        yield ReportEntry("lost.target", about or ref)
        return
    if had_secret:
        yield ReportEntry("lost.secret", about or ref)
    host, port, starttls = found
    content = {"ref": ref, "host": host, "port": port, "starttls": starttls, "services": [ref]}
    yield ImportItem(ItemKind.TARGET, content, place or ref)
