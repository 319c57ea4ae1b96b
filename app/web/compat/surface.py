"""One thing programs can read at one address: how its record is read and becomes bytes.

A surface answers from its path, its language and nothing else a visitor sends, so that whatever
keeps pages can keep it too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from app.domain.errors import NotFoundError
from app.domain.pages import PageFacts
from app.i18n.languages import SOURCE
from app.i18n.negotiate import decide, published
from app.rendering.tongue import Tongue
from app.usecases import public_pages
from app.usecases.context import Ctx
from app.web.deps import Reading, office_of
from app.web.public.answers import PAGE_CACHING, answer

__all__ = ["OPEN_TO_ALL", "Surface", "in_every_language", "preflight", "route"]

# Any site may read what anybody may read.
OPEN_TO_ALL: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Content-Language",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

_PREFLIGHT: Mapping[str, str] = {
    **OPEN_TO_ALL,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


@dataclass(frozen=True, slots=True)
class Surface:
    """`read` takes the context, the base URL and what the path names; `render` its record.

    `wire` says that others defined it, in English: then nobody is answered in the page's default
    language, and fixed words are only translated for clients that ask in the address.
    """

    path: str
    content_type: str
    read: Callable[..., Any]
    render: Callable[[Any, Tongue], bytes]
    wire: bool = False

    @property
    def is_tagged(self) -> bool:
        """Whether its language stands in its path."""
        return self.path.startswith("/{tag}/")


def in_every_language(
    path: str, content_type: str, read: Callable[..., Any], render: Callable[[Any, Tongue], bytes]
) -> tuple[Surface, Surface]:
    """The surface without a language, which is negotiated, and with one."""
    return (
        Surface(path, content_type, read, render),
        Surface(f"/{{tag}}{path}", content_type, read, render),
    )


def route(router: APIRouter, surfaces: Sequence[Surface]) -> None:
    """Let `router` answer for these surfaces."""
    for surface in surfaces:
        router.add_api_route(
            surface.path, _handler(surface), methods=["GET", "HEAD"], include_in_schema=False
        )
        router.add_api_route(surface.path, preflight, methods=["OPTIONS"], include_in_schema=False)


def preflight() -> Response:
    """What a browser asks before it lets a script of another site read."""
    return Response(status_code=204, headers=dict(_PREFLIGHT))


def _handler(surface: Surface) -> Callable[[Request, Ctx], Response]:
    def handle(request: Request, ctx: Reading) -> Response:
        return _answered(request, ctx, surface)

    return handle


def _answered(request: Request, ctx: Ctx, surface: Surface) -> Response:
    base_url = office_of(request).settings.base_url
    named = dict(request.path_params)
    page = public_pages.facts(ctx, base_url)
    tag = named.pop("tag", None)
    if tag is not None and tag.lower() not in page.languages:
        raise NotFoundError("There is nothing at this address.")
    if tag is not None and tag != tag.lower():
        path = f"/{tag.lower()}{request.url.path[len(tag) + 1 :]}"
        return RedirectResponse(str(URL(path=path, query=request.url.query)), 308)
    tongue = _tongue(request, page, tag, wire=surface.wire)
    body = surface.render(surface.read(ctx, base_url=base_url, **named), tongue)
    headers = {
        "Content-Type": surface.content_type,
        "Content-Language": tongue.language,
        "Cache-Control": PAGE_CACHING,
        **OPEN_TO_ALL,
    }
    vary = "Accept-Encoding" if surface.is_tagged else "Accept-Language, Accept-Encoding"
    return answer(request, body, headers, vary=vary)


def _tongue(request: Request, page: PageFacts, tag: str | None, *, wire: bool) -> Tongue:
    query = request.query_params
    asked = [*query.getlist("locale"), *query.getlist("lang")]
    languages = tuple(dict.fromkeys([*page.languages, SOURCE])) if wire else page.languages
    language = decide(
        tag,
        asked,
        request.headers.get("accept-language"),
        languages=languages,
        default=SOURCE if wire else page.default_language,
    )
    named = tag is not None or any(published(each, languages) for each in asked)
    return Tongue(language, asked=named or not wire)
