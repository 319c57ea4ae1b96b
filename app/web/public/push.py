"""Web Push: the subscription of a browser, its service worker, and the manifest for iOS."""

import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.channels.web_push import CHANNEL
from app.domain.errors import InvalidError
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.payloads.strict_json import EXTERNAL_LIMITS, JsonFormatError, read_json
from app.rendering import assets
from app.secret_keys import address_hashes
from app.usecases.context import Ctx
from app.usecases.subscribers.web_push import BrowserSubscription, PushRules, subscribe_browser
from app.web.dependencies import app_state
from app.web.page_cache.serving.responses import static_response
from app.web.page_cache.static_files import StaticFile
from app.web.problems import RefusedError
from app.web.public.visitor_requests import published_language, write_as_visitor
from app.web.requests.request_body import parse_body, read_body
from app.web.requests.visitor_address import visitor_address

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_WORKER = "push.js"
_READ = ["GET", "HEAD"]


async def _submitted(request: Request) -> BrowserSubscription:
    """The PushSubscription in the body, as browsers serialise it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise RefusedError(403, "cross_site", "The request was sent from another site.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusedError(415, "not_json", "Send the subscription as application/json.")
    raw = await read_body(request)
    return await parse_body(request.scope, lambda: _read(raw))


def _read(raw: bytes) -> BrowserSubscription:
    try:
        content = read_json(raw.decode("utf-8"), EXTERNAL_LIMITS)
    except (JsonFormatError, UnicodeError):
        raise RefusedError(400, "invalid_json", "The body is not valid JSON.") from None
    keys = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(keys, dict):
        raise InvalidError("The body is not a push subscription.", code="not_a_subscription")
    values = (content.get("endpoint"), keys.get("p256dh"), keys.get("auth"))
    endpoint, p256dh, auth = (each if isinstance(each, str) else "" for each in values)
    return BrowserSubscription(endpoint, p256dh, auth)


def _followed(query: Mapping[str, str]) -> Followed:
    """What the query of the subscribe page names; the whole page if it names nothing."""
    named = (query.get(name, "") for name in ("service", "incident", "maintenance"))
    return Followed(*((value,) if value else () for value in named))


@router.post("/{tag}/subscribe/push", status_code=201)
def subscribe(
    request: Request, tag: str, browser: Annotated[BrowserSubscription, Depends(_submitted)]
) -> Response:
    """Subscribe a browser; the answer has the link to change its subscription."""
    state = app_state(request)
    language = published_language(request, tag)
    choices = Choices(language, _followed(request.query_params))

    def act(ctx: Ctx) -> str:
        return subscribe_browser(
            ctx,
            address_hashes(state.settings),
            state.secret_box,
            PushRules(CHANNEL, state.settings.push_hosts),
            browser,
            choices,
            place=visitor_address(request),
        )

    link = write_as_visitor(request, act)
    body = json.dumps({"manage": f"/{language}/subscription/{link}"})
    return Response(body, 201, {"Cache-Control": "no-store"}, "application/json")


@router.api_route("/push.js", methods=_READ)
def service_worker(request: Request) -> Response:
    """The service worker, at the root of the site: it may show notifications of all its pages."""
    body, kind = assets.asset_bytes(_WORKER), assets.ASSETS[_WORKER]
    return static_response(request, StaticFile("/push.js", body, kind, "no-cache"))


@router.api_route("/manifest.webmanifest", methods=_READ)
def manifest(request: Request) -> Response:
    """The manifest, with which iOS lets an installed page receive notifications."""
    page = app_state(request).renderer.page_facts_blocking()
    name = page.name.choose(page.default_language, default=page.default_language).text
    content = {
        "name": name,
        "short_name": name[:30],
        "start_url": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#fbfaf7",
        "icons": [
            {"src": "/icon.png", "sizes": "192x192", "type": "image/png"},
            {"src": "/favicon.ico", "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    body = json.dumps(content, ensure_ascii=False)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(body, 200, headers, "application/manifest+json")
