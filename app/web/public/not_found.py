"""The page for addresses where there is nothing."""

from fastapi import Request, Response

from app.web.deps import office_of
from app.web.front.routes import answer_with, wished
from app.web.public.surfaces import NOT_FOUND

__all__ = ["not_found_page"]


def not_found_page(request: Request) -> Response:
    """What a visitor sees, in their language, who asked for nothing we have.

    Raises UnavailableError when that has never been rendered and cannot be now.
    """
    library = office_of(request).library
    first, _, _ = request.url.path.lstrip("/").partition("/")
    variant = wished(request, library.about_now(), first or None)
    page = library.page_now(NOT_FOUND, {}, variant)
    return answer_with(request, page, page.negotiated)
