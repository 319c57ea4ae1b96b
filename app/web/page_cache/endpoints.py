"""The framework's way to a surface, for what is not in the store yet."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from app.domain.errors import NotFoundError
from app.domain.page.pages import PageFacts
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.serving.conditional_request import asked, wishes_in
from app.web.page_cache.serving.responses import page_response
from app.web.page_cache.surface import WORDLESS, LanguageRequest, Surface, Variant, variant_of

__all__ = ["route", "wished"]

_METHODS = ["GET", "HEAD"]


def route(router: APIRouter, surfaces: Sequence[Surface]) -> None:
    """Let `router` answer for these surfaces."""
    for surface in surfaces:
        paths = [surface.path]
        if surface.language_prefixed:
            paths.append(f"/{{tag}}{surface.path}")
        if surface.language_prefixed and surface.path == "/":
            paths.append("/{tag}")
        for path in paths:
            router.add_api_route(path, _handler(surface), methods=_METHODS, include_in_schema=False)


def _handler(surface: Surface) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        renderer: PageRenderer = request.app.state.fyr.renderer
        facts = await renderer.about()
        named = dict(request.path_params)
        tag = named.pop("tag", None)
        if tag is not None and tag.lower() not in facts.languages:
            raise NotFoundError("There is nothing at this address.")
        elsewhere = _canonical(request.url.path, tag)
        if elsewhere != request.url.path:
            return RedirectResponse(str(URL(path=elsewhere, query=request.url.query)), 308)
        if not surface.localized:
            page = await renderer.page(surface, named, WORDLESS)
            return page_response(request, page, page.tagged)
        variant = wished(request, facts, tag, machine_format=surface.machine_format)
        page = await renderer.page(surface, named, variant)
        return page_response(request, page, page.negotiated if tag is None else page.tagged)

    return handle


def wished(
    request: Request, facts: PageFacts, tag: str | None, *, machine_format: bool = False
) -> Variant:
    """The variant this request asks for."""
    accept = asked(request.scope["headers"]).accept_language.decode("latin-1")
    wishes = LanguageRequest(tag, wishes_in(request.scope["query_string"]), accept)
    return variant_of(wishes, facts, machine_format=machine_format)


def _canonical(path: str, tag: str | None) -> str:
    """The path with its language in lower case, and with the slash of a first page."""
    if tag is None:
        return path
    rest = path[len(tag) + 1 :]
    return f"/{tag.lower()}{rest or '/'}"
