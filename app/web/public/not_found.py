"""The page for addresses where there is nothing."""

from fastapi import Request, Response

from app.domain.pages import NotFoundPage
from app.rendering import pages
from app.usecases import public_pages
from app.usecases.context import Ctx
from app.web.deps import office_of
from app.web.public.answers import answer
from app.web.public.language import language_of

__all__ = ["not_found_page"]


def not_found_page(request: Request, ctx: Ctx) -> Response:
    """What a visitor sees, in their language, who asked for nothing we have."""
    facts = public_pages.facts(ctx, office_of(request).settings.base_url)
    language = language_of(request, facts)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Cache-Control": "public, max-age=5",
    }
    body = pages.not_found(NotFoundPage(facts), language)
    return answer(request, body, headers, status=404, vary="Accept-Language, Accept-Encoding")
