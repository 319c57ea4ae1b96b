"""Surfaces of the public pages: each has a negotiated URL and one per language."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from app.domain.page.logos import PictureKind
from app.domain.page.pages import HistoryPage, LanguagesPage, LogoPage, NotFoundPage, ThemePage
from app.rendering import pages
from app.rendering.filters import incident_chain
from app.rendering.formats import share_pictures
from app.usecases.context import Ctx
from app.usecases.public import history, report, subscribing
from app.usecases.public import pages as public_pages
from app.web.page_cache.first_page import FIRST_PAGE
from app.web.page_cache.static_files import IMMUTABLE
from app.web.page_cache.surface import Surface, Variant
from app.web.page_cache.surface_urls import (
    always_hot,
    current_logo,
    current_maintenances,
    current_theme,
    every_incident,
    every_logo,
    every_maintenance,
    every_month,
    every_picture,
    every_service,
    every_theme,
    every_window,
    no_url,
    open_incident_pictures,
    open_incidents,
)
from app.web.security import CONTENT_SECURITY_POLICY

__all__ = ["LANGUAGES_PAGE", "NOT_FOUND", "NOT_INDEXED", "SHARE_PICTURES", "SURFACES"]

# Feeds and link previews show the picture on other sites. Opened by itself it is sandboxed and may
# use only its inline style.
_PICTURE_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
NOT_INDEXED = (("X-Robots-Tag", "noindex"),)
# The form links to the manifest, which the policy of all pages refuses.
_SUBSCRIBE_HEADERS = (
    *NOT_INDEXED,
    ("Content-Security-Policy", f"{CONTENT_SECURITY_POLICY}; manifest-src 'self'"),
)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")

Render = Callable[[Any, Variant], bytes]


def _in_language(render: Callable[[Any, str], bytes]) -> Render:
    return lambda record, variant: render(record, variant.language)


def _this_month(ctx: Ctx, base_url: str) -> HistoryPage:
    return history.history(ctx, None, base_url)


def _month(ctx: Ctx, base_url: str, month: str) -> HistoryPage:
    return history.history(ctx, _first_day(month), base_url)


def _read_not_found(ctx: Ctx, base_url: str) -> NotFoundPage:
    return NotFoundPage(public_pages.facts(ctx, base_url))


def _read_languages(ctx: Ctx, base_url: str) -> LanguagesPage:
    return LanguagesPage(public_pages.facts(ctx, base_url))


def _stylesheet(record: ThemePage, _variant: Variant) -> bytes:
    return record.accent.css.encode()


def _logo(kind: PictureKind) -> Surface:
    def read(ctx: Ctx, digest: str, base_url: str) -> LogoPage:
        return public_pages.logo(ctx, kind, digest, base_url)

    return Surface(
        f"/logo-{{digest}}.{kind}",
        read,
        _bytes_of,
        content_type=kind.media_type,
        language_prefixed=False,
        localized=False,
        cache_control=IMMUTABLE,
        headers=_PICTURE_HEADERS,
        every=every_logo(kind),
        hot=current_logo(kind),
    )


def _subscribe_to(name: str, read: Callable[..., Any]) -> Surface:
    """The subscribe form for one subject, which the query names."""
    return Surface(
        f"/subscribe?{name}={{{name}}}",
        read,
        _in_language(pages.subscribe),
        headers=_SUBSCRIBE_HEADERS,
        every=no_url,
    )


def _bytes_of(record: LogoPage, _variant: Variant) -> bytes:
    return record.content


def _first_day(month: str) -> date:
    found = _MONTH.fullmatch(month)
    try:
        return date(int(found[1]), int(found[2]), 1) if found else date.min
    except ValueError:
        return date.min


# Its path is not a URL: it is served for every unknown URL.
NOT_FOUND = Surface(
    path="404",
    read=_read_not_found,
    render=_in_language(pages.not_found),
    language_prefixed=False,
    status=404,
    cache_control="public, max-age=5",
    hot=always_hot,
)

LANGUAGES_PAGE = Surface(
    "/languages",
    _read_languages,
    _in_language(pages.languages),
    headers=NOT_INDEXED,
    stand_in=lambda facts, variant: pages.languages(LanguagesPage(facts), variant.language),
    queries=True,
)

_INCIDENT_PICTURE, _PAGE_PICTURE = "/incidents/{public_id}/share.png", "/share.png"
# The paths of the pictures for link previews.
SHARE_PICTURES = frozenset({_INCIDENT_PICTURE, _PAGE_PICTURE})

# The first page is last: its `/{tag}` would match the other paths.
SURFACES = (
    Surface(
        "/incidents/{public_id}",
        public_pages.incident,
        _in_language(pages.incident),
        every=every_incident,
        hot=open_incidents,
    ),
    Surface(
        "/incidents/{public_id}/chain-{phase}.svg",
        public_pages.chain,
        _in_language(incident_chain.picture),
        content_type="image/svg+xml; charset=utf-8",
        headers=incident_chain.HEADERS,
        every=every_picture,
        hot=open_incident_pictures,
    ),
    Surface(
        _INCIDENT_PICTURE,
        public_pages.incident,
        _in_language(share_pictures.incident_picture),
        content_type="image/png",
        slow=True,
        headers=_PICTURE_HEADERS,
        every=every_incident,
    ),
    Surface(
        _PAGE_PICTURE,
        public_pages.overview,
        _in_language(share_pictures.overview_picture),
        content_type="image/png",
        slow=True,
        headers=_PICTURE_HEADERS,
        stand_in=_in_language(share_pictures.picture_without_status),
    ),
    Surface(
        "/theme-{digest}.css",
        public_pages.theme,
        _stylesheet,
        content_type="text/css; charset=utf-8",
        language_prefixed=False,
        localized=False,
        every=every_theme,
        hot=current_theme,
    ),
    *(_logo(kind) for kind in PictureKind),
    Surface(
        "/maintenances/{public_id}",
        history.maintenance,
        _in_language(pages.maintenance),
        every=every_maintenance,
        hot=current_maintenances,
    ),
    Surface(
        "/maintenances/{public_id}/{occurrence}",
        history.maintenance_window,
        _in_language(pages.maintenance),
        every=every_window,
    ),
    Surface(
        "/services/{slug}", public_pages.service, _in_language(pages.service), every=every_service
    ),
    Surface("/report", report.report, _in_language(pages.report), hot=always_hot),
    Surface(
        "/services/{slug}/report",
        report.service_report,
        _in_language(pages.report),
        every=every_service,
    ),
    Surface(
        "/subscribe",
        subscribing.subscribe,
        _in_language(pages.subscribe),
        headers=_SUBSCRIBE_HEADERS,
        every=no_url,
        hot=always_hot,
        by_query=tuple(
            (name, _subscribe_to(name, read))
            for name, read in (
                ("service", subscribing.subscribe_to_service),
                ("incident", subscribing.subscribe_to_incident),
                ("maintenance", subscribing.subscribe_to_maintenance),
            )
        ),
    ),
    Surface(
        "/subscribe/sent",
        subscribing.request_sent,
        _in_language(pages.request_sent),
        headers=NOT_INDEXED,
        every=no_url,
        hot=always_hot,
    ),
    LANGUAGES_PAGE,
    Surface("/history", _this_month, _in_language(pages.history), hot=always_hot),
    Surface("/history/{month}", _month, _in_language(pages.history), every=every_month),
    FIRST_PAGE,
)
