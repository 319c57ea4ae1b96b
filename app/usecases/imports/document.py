"""Import of a document within one transaction: services and incidents with their whole history.

docs/import.md describes the format. Importing a document again changes nothing.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.importers.fyr import FORMER_FORMAT, document_items
from app.ports.importer import ItemKind
from app.usecases.context import Ctx
from app.usecases.imports.imports import HistoryImport, import_history

__all__ = ["FORMAT", "ImportResult", "import_document"]

FORMAT = FORMER_FORMAT


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The number of added services and incidents, and of those that existed already (`known`)."""

    services: int
    incidents: int
    known: int


def import_document(ctx: Ctx, document: object) -> ImportResult:
    """Import a document in the transaction of `ctx`.

    Raises InvalidError naming the path of the wrong value, ForbiddenError.
    """
    with TemporaryDirectory(prefix="fyr-import-") as folder:
        run = HistoryImport(
            reading=lambda: nullcontext(ctx),
            writing=lambda: nullcontext(ctx),
            spool=Path(folder) / "import",
        )
        report = import_history(run, document_items(document))
    services, incidents = report.new[ItemKind.SERVICE], report.new[ItemKind.INCIDENT]
    counted = ("services", "archived_services", "incidents")
    total = sum(report.counts[name] for name in counted)
    return ImportResult(services, incidents, total - services - incidents)
