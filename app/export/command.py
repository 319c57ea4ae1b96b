"""`fyr export`: its destination, and whether it runs once or continuously."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

from app.domain.errors import InvalidError
from app.export.bucket import opened_bucket
from app.export.folder import Folder
from app.export.site import Site
from app.export.sync import Destination, ExportResult, Progress, export_site
from app.export.watch import export_continuously
from app.settings import Settings
from app.usecases.database import Database
from app.web.formats.security_txt import SecurityText

__all__ = ["destination_for", "run", "site_of"]


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


def run(
    database: Database,
    site: Site,
    destination: Destination,
    report: Callable[[ExportResult], None],
    stop: Event | None = None,
    progress: Progress = lambda _done, _total: None,
) -> None:
    """Export once, or on every change until `stop` is set; `report` gets each result.

    `progress` gets the progress of the only export.
    """
    with destination.locked():
        if stop is None:
            report(export_site(database, site, destination, progress=progress))
        else:
            export_continuously(database, site, destination, stop, report)
