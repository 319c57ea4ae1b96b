"""The page for what cannot be read now: it needs no database and no page to stand on."""

from fastapi import Request, Response

from app.i18n.languages import LANGUAGES, SOURCE
from app.i18n.negotiate import decide
from app.rendering import pages
from app.web.deps import office_of
from app.web.front.asking import asked, wishes_in

__all__ = ["unavailable_page"]


def unavailable_page(request: Request) -> Response:
    """What a visitor sees, in their language, where nothing can be shown."""
    facts = office_of(request).library.facts
    languages, default = (facts.languages, facts.default_language) if facts else (LANGUAGES, SOURCE)
    first, _, _ = request.url.path.lstrip("/").partition("/")
    known = asked(request.scope["headers"])
    accept = known.accept_language.decode("latin-1")
    wished = wishes_in(request.scope["query_string"])
    language = decide(first, wished, accept, languages=languages, default=default)
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Response(pages.unavailable(language), 503, headers, "text/html; charset=utf-8")
