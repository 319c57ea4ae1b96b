from fastapi import APIRouter, Response

from app.usecases.page import glossary
from app.web.api.fields import PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.languages.glossary_schemas import (
    GlossaryTerm,
    GlossaryTerms,
    NewGlossaryTerm,
)
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/glossary-terms", tags=["languages"], route_class=JsonRoute)


@router.get("")
def list_glossary_terms(request: Reader) -> GlossaryTerms:
    """List the terms that staff added."""
    return GlossaryTerms(items=[GlossaryTerm.of(each) for each in glossary.list_terms(request.ctx)])


@router.post("", status_code=201, response_model=GlossaryTerm)
def add_glossary_term(term: NewGlossaryTerm, write: Writer) -> Response:
    """Add a term."""

    def act(request: ApiRequest) -> GlossaryTerm:
        return GlossaryTerm.of(glossary.add_term(request.ctx, term.forms))

    return write(act, status=201)


@router.delete("/{term_id}", status_code=204, responses={404: {}})
def remove_glossary_term(term_id: PublicId, write: Writer) -> Response:
    """Remove a term."""
    return write(lambda request: glossary.remove_term(request.ctx, term_id), status=204)
