"""CORS for machine formats: scripts of any site may read them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from fastapi import APIRouter, Response

from app.rendering.text.machine_language import MachineLanguage
from app.web.page_cache import endpoints
from app.web.page_cache.surface import Surface, Variant

__all__ = ["CORS_HEADERS", "PREFLIGHT_HEADERS", "add_routes", "cors_surface", "preflight"]

# The data is public, so every origin is allowed.
CORS_HEADERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Content-Language",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

PREFLIGHT_HEADERS: Mapping[str, str] = {
    **CORS_HEADERS,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


def cors_surface(
    path: str,
    content_type: str,
    read: Callable[..., Any],
    render: Callable[[Any, MachineLanguage], bytes],
    **more: Any,  # noqa: ANN401  # as Surface takes it
) -> Surface:
    """Surface with CORS headers for every origin."""
    return Surface(
        path,
        read,
        _with_language(render),
        content_type=content_type,
        headers=tuple(CORS_HEADERS.items()),
        **more,
    )


def add_routes(router: APIRouter, surfaces: Sequence[Surface]) -> None:
    """Add routes for these surfaces and for their CORS preflight requests."""
    endpoints.add_routes(router, surfaces)
    for surface in surfaces:
        for path in (surface.path, f"/{{tag}}{surface.path}")[: 1 + surface.language_prefixed]:
            router.add_api_route(path, preflight, methods=["OPTIONS"], include_in_schema=False)


def preflight() -> Response:
    """Response to a CORS preflight request."""
    return Response(status_code=204, headers=dict(PREFLIGHT_HEADERS))


@cache
def _with_language(
    render: Callable[[Any, MachineLanguage], bytes],
) -> Callable[[Any, Variant], bytes]:
    return lambda record, variant: render(
        record, MachineLanguage(variant.language, variant.explicit)
    )
