"""Tables of languages: what readers asked for, the translation provider, and the glossary."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Text
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = [
    "GlossaryTermRow",
    "LanguageDemandRow",
    "TranslationOutcomeRow",
    "TranslationProviderRow",
]


class LanguageDemandRow(Row, table=True):
    """Page views of a month (`2026-11`, UTC) by the language asked for and the one given."""

    __tablename__ = "language_demand"

    month: str = Field(sa_type=Text, primary_key=True)
    asked: str = Field(sa_type=Text, primary_key=True)
    given: str = Field(sa_type=Text, primary_key=True)
    views: int = Field(sa_type=BigInteger)


class TranslationProviderRow(Row, table=True):
    """The machine translation provider, one row at most (id 1).

    `key` is encrypted (usecases.encryption). `sends_drafts`: unpublished texts may leave the
    machine.
    """

    __tablename__ = "translation_provider"

    id: int = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    key: str | None = Field(default=None, sa_type=Text)
    sends_drafts: bool
    changed_at: datetime = instant()


class TranslationOutcomeRow(Row, table=True):
    """How many texts a provider of a kind translated with an outcome, and their characters."""

    __tablename__ = "translation_outcome"

    provider: str = Field(sa_type=Text, primary_key=True)
    outcome: str = Field(sa_type=Text, primary_key=True)
    texts: int = Field(sa_type=BigInteger)
    characters: int = Field(sa_type=BigInteger)


class GlossaryTermRow(Row, table=True):
    """A term of staff: `forms` has its permitted forms by language, the source language included.

    A term whose forms are of one language only is not translated.
    """

    __tablename__ = "glossary_term"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    forms: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = instant()
