"""The description of the API, for programs and for trying out. Nothing comes from third parties."""

import json
from pathlib import Path

import swagger_ui_bundle
from fastapi import APIRouter, Request, Response

from app import __version__
from app.domain.errors import NotFoundError
from app.web.api.openapi.document import description
from app.web.page_cache.serving.responses import bytes_response

__all__ = ["DOCS_POLICY", "router"]

router = APIRouter(include_in_schema=False)

# Swagger UI sets styles through the DOM and draws its icons from data: addresses.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_METHODS = ["GET", "HEAD"]
_CACHING = "public, max-age=300"
_BUNDLE = Path(str(swagger_ui_bundle.swagger_ui_path))
_OURS = Path(__file__).parent / "static"
_FILES = {
    "swagger-ui.css": (_BUNDLE, "text/css"),
    "swagger-ui-bundle.js": (_BUNDLE, "text/javascript"),
    "start.js": (_OURS, "text/javascript"),
}
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
    document = description(request.app)
    body = json.dumps(document).encode()
    return bytes_response(request, body, content_type="application/json", cache_control=_CACHING)


@router.api_route("/docs", methods=_METHODS)
def docs(request: Request) -> Response:
    """The page that lists every operation and tries it out."""
    return bytes_response(
        request,
        _PAGE.encode(),
        content_type="text/html; charset=utf-8",
        cache_control=_CACHING,
        headers=(("Content-Security-Policy", DOCS_POLICY),),
    )


@router.api_route("/docs/{name}", methods=_METHODS)
def docs_file(request: Request, name: str) -> Response:
    """A file of that page."""
    if name not in _FILES:
        raise NotFoundError("There is no such file.")
    folder, media_type = _FILES[name]
    return bytes_response(
        request,
        (folder / name).read_bytes(),
        content_type=f"{media_type}; charset=utf-8",
        cache_control=_CACHING,
    )
