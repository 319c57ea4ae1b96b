"""API documentation: the OpenAPI document, and Swagger UI served from this host.

Swagger UI comes from the files of the package `fastapi-swagger`, whose code is not used.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app import __version__
from app.domain.errors import NotFoundError
from app.web.api.openapi.document import openapi_json
from app.web.page_cache.serving.responses import bytes_response

__all__ = ["DOCS_POLICY", "router"]

router = APIRouter(include_in_schema=False)

# Swagger UI sets styles through the DOM and has its icons as data: URLs.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_METHODS = ["GET", "HEAD"]
_CACHE_CONTROL = "public, max-age=300"
_MEDIA_TYPES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
}
_START_SCRIPT = Path(__file__).parent / "static" / "start.js"
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Fyr: the API</title>
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/api/docs/swagger-ui.css?{__version__}">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js?{__version__}"></script>
<script src="/api/docs/start.js?{__version__}"></script>
</body>
</html>
"""


@router.api_route("/openapi.json", methods=_METHODS)
def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    return bytes_response(
        request,
        openapi_json(request.app),
        content_type="application/json",
        cache_control=_CACHE_CONTROL,
    )


@router.api_route("/docs", methods=_METHODS)
def docs(request: Request) -> Response:
    """The page of Swagger UI, which lists every operation and can send requests."""
    return bytes_response(
        request,
        _PAGE.encode(),
        content_type="text/html; charset=utf-8",
        cache_control=_CACHE_CONTROL,
        headers=(("Content-Security-Policy", DOCS_POLICY),),
    )


@router.api_route("/docs/{name}", methods=_METHODS)
def docs_file(request: Request, name: str) -> Response:
    """A script or stylesheet of the Swagger UI page. Raises NotFoundError."""
    if name not in _MEDIA_TYPES:
        raise NotFoundError("There is no such file.")
    path = _START_SCRIPT if name == _START_SCRIPT.name else _swagger_ui() / name
    return bytes_response(
        request,
        path.read_bytes(),
        content_type=f"{_MEDIA_TYPES[name]}; charset=utf-8",
        cache_control=_CACHE_CONTROL,
    )


@cache
def _swagger_ui() -> Path:
    """The folder with the files of Swagger UI, found without importing the package."""
    package = find_spec("fastapi_swagger")
    if package is None or package.origin is None:
        raise RuntimeError("The package fastapi-swagger is not installed.")
    return Path(package.origin).parent / "resources"
