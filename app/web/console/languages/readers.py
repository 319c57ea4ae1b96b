"""Console screen of languages: what readers asked for, what they were given, and who subscribes."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from app.domain.texts.localized_text import tag_and_parents
from app.usecases.page.language_demand import LanguageViews, subscribers_by_language, views_of_month
from app.web.console.kit.staff_request import StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/languages")


@dataclass(frozen=True, slots=True)
class _PublishedLanguage:
    """A published language: page views that asked for it, views given in it, and subscribers."""

    tag: str
    asked: int
    given: int
    subscribers: int


@router.get("")
def languages_page(request: Viewer) -> Response:
    """The languages of this month."""
    views = views_of_month(request.ctx)
    published = _published(request, views)
    in_use = [each for each in published if each.asked or each.given or each.subscribers]
    return request.page(
        "languages",
        unmet=[each for each in views if not _is_met(each)],
        published=sorted(in_use, key=lambda each: -each.asked),
        unused=[each.tag for each in published if each not in in_use],
    )


def _is_met(each: LanguageViews) -> bool:
    """Whether the page was in the language asked for, or in a parent of it."""
    return each.given in tag_and_parents(each.asked)


def _published(request: StaffRequest, views: list[LanguageViews]) -> list[_PublishedLanguage]:
    subscribers = subscribers_by_language(request.ctx)
    return [
        _PublishedLanguage(
            tag,
            asked=sum(each.views for each in views if each.asked == tag),
            given=sum(each.views for each in views if each.given == tag),
            subscribers=subscribers.get(tag, 0),
        )
        for tag in request.chrome.page.languages
    ]
