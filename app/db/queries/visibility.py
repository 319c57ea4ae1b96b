"""What a visitor may see, said once. Every public query asks here, none says it again."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from app.db.tables import IncidentRow, MaintenanceRow, PostmortemRow

__all__ = ["visible"]

Publishable = IncidentRow | MaintenanceRow | PostmortemRow


def visible(table: type[Publishable], now: datetime) -> ColumnElement[bool]:
    """The condition under which rows of `table` may be seen: published by now, not deleted."""
    return and_(col(table.published_at) <= now, col(table.deleted_at).is_(None))
