"""Tables of incidents: updates, postmortems, former texts, and evidence of automation."""

from datetime import datetime

from sqlalchemy import Column, Text, true
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.texts.phrases import Text as Words

__all__ = [
    "EvidenceRow",
    "FormerTextRow",
    "IncidentNoteRow",
    "IncidentRow",
    "IncidentUpdateRow",
    "PostmortemRow",
    "UpdateServiceRow",
]


class IncidentRow(Row, table=True):
    """An incident. Status, impact and services are derived from its updates; `is_open` is a cache.

    A draft has no `published_at`; `publish_at` is when automation will publish it. `cause` is the
    key by which automation groups alerts; `started_at` is the earlier of `stated_start_at`, which
    somebody stated, and the time of the first update. `edited_at` is when its start was corrected
    or an update was removed. `import_key` identifies the incident of an imported document,
    whatever is corrected later. `title_search` is the title in its languages, folded for search;
    None until the worker has indexed a title that an older release stored.
    """

    __tablename__ = "incident"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    title: Words = Field(sa_column=Column(TextColumn, nullable=False))
    title_search: str | None = Field(default=None, sa_type=Text)
    owner: str = Field(sa_type=Text)
    cause: str | None = Field(default=None, sa_type=Text, index=True)
    import_key: str | None = Field(default=None, sa_type=Text, index=True)
    impact_override: str | None = Field(default=None, sa_type=Text)
    is_open: bool = Field(index=True)
    started_at: datetime = instant(index=True)
    stated_start_at: datetime | None = instant(nullable=True)
    edited_at: datetime | None = instant(nullable=True)
    resolved_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    updated_at: datetime = instant()
    published_at: datetime | None = instant(nullable=True)
    publish_at: datetime | None = instant(nullable=True)
    deleted_at: datetime | None = instant(nullable=True)


class IncidentUpdateRow(Row, table=True):
    """An update of an incident. `next_update_at` is when it promises the next one."""

    __tablename__ = "incident_update"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    incident_id: int = Field(foreign_key="incident.id", index=True)
    status: str = Field(sa_type=Text)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    posted_at: datetime = instant()
    created_at: datetime = instant()
    edited_at: datetime | None = instant(nullable=True)
    removed_at: datetime | None = instant(nullable=True)
    next_update_at: datetime | None = instant(nullable=True)
    automatic: bool
    notify: bool


class UpdateServiceRow(Row, table=True):
    """The status an update gives a service."""

    __tablename__ = "incident_update_service"

    update_id: int = Field(primary_key=True, foreign_key="incident_update.id")
    service_id: int = Field(primary_key=True, foreign_key="service.id", index=True)
    status: str = Field(sa_type=Text)


class PostmortemRow(Row, table=True):
    __tablename__ = "postmortem"

    incident_id: int = Field(primary_key=True, foreign_key="incident.id")
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    created_at: datetime = instant()
    edited_at: datetime | None = instant(nullable=True)
    published_at: datetime | None = instant(nullable=True)
    deleted_at: datetime | None = instant(nullable=True)
    notify: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class FormerTextRow(Row, table=True):
    """A text before an edit. `subject` is `update`, `postmortem`, `incident` or `maintenance.*`."""

    __tablename__ = "former_text"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(sa_type=Text)
    subject_id: int = Field(index=True)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    replaced_at: datetime = instant()
    replaced_by: str = Field(sa_type=Text)


class IncidentNoteRow(Row, table=True):
    """An internal note of staff on an incident. Never public."""

    __tablename__ = "incident_note"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    incident_id: int = Field(foreign_key="incident.id", index=True)
    body: str = Field(sa_type=Text)
    written_at: datetime = instant()
    actor_kind: str = Field(sa_type=Text)
    actor_name: str = Field(sa_type=Text)


class EvidenceRow(Row, table=True):
    """An observation or proposal of automation about an incident that staff own. Never public."""

    __tablename__ = "evidence"

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    kind: str = Field(sa_type=Text)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    seen_at: datetime = instant()
