from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, StrictStr

from app.usecases.imports.runs import run_options
from app.usecases.imports.runs.runs import ImportRun, ImportRunState
from app.web.api.fields import PUBLIC_ID_PATTERN, RequestSchema, ResponseSchema

__all__ = ["Import", "ImportFile", "NewImport"]

Line = Annotated[StrictStr, Field(max_length=200)]
Refs = Annotated[list[str], Field(description="At most 1,000.")]


class ImportOptions(RequestSchema):
    """The options of `fyr import`; docs/commands.md describes each."""

    page: Line | None = None
    time_zone: Line | None = None
    languages: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    maintenance: Annotated[StrictStr, Field(max_length=500)] | None = None
    targets: StrictBool = False
    history: StrictBool = False
    with_hidden: StrictBool = False
    skip_broken: StrictBool = False
    keep_open: StrictBool = False
    restore_deleted: StrictBool = False
    overwrite: StrictBool = False


class NewImport(RequestSchema):
    """An import to start: of the source at `address`, or of the uploaded `file` with this id.

    With `dry_run`, only the report is made; `apply` then imports what was read. The `token` of the
    source is stored encrypted until the source is read.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "statuspage", "address": "https://status.example.net"}]
        }
    )

    kind: Line
    address: Annotated[StrictStr, Field(max_length=2000)] | None = None
    file: Annotated[StrictStr, Field(pattern=PUBLIC_ID_PATTERN)] | None = None
    token: Annotated[StrictStr, Field(max_length=4096)] | None = None
    options: ImportOptions = ImportOptions()
    dry_run: StrictBool = True

    def to_import(self) -> run_options.NewImport:
        """The import for the use case."""
        options = self.options.model_dump()
        return run_options.NewImport(
            self.kind,
            (self.address or "").strip(),
            self.file or "",
            self.token or "",
            run_options.RunOptions.of(options),
            self.dry_run,
        )


class ImportFile(ResponseSchema):
    """An uploaded file, to be named by its id in an import within a day."""

    id: str
    name: str
    bytes: int


class ReportEntry(ResponseSchema):
    """A code of the report, such as `fixed.html`, with the ids that the source gave the things."""

    code: str
    count: int
    refs: Refs


class FieldChange(ResponseSchema):
    """A field that the import changes, with its values before and after."""

    name: str
    before: str
    after: str


class ItemChange(ResponseSchema):
    """A thing that is on the page already, and that the import changes or leaves."""

    kind: str
    ref: str
    outcome: str
    fields: list[FieldChange]


class ImportReport(ResponseSchema):
    """What the source has (`counts`), what happens to it (`outcomes`), and what to know about it.

    `changes` are at most 1,000.
    """

    source: str
    name: str
    written: bool
    counts: dict[str, int]
    outcomes: dict[str, int]
    report: list[ReportEntry]
    changes: list[ItemChange]


class Import(ResponseSchema):
    """An import. `phase` (reading, checking, writing) and `number` say how far it is.

    `problem` says why it failed. With `can_apply`, `apply` imports what was read, or resumes what
    was interrupted.
    """

    id: str
    kind: str
    source: str
    options: ImportOptions
    state: ImportRunState
    can_apply: bool
    phase: str | None
    number: int
    problem: str | None
    report: ImportReport | None
    actor: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, run: ImportRun) -> "Import":
        options: dict[str, Any] = run.options.as_json()
        return cls(
            id=run.id,
            kind=run.kind,
            source=run.source,
            options=ImportOptions(**options),
            state=run.state,
            can_apply=run.is_open,
            phase=run.phase,
            number=run.number,
            problem=run.problem,
            report=ImportReport.model_validate(run.report) if run.report else None,
            actor=run.actor,
            created_at=run.created_at,
            finished_at=run.finished_at,
        )
