from fastapi import APIRouter

from app.domain.texts.standard_sentences import STANDARD_SENTENCES
from app.i18n.standard_sentences import sentence_template
from app.rendering.text.machine_language import locale_for
from app.web.api.fields import ListResponse
from app.web.api.incidents.standard_sentence_schemas import StandardSentence
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader

__all__ = ["router"]

router = APIRouter(prefix="/standard-sentences", tags=["saved replies"], route_class=JsonRoute)


@router.get("")
def list_standard_sentences(request: Reader) -> ListResponse[StandardSentence]:
    """All standard sentences, in each language of the page."""
    page = request.page
    return ListResponse(
        items=[
            StandardSentence(
                code=code,
                status=each.status,
                text={
                    tag: sentence_template(each, locale_for(page, tag)) for tag in page.languages
                },
            )
            for code, each in STANDARD_SENTENCES.items()
        ],
        next=None,
    )
