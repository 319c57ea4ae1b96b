"""The page's logos."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.db.tables import LogoRow

__all__ = ["LogoColumns", "find_content", "find_logo", "list_logos"]


class LogoColumns(NamedTuple):
    """A row without its bytes; `size` is how many they are."""

    scheme: str
    kind: str
    width: int
    height: int
    size: int
    sha256: str


def list_logos(session: Session) -> Sequence[LogoColumns]:
    """What is known of each logo; every page asks for it, and none for the bytes."""
    named: dict[str, Any] = {each: getattr(LogoRow, each, None) for each in LogoColumns._fields}
    named["size"] = func.length(col(LogoRow.content))
    return [LogoColumns(*each) for each in session.execute(sqlalchemy.select(*named.values()))]


def find_logo(session: Session, scheme: str) -> LogoRow | None:
    """The logo for light or dark."""
    return session.exec(select(LogoRow).where(LogoRow.scheme == scheme)).first()


def find_content(session: Session, kind: str, digest: str) -> bytes | None:
    """The bytes of the logo of this kind whose hash begins so."""
    begins = func.substr(LogoRow.sha256, 1, len(digest)) == digest
    return session.exec(select(LogoRow.content).where(LogoRow.kind == kind, begins)).first()
