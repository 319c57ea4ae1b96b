"""Tables of imported histories: what became of each thing of a source, and its former addresses."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = ["FormerPathRow", "ImportRefRow", "ImportRunRow", "ImportedIntervalRow"]


class ImportRefRow(Row, table=True):
    """What one thing of a source became here. It stays when that is deleted.

    `source` is the kind of source and `instance` which one: an address, or the name of a database.
    `subject` is the kind of thing and `subject_id` its row. `digest` identifies the content that
    was read; `parts` has the row and the digest of each update by its ref. `last_entry` is the
    newest audit entry at that time: a later one about the subject is an edit by somebody here.
    """

    __tablename__ = "import_ref"
    __table_args__ = (UniqueConstraint("source", "instance", "subject", "ref"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text)
    instance: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    ref: str = Field(sa_type=Text)
    subject_id: int = Field(index=True)
    digest: str = Field(sa_type=Text)
    parts: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    last_entry: int
    imported_at: datetime = instant()


class FormerPathRow(Row, table=True):
    """A path of the former page of an imported incident or maintenance; it redirects."""

    __tablename__ = "former_path"

    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(sa_type=Text, unique=True)
    subject: str = Field(sa_type=Text)
    subject_id: int


class ImportedIntervalRow(Row, table=True):
    """An interval of a service's past that no incident explains, from the checks of a source."""

    __tablename__ = "imported_interval"

    id: int | None = Field(default=None, primary_key=True)
    import_ref_id: int = Field(foreign_key="import_ref.id", index=True)
    service_id: int = Field(foreign_key="service.id", index=True)
    status: str = Field(sa_type=Text)
    started_at: datetime = instant()
    ended_at: datetime = instant(index=True)


class ImportRunRow(Row, table=True):
    """An import that staff or a program started, in the console or by API.

    `source` is an address, or the name of the uploaded file. The columns of the actor are those of
    the user or token that started or continued it; `problem` is why it failed, in English;
    `problem_code` and `problem_data` are the code and data of its message for staff.
    """

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    kind: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    is_upload: bool
    options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(sa_type=Text)
    is_resumed: bool = Field(default=False)
    problem: str | None = Field(default=None, sa_type=Text)
    problem_code: str | None = Field(default=None, sa_type=Text)
    problem_data: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True))
    )
    report: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    actor_kind: str = Field(sa_type=Text)
    actor_name: str = Field(sa_type=Text)
    actor_role: str | None = Field(default=None, sa_type=Text)
    actor_user: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = instant()
    started_at: datetime = instant()
    finished_at: datetime | None = instant(nullable=True)
