"""`fyr export`: its destination and scope, and whether it runs once or continuously."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

from app.domain.errors import InvalidError
from app.export.bucket import opened_bucket
from app.export.folder import Folder
from app.export.scope import EVERY_PAGE, Scope
from app.export.site import Site
from app.export.sync import Destination, ExportResult, Progress, export_site
from app.export.watch import export_continuously
from app.settings import Settings
from app.usecases.database import Database
from app.web.formats.security_txt import SecurityText

__all__ = ["destination_for", "export_once", "follow", "scope_of", "site_of"]


def destination_for(address: str, endpoint: str | None) -> Destination:
    """The folder or bucket that the argument names. Raises InvalidError when it is neither."""
    if address.startswith("s3://"):
        return opened_bucket(address, endpoint)
    if endpoint is not None:
        raise InvalidError("--endpoint is for s3://BUCKET/PREFIX.")
    if address.startswith("file://"):
        parts = urlsplit(address)
        if parts.netloc not in {"", "localhost"}:
            raise InvalidError(f"{address} is on another machine.")
        return Folder(Path(unquote(parts.path)))
    if "://" in address:
        raise InvalidError(f"{address} is neither a folder nor s3://BUCKET/PREFIX.")
    return Folder(Path(address))


def site_of(settings: Settings, *, share_pictures: bool, markdown: bool) -> Site:
    """The site with these settings, as the options of the command say."""
    return Site(
        settings.base_url,
        share_pictures=share_pictures,
        markdown=markdown,
        security=SecurityText.of(settings),
    )


def scope_of(since: str | None, *, follow: bool) -> Scope:
    """The scope of an export with `--since TIME`. Raises InvalidError on what is not a time."""
    if since is None:
        return EVERY_PAGE
    if follow:
        raise InvalidError("--since is for a single export: --follow finds each change itself.")
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        at = None
    if at is None or (at.tzinfo is None and len(since) > len("2026-11-30")):
        raise InvalidError(
            f"{since} is not a time: --since takes a date, which begins in UTC, or a time with its "
            "offset, such as 2026-11-30T12:00+01:00."
        )
    return Scope(since=at if at.tzinfo else at.replace(tzinfo=UTC))


def export_once(
    database: Database,
    site: Site,
    destination: Destination,
    scope: Scope = EVERY_PAGE,
    progress: Progress = lambda _done, _total: None,
) -> ExportResult:
    """Export once; `progress` gets the progress."""
    with destination.locked():
        return export_site(
            database, site, destination, progress=progress, scope_of=lambda _ctx: scope
        )


def follow(
    database: Database,
    site: Site,
    destination: Destination,
    report: Callable[[ExportResult], None],
    stop: Event,
) -> None:
    """Export on every change until `stop` is set; `report` gets each result."""
    with destination.locked():
        export_continuously(database, site, destination, stop, report)
