from typing import Annotated

from pydantic import ConfigDict, Field

from app.usecases.page import glossary
from app.web.api.fields import RequestSchema, ResponseSchema

__all__ = ["GlossaryTerm", "GlossaryTerms", "NewGlossaryTerm"]

Forms = Annotated[
    dict[str, list[str]],
    Field(
        description="The permitted forms by language tag; `*` stands for any letters of a word. A "
        "term in one language only is a name, which is not translated.",
        max_length=100,
    ),
]


class NewGlossaryTerm(RequestSchema):
    """A term with its permitted forms."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"forms": {"en": ["outage"], "sv": ["avbrott*"]}}]}
    )

    forms: Forms


class GlossaryTerm(ResponseSchema):
    """A term that translations of a machine have to use."""

    id: str
    forms: Forms

    @classmethod
    def of(cls, term: glossary.GlossaryTerm) -> "GlossaryTerm":
        return cls(id=term.id, forms={tag: list(forms) for tag, forms in term.forms.items()})


class GlossaryTerms(ResponseSchema):
    """All terms of staff, oldest first."""

    items: list[GlossaryTerm]
