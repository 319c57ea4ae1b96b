"""Import of the history of a status page: read and checked as a whole, then written in batches."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.db.queries.imports import imports
from app.db.queries.page import page
from app.db.text_json import text_from_json
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.ports.importer import ImportItem, ItemKind, ReportEntry
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.imports.incidents import IncidentWriter, source_text
from app.usecases.imports.maintenances import MaintenanceWriter
from app.usecases.imports.prepared import FORMER_FORMAT, Prepared, Preparer
from app.usecases.imports.report import ImportReport, ItemOutcome
from app.usecases.imports.services import ServiceWriter
from app.usecases.imports.spool import Spool
from app.usecases.imports.state import ImportState, SourceInfo, WriteOptions
from app.usecases.imports.subscribers import AddRoom, SubscriberWriter
from app.usecases.imports.targets import AddTarget, write_targets
from app.usecases.imports.uptime import write_uptime
from app.usecases.incidents import uptime
from app.usecases.subscribers.addresses.address_hashes import AddressHashes

__all__ = [
    "BATCH",
    "MOST_AT_ONCE",
    "HistoryImport",
    "InterruptedImportError",
    "Progress",
    "import_history",
]

# Incidents of one transaction; up to MOST_AT_ONCE of them, everything is one transaction.
BATCH = 500
MOST_AT_ONCE = 5_000

# Called with the phase (reading, checking, writing) and the number of things so far.
Progress = Callable[[str, int], None]
Opener = Callable[[], AbstractContextManager[Ctx]]


class InterruptedImportError(ConflictError):
    """The import was interrupted between two batches; `--resume` goes on with it."""

    code = "import_interrupted"


@dataclass(frozen=True)
class HistoryImport:
    """What an import needs besides the items.

    `reading` and `writing` open transactions; `spool` is the file for what was read. `languages`
    are those to import, empty for all. `stop` reports whether somebody asked to stop. With
    `resume`, the complete spool file of an interrupted import is used instead of the items; with
    `reuse`, that of a dry run, which leaves it there with `keep_spool`. `lock` is the file whose
    lock excludes other imports. With `skip_broken`, things whose content is refused are left out:
    not groups and services, which others name. Up to `whole` incidents are one transaction; above,
    each `batch` of them is one.
    """

    reading: Opener
    writing: Opener
    spool: Path
    options: WriteOptions = field(default_factory=WriteOptions)
    languages: frozenset[str] = frozenset()
    hashes: AddressHashes | None = None
    add_room: AddRoom | None = None
    add_target: AddTarget | None = None
    progress: Progress = lambda _phase, _number: None
    stop: Callable[[], bool] = lambda: False
    resume: bool = False
    reuse: bool = False
    keep_spool: bool = False
    lock: Path | None = None
    skip_broken: bool = False
    batch: int = BATCH
    whole: int = MOST_AT_ONCE


# Nothing else names these by their refs.
_SKIPPABLE = frozenset(
    {
        ItemKind.INCIDENT,
        ItemKind.MAINTENANCE,
        ItemKind.SUBSCRIBER,
        ItemKind.UPTIME,
        ItemKind.TARGET,
    }
)


def import_history(run: HistoryImport, items: Iterable[ImportItem | ReportEntry]) -> ImportReport:
    """Import the history of a source; in a dry run, report what would be written.

    Nothing is written before everything is read and checked. Raises InvalidError naming the place
    of what is wrong, ForbiddenError, ConflictError when another import is running, and
    InterruptedImportError between two batches.
    """
    with run.reading() as ctx:
        ctx.require(Action.CONFIGURE)
        if not imports.lock_imports(ctx.session):
            raise ConflictError("Another import is running.", code="import_running")
        default = page.read_page(ctx.session).default_language
        preparer = Preparer(ctx.now, default, run.languages)
        with Spool(run.spool, run.lock, stays=run.keep_spool) as spool:
            if not ((run.resume or run.reuse) and spool.is_complete):
                spool.fill(_checked(run, preparer, items))
            # From here on the file is enough to go on.
            spool.keep = not run.options.is_trial
            try:
                return _Write(run, spool, preparer).everything()
            except InvalidError:
                spool.keep = False
                raise


def _checked(
    run: HistoryImport, preparer: Preparer, items: Iterable[ImportItem | ReportEntry]
) -> Iterator[Prepared | ReportEntry]:
    """Everything that the source has, each thing once."""
    seen: set[tuple[ItemKind, str]] = set()
    number = 0
    for item in items:
        if isinstance(item, ReportEntry):
            yield item
            continue
        try:
            prepared = preparer.prepare(item)
        except InvalidError:
            if not run.skip_broken or item.kind not in _SKIPPABLE:
                raise
            yield ReportEntry("skipped.broken", str(item.content.get("ref") or item.place))
            continue
        number += 1
        run.progress("reading", number)
        names = [(prepared.kind, prepared.ref)]
        if prepared.kind is ItemKind.MAINTENANCE:
            names.append((ItemKind.INCIDENT, prepared.ref))
        if prepared.kind is ItemKind.INCIDENT:
            names.append((ItemKind.MAINTENANCE, prepared.ref))
        if not seen.isdisjoint(names):
            yield ReportEntry("skipped.duplicate", prepared.ref)
            continue
        seen.add(names[0])
        yield prepared


class _Write:
    """Writes what the spool has."""

    def __init__(self, run: HistoryImport, spool: Spool, preparer: Preparer) -> None:
        self._run = run
        self._spool = spool
        self._preparer = preparer
        self._state: ImportState | None = None
        self._written = 0

    def everything(self) -> ImportReport:
        """Write all of it: as a whole, or above `whole` incidents in batches."""
        incidents = self._spool.survey().counts["incidents"]
        opener = self._run.reading if self._run.options.is_trial else self._run.writing
        with opener() as ctx:
            writer = self._begin(ctx)
            state = writer.state
            if incidents <= self._run.whole:
                for chunk in self._chunks():
                    self._write_chunk(writer, chunk)
                self._finish(state)
                return state.report
        chunks = self._chunks()
        for chunk in chunks:
            if self._run.stop():
                raise InterruptedImportError(
                    "The import was interrupted. Go on with --resume: what is written stays."
                )
            with opener() as ctx:
                state.ctx = ctx
                self._write_chunk(writer, chunk)
        with opener() as ctx:
            state.ctx = ctx
            self._finish(state)
        return state.report

    def _begin(self, ctx: Ctx) -> "_Writers":
        """Write the page, groups and services, and check what names services."""
        source = self._source()
        report = ImportReport(is_trial=self._run.options.is_trial)
        report.source, report.name = source.kind, source.name or source.instance
        report.add(*self._spool.entries())
        state = ImportState(ctx, source, self._run.options, report)
        state.load()
        survey = self._spool.survey()
        report.counts, state.first_named = dict(survey.counts), survey.first_named
        services = ServiceWriter(state)
        for item in self._spool.read(ItemKind.PAGE):
            services.write_page(item)
            if item.content["name"] is not None:
                report.name = source_text(text_from_json(item.content["name"]))
        services.write_groups(list(self._spool.read(ItemKind.GROUP)))
        services.write_services(list(self._spool.read(ItemKind.SERVICE)))
        self._check_services(state)
        return _Writers(state, IncidentWriter(state), services)

    def _source(self) -> SourceInfo:
        found = next(iter(self._spool.read(ItemKind.SOURCE)), None)
        if found is None:
            return SourceInfo("fyr", "")
        content = found.content
        is_former = content["format"] == FORMER_FORMAT
        return SourceInfo(content["kind"], content["instance"], content["name"], is_former)

    def _check_services(self, state: ImportState) -> None:
        """Raise InvalidError when something names a service that there is not."""
        for ref, place in self._preparer.places.items():
            state.service_id(ref, place)

    def _chunks(self) -> Iterator[list[Prepared]]:
        found = self._spool.read(ItemKind.INCIDENT)
        while chunk := list(islice(found, self._run.batch)):
            yield chunk

    def _write_chunk(self, writers: "_Writers", chunk: list[Prepared]) -> None:
        state = writers.state
        writers.incidents.write(chunk)
        self._written += len(chunk)
        self._run.progress("writing", self._written)
        self._record(state)

    def _finish(self, state: ImportState) -> None:
        """Write what follows the incidents, and derive the uptime once for each service."""
        MaintenanceWriter(state).write(list(self._spool.read(ItemKind.MAINTENANCE)))
        writer = SubscriberWriter(state, self._run.hashes, self._run.add_room)
        writer.write(list(self._spool.read(ItemKind.SUBSCRIBER)))
        write_uptime(state, self._spool.read(ItemKind.UPTIME))
        write_targets(state, self._run.add_target, self._spool.read(ItemKind.TARGET))
        for kind, ref in state.gone():
            state.report.change(kind, ref, ItemOutcome.GONE)
        if state.is_trial:
            return
        if state.touched or (self._run.resume and state.service_ids):
            uptime.rebuild(state.ctx, {*state.touched, *state.service_ids.values()})
            state.ctx.touch()
        self._record(state)

    def _record(self, state: ImportState) -> None:
        """Record the import in the audit log, with the first change that it makes."""
        if state.is_trial or not state.wrote or state.is_recorded:
            return
        state.is_recorded = True
        audit.record(
            state.ctx,
            "import",
            "page",
            page.read_page(state.ctx.session).public_id,
            after={
                "kind": state.source.kind,
                "instance": state.source.instance,
                **{name: number for name, number in state.report.counts.items() if number},
            },
        )


@dataclass
class _Writers:
    state: ImportState
    incidents: IncidentWriter
    services: ServiceWriter
