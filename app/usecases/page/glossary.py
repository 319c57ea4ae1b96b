"""Glossary of staff: terms with their permitted forms by language, for machine translation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db.queries.page import translation as queries
from app.db.tables import GlossaryTermRow
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.domain.validation import check_text, is_language_tag
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required

__all__ = ["GlossaryTerm", "add_term", "list_terms", "remove_term"]

_MAX_TERMS = 500
_MAX_LANGUAGES = 100
_MAX_FORMS = 20
_MAX_FORM = 100


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A term: its forms by language tag. With one language only, it is not translated at all."""

    id: str
    forms: Mapping[str, tuple[str, ...]]

    @property
    def is_name(self) -> bool:
        """Whether the term stays as it is in every language."""
        return len(self.forms) == 1


def list_terms(ctx: Ctx) -> list[GlossaryTerm]:
    """The terms, oldest first."""
    ctx.require(Action.READ)
    return [_record(row) for row in queries.terms(ctx.session)]


def add_term(ctx: Ctx, forms: Mapping[str, Sequence[str]]) -> GlossaryTerm:
    """Add a term. A form may begin or end with `*`, which stands for any letters of its word.

    Raises InvalidError naming `forms`.
    """
    ctx.require(Action.CONFIGURE)
    checked = {tag.lower(): [_form(each) for each in some] for tag, some in forms.items()}
    wrong = [tag for tag, some in checked.items() if not (is_language_tag(tag) and some)]
    if wrong or not checked or len(checked) > _MAX_LANGUAGES:
        raise InvalidError(
            "Give at least one form for each language, by tags such as 'en' or 'pt-br'.",
            code="invalid_forms",
            field="forms",
        )
    if any(len(some) > _MAX_FORMS for some in checked.values()):
        raise InvalidError(
            f"A term has at most {_MAX_FORMS} forms in a language.",
            code="out_of_range",
            field="forms",
            data={"least": 1, "most": _MAX_FORMS},
        )
    if len(queries.terms(ctx.session)) >= _MAX_TERMS:
        raise InvalidError(
            f"The glossary has at most {_MAX_TERMS} terms. Remove one first.",
            code="out_of_range",
            field="forms",
            data={"least": 0, "most": _MAX_TERMS},
        )
    row = GlossaryTermRow(public_id=new_id(), forms=checked, created_at=ctx.now)
    ctx.session.add(row)
    ctx.session.flush()
    audit.record(ctx, "glossary_term.add", "glossary_term", row.public_id, after=checked)
    return _record(row)


def remove_term(ctx: Ctx, term_id: str) -> None:
    """Remove a term. Raises NotFoundError."""
    ctx.require(Action.CONFIGURE)
    found = queries.find_term(ctx.session, term_id)
    row = required(found, "There is no such term.", code="term_not_found")
    before = dict(row.forms)
    ctx.session.delete(row)
    ctx.session.flush()
    audit.record(ctx, "glossary_term.remove", "glossary_term", term_id, before=before)


def _form(form: str) -> str:
    form = check_text(form, field="forms", limit=_MAX_FORM)
    if not form.strip("* ") or "\n" in form:
        raise InvalidError("A form is a word, or words.", code="empty_text", field="forms")
    return form


def _record(row: GlossaryTermRow) -> GlossaryTerm:
    forms = {tag: tuple(some) for tag, some in row.forms.items()}
    return GlossaryTerm(row.public_id, forms)
