"""Query of what every page shows: the page, its revision, its logo, and the public channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import func, true
from sqlmodel import Session, col

from app.db.queries.page.logos import LOGO_COLUMNS, LogoColumns
from app.db.queries.page.page import remember_page
from app.db.snapshot import sent_once
from app.db.tables import ChannelRow, LogoRow, PageRow, RevisionRow

__all__ = ["StoredFacts", "read_facts"]

_PUBLIC_KINDS = (
    sqlalchemy.select(func.aggregate_strings(col(ChannelRow.kind), " "))
    .where(col(ChannelRow.is_enabled), col(ChannelRow.is_public))
    .scalar_subquery()
)
# One row for each picture of the logo, and one without a logo.
_FACTS = (
    sqlalchemy.select(
        PageRow, col(RevisionRow.number), col(RevisionRow.changed_at), _PUBLIC_KINDS, *LOGO_COLUMNS
    )
    .select_from(PageRow)
    .join(RevisionRow, true())
    .outerjoin(LogoRow, true())
)


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """The page and its revision; `channels` are the kinds that visitors can subscribe with."""

    page: PageRow
    revision: int
    changed_at: datetime
    channels: Sequence[str]
    logos: Sequence[LogoColumns]


@sent_once
def read_facts(session: Session) -> StoredFacts:
    """What every page shows, in one statement instead of four."""
    found = session.execute(_FACTS).all()
    page, revision, changed_at, kinds, *_ = found[0]
    remember_page(session, page)
    return StoredFacts(
        page,
        revision,
        changed_at,
        tuple(sorted((kinds or "").split())),
        [LogoColumns(*picture) for _, _, _, _, *picture in found if picture[0] is not None],
    )
