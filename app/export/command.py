"""What `fyr export` does: where to, and once or continuously."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

from app.domain.errors import InvalidError
from app.export.bucket import opened_bucket
from app.export.folder import Folder
from app.export.site import Site
from app.export.sync import Destination, ExportResult, export_site
from app.export.watch import export_continuously
from app.usecases.database import Database

__all__ = ["destination_for", "run"]


def destination_for(destination: str, endpoint: str | None) -> Destination:
    """The folder or bucket of this name. Raises InvalidError for what is neither."""
    if destination.startswith("s3://"):
        return opened_bucket(destination, endpoint)
    if endpoint is not None:
        raise InvalidError("--endpoint is for s3://BUCKET/PREFIX.")
    if destination.startswith("file://"):
        parts = urlsplit(destination)
        if parts.netloc not in {"", "localhost"}:
            raise InvalidError(f"{destination} is on another machine.")
        return Folder(Path(unquote(parts.path)))
    if "://" in destination:
        raise InvalidError(f"{destination} is neither a folder nor s3://BUCKET/PREFIX.")
    return Folder(Path(destination))


def run(
    database: Database,
    base_url: str,
    mirror: Destination,
    told: Callable[[ExportResult], None],
    stop: Event | None = None,
) -> None:
    """Export once, or again and again until `stop` is set; tell what was done each time."""
    site = Site(base_url)
    with mirror.locked():
        if stop is None:
            told(export_site(database, site, mirror))
        else:
            export_continuously(database, site, mirror, stop, told)
