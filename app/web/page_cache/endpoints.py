"""Endpoints of surfaces: FastAPI routes for pages that the middleware does not find in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from app.domain.errors import NotFoundError
from app.domain.page.pages import PageFacts
from app.i18n.regional_formats import published_tag
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.serving.conditional_request import languages_in_query, parse_headers
from app.web.page_cache.serving.responses import page_response
from app.web.page_cache.surface import (
    NO_LANGUAGE,
    LanguageRequest,
    Surface,
    Variant,
    choose_variant,
)

__all__ = ["add_routes", "requested_variant", "served_tag"]

_METHODS = ["GET", "HEAD"]

ResultT = TypeVar("ResultT")


def add_routes(router: APIRouter, surfaces: Sequence[Surface]) -> None:
    """Add the routes of these surfaces to `router`."""
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
        facts = await renderer.page_facts()
        params = dict(request.path_params)
        tag = params.pop("tag", None)
        # The first request for a region compares its formats, which takes milliseconds.
        canonical = await _in_thread(lambda: _canonical(request.url.path, tag, facts.languages))
        if canonical != request.url.path:
            return RedirectResponse(str(URL(path=canonical, query=request.url.query)), 308)
        wanted, params = _by_query(surface, params, request)
        if not wanted.localized:
            page = await renderer.page(wanted, params, NO_LANGUAGE)
            return page_response(request, page, page.prefixed_headers)
        variant = await _in_thread(
            lambda: requested_variant(request, facts, tag, machine_format=wanted.machine_format)
        )
        page = await renderer.page(wanted, params, variant)
        if request.method == "GET":
            renderer.count_view(page, parse_headers(request.scope["headers"]))
        shared = page.negotiated_headers if tag is None else page.prefixed_headers
        return page_response(request, page, shared)

    return handle


async def _in_thread(work: Callable[[], ResultT]) -> ResultT:
    """The result of `work` in a thread that computes languages, and never waits for a database.

    The threads of the event loop store inbound events: while all of them wait for a transaction to
    end, a page that is not in memory would wait with them.
    """
    return await asyncio.get_running_loop().run_in_executor(_threads(), work)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="fyr-languages")


def _by_query(
    surface: Surface, params: dict[str, str], request: Request
) -> tuple[Surface, dict[str, str]]:
    """The surface that the query asks for, with its parameter; `surface` when it asks for none."""
    for name, specific in surface.by_query:
        if name in request.query_params:
            return specific, {name: request.query_params[name]}
    return surface, params


def requested_variant(
    request: Request, facts: PageFacts, tag: str | None, *, machine_format: bool = False
) -> Variant:
    """The variant for a request; `tag` is the language in its path."""
    accept = parse_headers(request.scope["headers"]).accept_language.decode("latin-1")
    languages = LanguageRequest(tag, languages_in_query(request.scope["query_string"]), accept)
    return choose_variant(languages, facts, machine_format=machine_format)


def served_tag(tag: str, languages: Sequence[str]) -> str:
    """The tag at the beginning of a path, in lower case: a published language or a regional tag.

    Raises NotFoundError for all other tags, also for those that are negotiated to a published one.
    """
    named = tag.lower()
    if published_tag(named, languages) is None:
        raise NotFoundError("There is nothing at this URL.")
    return named


def _canonical(path: str, tag: str | None, languages: Sequence[str]) -> str:
    """The path with the canonical tag, and with a slash where nothing follows it.

    Raises NotFoundError for a tag that is not served.
    """
    if tag is None:
        return path
    rest = path[len(tag) + 1 :]
    return f"/{served_tag(tag, languages)}{rest or '/'}"
