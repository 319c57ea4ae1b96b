"""The pages visitors read. Each stands without a language, which is negotiated, and with one."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from app.domain.errors import NotFoundError
from app.rendering import pages
from app.usecases import public_pages
from app.usecases.context import Ctx
from app.web.deps import Reading, office_of
from app.web.public.answers import PAGE_CACHING, answer
from app.web.public.language import language_of
from app.web.public.not_found import not_found_page

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_METHODS = ["GET", "HEAD"]
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")

Record = TypeVar("Record")


@router.api_route("/incidents/{public_id}", methods=_METHODS)
@router.api_route("/{tag}/incidents/{public_id}", methods=_METHODS)
def incident(request: Request, ctx: Reading, public_id: str) -> Response:
    return _page(
        request,
        ctx,
        lambda ctx, base_url: public_pages.incident(ctx, public_id, base_url),
        pages.incident,
    )


@router.api_route("/services/{slug}", methods=_METHODS)
@router.api_route("/{tag}/services/{slug}", methods=_METHODS)
def service(request: Request, ctx: Reading, slug: str) -> Response:
    return _page(
        request,
        ctx,
        lambda ctx, base_url: public_pages.service(ctx, slug, base_url),
        pages.service,
    )


@router.api_route("/history", methods=_METHODS)
@router.api_route("/{tag}/history", methods=_METHODS)
def history(request: Request, ctx: Reading) -> Response:
    return _page(
        request,
        ctx,
        lambda ctx, base_url: public_pages.history(ctx, None, base_url),
        pages.history,
    )


@router.api_route("/history/{month}", methods=_METHODS)
@router.api_route("/{tag}/history/{month}", methods=_METHODS)
def month(request: Request, ctx: Reading, month: str) -> Response:
    return _page(
        request,
        ctx,
        lambda ctx, base_url: public_pages.history(ctx, _first_day(month), base_url),
        pages.history,
    )


# Last, because a tag can look like any other word.
@router.api_route("/", methods=_METHODS)
@router.api_route("/{tag}", methods=_METHODS)
@router.api_route("/{tag}/", methods=_METHODS)
def overview(request: Request, ctx: Reading) -> Response:
    return _page(request, ctx, public_pages.overview, pages.overview)


def _page(
    request: Request,
    ctx: Ctx,
    read: Callable[[Ctx, str], Record],
    render: Callable[[Record, str], bytes],
) -> Response:
    """The one way from a request to a page: record, bytes, response."""
    base_url = office_of(request).settings.base_url
    facts = public_pages.facts(ctx, base_url)
    tag = request.path_params.get("tag")
    if tag is not None and tag.lower() not in facts.languages:
        return not_found_page(request, ctx)
    elsewhere = _canonical(request.url.path, tag)
    if elsewhere != request.url.path:
        return RedirectResponse(str(URL(path=elsewhere, query=request.url.query)), 308)
    language = language_of(request, facts)
    try:
        record = read(ctx, base_url)
    except NotFoundError:
        return not_found_page(request, ctx)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Cache-Control": PAGE_CACHING,
    }
    vary = "Accept-Language, Accept-Encoding" if tag is None else "Accept-Encoding"
    return answer(request, render(record, language), headers, vary=vary)


def _canonical(path: str, tag: str | None) -> str:
    """The path with its language in lower case, and with the slash of a first page."""
    if tag is None:
        return path
    rest = path[len(tag) + 1 :]
    return f"/{tag.lower()}{rest or '/'}"


def _first_day(month: str) -> date:
    found = _MONTH.fullmatch(month)
    try:
        return date(int(found[1]), int(found[2]), 1) if found else date.min
    except ValueError:
        return date.min
