"""Conditions and queries on the search form of titles."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.db.tables import IncidentRow, MaintenanceRow

__all__ = ["rows_without_search_form", "title_conditions"]

Titled = IncidentRow | MaintenanceRow


def title_conditions(table: type[Titled], words: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """The conditions under which the title of a row contains each of the folded words."""
    for word in words:
        yield col(table.title_search).contains(word, autoescape=True)


def rows_without_search_form(session: Session, limit: int) -> Sequence[Titled]:
    """Rows whose title an older release stored, deleted ones too."""
    unindexed = col(IncidentRow.title_search).is_(None)
    incidents = session.exec(select(IncidentRow).where(unindexed).limit(limit)).all()
    unindexed = col(MaintenanceRow.title_search).is_(None)
    left = limit - len(incidents)
    maintenances = session.exec(select(MaintenanceRow).where(unindexed).limit(left)).all()
    return [*incidents, *maintenances]
