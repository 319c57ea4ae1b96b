"""Queries on the translation provider, the outcomes of its translations, and the glossary."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import GlossaryTermRow, TranslationOutcomeRow, TranslationProviderRow

__all__ = ["add_outcome", "find_term", "outcomes", "read_provider", "terms"]


def read_provider(session: Session) -> TranslationProviderRow | None:
    """The provider; None while translation is off."""
    return session.exec(select(TranslationProviderRow)).first()


def add_outcome(session: Session, key: tuple[str, str], texts: int, characters: int) -> None:
    """Add to the sums of a provider and an outcome."""
    values = {"provider": key[0], "outcome": key[1], "texts": texts, "characters": characters}
    insert = insert_into(session, TranslationOutcomeRow).values(values)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[
                col(TranslationOutcomeRow.provider),
                col(TranslationOutcomeRow.outcome),
            ],
            set_={
                "texts": col(TranslationOutcomeRow.texts) + texts,
                "characters": col(TranslationOutcomeRow.characters) + characters,
            },
        )
    )


def outcomes(session: Session) -> Sequence[TranslationOutcomeRow]:
    """The sums, in order of provider and outcome."""
    order = (col(TranslationOutcomeRow.provider), col(TranslationOutcomeRow.outcome))
    return session.exec(select(TranslationOutcomeRow).order_by(*order)).all()


def terms(session: Session) -> Sequence[GlossaryTermRow]:
    """The terms of staff, oldest first."""
    return session.exec(select(GlossaryTermRow).order_by(col(GlossaryTermRow.id))).all()


def find_term(session: Session, public_id: str) -> GlossaryTermRow | None:
    """A term by its public id; None when there is none."""
    query = select(GlossaryTermRow).where(col(GlossaryTermRow.public_id) == public_id)
    return session.exec(query).first()
