"""The condition for rows that visitors may see. Every public query uses it."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_
from sqlmodel import col

from app.db.tables import IncidentRow, MaintenanceRow, PostmortemRow

__all__ = ["visible"]

Publishable = IncidentRow | MaintenanceRow | PostmortemRow


def visible(
    table: type[Publishable], now: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """The condition under which visitors may see rows of `table`: published, and not deleted."""
    return and_(col(table.published_at) <= now, col(table.deleted_at).is_(None))
