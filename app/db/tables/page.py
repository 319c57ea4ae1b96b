"""Tables of the page, its logo, and the revision of the public content."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Text, false, true
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.texts.localized_text import LocalizedText

__all__ = ["LogoRow", "PageRow", "RevisionRow"]


class PageRow(Row, table=True):
    """The page, one row. `languages` is in the order of the language menu.

    `undo_seconds`: the delay before a text of staff is published, 0 for none. `four_eyes`: a second
    person approves the texts of editors; with `four_eyes_automation`, staff approve the incidents
    of automation. `reminder_minutes`: the time without an update before staff are reminded. `links`
    have a `url` and a `name` by language tag. `logo_contains_name`: the logo contains the name.
    `former_texts_public`: visitors can read the former versions of edited texts. Subscribers are
    reminded of a window `announce_minutes` before it, 0 for never. `show_notified`: visitors see
    how many subscribers were notified. `postal_address` is at the end of mails.
    `unread_machine_languages`: pages show translations of a machine that no person has read.
    """

    __tablename__ = "page"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    name: LocalizedText = Field(sa_column=Column(TextColumn, nullable=False))
    time_zone: str = Field(sa_type=Text)
    default_language: str = Field(sa_type=Text)
    languages: list[str] = Field(sa_column=Column(JSON, nullable=False))
    undo_seconds: int = Field(default=10, sa_column_kwargs={"server_default": "10"})
    four_eyes: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    four_eyes_automation: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reminder_minutes: int = Field(default=30, sa_column_kwargs={"server_default": "30"})
    accent_light: str | None = Field(default=None, sa_type=Text)
    accent_dark: str | None = Field(default=None, sa_type=Text)
    links: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    logo_contains_name: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    former_texts_public: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    announce_minutes: int = Field(default=1440, sa_column_kwargs={"server_default": "1440"})
    show_notified: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    postal_address: str | None = Field(default=None, sa_type=Text)
    unread_machine_languages: list[str] | None = Field(default=None, sa_column=Column(JSON))
    created_at: datetime = instant()


class LogoRow(Row, table=True):
    """A picture of the logo for a `scheme`, `light` or `dark`.

    `content` was converted from the upload; `sha256` is its hash in hexadecimal.
    """

    __tablename__ = "logo"

    id: int | None = Field(default=None, primary_key=True)
    scheme: str = Field(sa_type=Text, unique=True)
    kind: str = Field(sa_type=Text)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    width: int
    height: int
    sha256: str = Field(sa_type=Text)
    changed_at: datetime = instant()


class RevisionRow(Row, table=True):
    """The revision, one row (id 1), incremented by every change that visitors can see."""

    __tablename__ = "revision"

    id: int | None = Field(default=None, primary_key=True)
    number: int
    changed_at: datetime = instant()
