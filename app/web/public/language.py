"""The language of a request: the one decision of app.i18n.negotiate, asked with what was sent."""

from fastapi import Request

from app.domain.pages import PageFacts
from app.i18n.negotiate import decide

__all__ = ["language_of", "tag_in_path"]


def tag_in_path(request: Request) -> str | None:
    """What stands first in the path, where a language tag would."""
    first, _, _ = request.url.path.lstrip("/").partition("/")
    return first or None


def language_of(request: Request, page: PageFacts) -> str:
    """The published language to answer in."""
    query = request.query_params
    return decide(
        tag_in_path(request),
        [*query.getlist("locale"), *query.getlist("lang")],
        request.headers.get("accept-language"),
        languages=page.languages,
        default=page.default_language,
    )
