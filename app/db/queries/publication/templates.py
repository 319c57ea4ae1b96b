"""Queries on templates of incidents and maintenances."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.db.tables import TemplateRow

__all__ = ["find_template", "list_templates", "template_named"]


def list_templates(session: Session) -> Sequence[TemplateRow]:
    """All templates, by name."""
    return session.exec(select(TemplateRow).order_by(col(TemplateRow.name))).all()


def find_template(session: Session, public_id: str) -> TemplateRow | None:
    """The template with this public id."""
    return session.exec(select(TemplateRow).where(TemplateRow.public_id == public_id)).first()


def template_named(session: Session, name: str) -> TemplateRow | None:
    """The template with this name."""
    return session.exec(select(TemplateRow).where(TemplateRow.name == name)).first()
