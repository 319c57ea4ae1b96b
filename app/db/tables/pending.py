"""Tables of pending texts, form drafts and saved replies."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.texts.localized_text import LocalizedText

__all__ = ["DraftRow", "PendingTextRow", "SavedReplyRow", "TemplateRow"]


class PendingTextRow(Row, table=True):
    """A publication command that is not executed yet, or its record after the decision.

    `verb` is the kind of the command and `content` its JSON, as `usecases.publication.commands`
    writes it. `due_at` is None for a text that a second person has to approve. `actor_user` is the
    public id of the user who wrote it, or whose API token sent it; None for a token without an
    owner. `remark` is the reason for a refusal; `dismissed_at` is when the author confirmed having
    read it.
    """

    __tablename__ = "pending_text"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    verb: str = Field(sa_type=Text)
    incident: str | None = Field(default=None, sa_type=Text, index=True)
    maintenance: str | None = Field(default=None, sa_type=Text, index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    actor_kind: str = Field(sa_type=Text)
    actor_name: str = Field(sa_type=Text)
    actor_role: str | None = Field(default=None, sa_type=Text)
    actor_user: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    submitted_at: datetime = instant()
    due_at: datetime | None = instant(nullable=True)
    outcome: str | None = Field(default=None, sa_type=Text, index=True)
    decided_at: datetime | None = instant(nullable=True)
    decided_by: str | None = Field(default=None, sa_type=Text)
    failure: str | None = Field(default=None, sa_type=Text)
    remark: str | None = Field(default=None, sa_type=Text)
    dismissed_at: datetime | None = instant(nullable=True)


class DraftRow(Row, table=True):
    """The fields of a form as its author typed them; `place` is such as `incident/<id>/update`."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("author", "place"),)

    id: int | None = Field(default=None, primary_key=True)
    author: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)
    fields: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    saved_at: datetime = instant(index=True)


class SavedReplyRow(Row, table=True):
    """A reusable text with placeholders such as `{service}`."""

    __tablename__ = "saved_reply"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    name: str = Field(sa_type=Text, unique=True)
    body: LocalizedText = Field(sa_column=Column(TextColumn, nullable=False))
    created_at: datetime = instant()
    updated_at: datetime = instant()


class TemplateRow(Row, table=True):
    """A template of an incident or a maintenance; `fields` are those of its form."""

    __tablename__ = "template"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    name: str = Field(sa_type=Text, unique=True)
    kind: str = Field(sa_type=Text)
    fields: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = instant()
