"""Queries on the pictures of the logo."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.db.tables import LogoRow

__all__ = ["LOGO_COLUMNS", "LogoColumns", "find_content", "find_logo", "list_logos"]


class LogoColumns(NamedTuple):
    """A row without its content; `size` is in bytes."""

    scheme: str
    kind: str
    width: int
    height: int
    size: int
    sha256: str


_COLUMNS: dict[str, Any] = {each: getattr(LogoRow, each, None) for each in LogoColumns._fields}
_COLUMNS["size"] = func.length(col(LogoRow.content))
LOGO_COLUMNS = tuple(_COLUMNS.values())
_WITHOUT_CONTENT = sqlalchemy.select(*LOGO_COLUMNS)


def list_logos(session: Session) -> Sequence[LogoColumns]:
    """All pictures of the logo without their content, which pages do not need."""
    return [LogoColumns(*each) for each in session.execute(_WITHOUT_CONTENT)]


def find_logo(session: Session, scheme: str) -> LogoRow | None:
    """The picture for a colour scheme."""
    return session.exec(select(LogoRow).where(LogoRow.scheme == scheme)).first()


def find_content(session: Session, kind: str, digest: str) -> bytes | None:
    """The content of the picture of this kind whose SHA-256 starts with `digest`."""
    begins = func.substr(LogoRow.sha256, 1, len(digest)) == digest
    return session.exec(select(LogoRow.content).where(LogoRow.kind == kind, begins)).first()
