"""Queries on the languages that readers asked for."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import LanguageDemandRow

__all__ = ["add_views", "delete_before", "views_of", "views_since"]


def add_views(session: Session, month: str, views: Mapping[tuple[str, str], int]) -> None:
    """Add views to a month, by the language asked for and the language given."""
    # In one order, so that two processes that write at once do not wait for each other in a circle.
    rows = [
        {"month": month, "asked": asked, "given": given, "views": number}
        for (asked, given), number in sorted(views.items())
    ]
    insert = insert_into(session, LanguageDemandRow).values(rows)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[
                col(LanguageDemandRow.month),
                col(LanguageDemandRow.asked),
                col(LanguageDemandRow.given),
            ],
            set_={"views": col(LanguageDemandRow.views) + insert.excluded.views},
        )
    )


def views_of(session: Session, month: str) -> Sequence[tuple[str, str, int]]:
    """The views of a month as asked language, given language and number, most views first."""
    asked, given = col(LanguageDemandRow.asked), col(LanguageDemandRow.given)
    views = col(LanguageDemandRow.views)
    query = select(asked, given, views).where(col(LanguageDemandRow.month) == month)
    found = session.exec(query.order_by(views.desc(), asked, given)).all()
    return [(asked_, given_, number) for asked_, given_, number in found]


def views_since(session: Session, month: str) -> Mapping[str, int]:
    """The views of this month and later ones by the language asked for."""
    asked = col(LanguageDemandRow.asked)
    query = (
        select(asked, func.sum(col(LanguageDemandRow.views)))
        .where(col(LanguageDemandRow.month) >= month)
        .group_by(asked)
    )
    return {tag: int(number) for tag, number in session.exec(query).all()}


def delete_before(session: Session, month: str) -> None:
    """Delete the views of the months before `month`."""
    session.execute(delete(LanguageDemandRow).where(col(LanguageDemandRow.month) < month))
