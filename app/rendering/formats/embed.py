"""Embeddable banner for other sites, shown while something is wrong: docs/embed.md."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from markupsafe import Markup

from app.domain.page.headline import HeadlineKind, worst_first
from app.domain.page.listing import PageListing
from app.domain.statuses import ServiceStatus
from app.i18n.catalogues.terms import ContextualText
from app.i18n.languages import direction
from app.i18n.localization import localize
from app.rendering.assets import asset_bytes
from app.rendering.environment import public_environment
from app.rendering.filters.headline import headline_text
from app.rendering.formats.badges import THEMES
from app.rendering.text.machine_language import MachineLanguage, locale_for

__all__ = ["STYLE_HASH", "banner_html", "banner_json", "script", "script_hash"]

# Translators: Closes the banner.
_CLOSE = ContextualText("button", "Close")

_HUES: Mapping[ServiceStatus, str] = THEMES[0].hues
# Without an open incident, these do not show the banner.
_FINE = frozenset({ServiceStatus.OPERATIONAL, ServiceStatus.UNDER_MAINTENANCE})
_STYLE = (
    "body{margin:0;font:15px/1.4 system-ui,sans-serif}"
    "a{display:block;padding:.6rem 1rem;color:CanvasText;background:Canvas;"
    "border-inline-start:4px solid;text-decoration:none}strong{display:block}"
    + "".join(f".{status}{{border-color:{colour}}}" for status, colour in _HUES.items())
)
STYLE_HASH = f"sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}"


@dataclass(frozen=True, slots=True)
class _BannerState:
    """The banner as JSON; `shown` is False while all is well, planned maintenance included."""

    indicator: str
    shown: bool
    text: str
    title: str | None
    url: str
    language: str
    direction: str
    colour: str
    close: str


def banner_json(listing: PageListing, language: MachineLanguage) -> bytes:
    """The banner for embed.js."""
    state = asdict(_state(listing, language))
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()


def banner_html(listing: PageListing, language: MachineLanguage) -> bytes:
    """The banner for an iframe: an empty page while all is well."""
    locale = locale_for(listing.page, language.language)
    page = public_environment(locale.catalogue).get_template("embed/banner.html")
    return page.render(
        state=_state(listing, language),
        status=listing.headline.status.value,
        style=Markup(_STYLE),  # noqa: S704  # a constant
    ).encode()


def script() -> bytes:
    """The script that other sites include."""
    return asset_bytes("embed.js")


def script_hash() -> str:
    """Hash of the script for the `integrity` attribute and Content-Security-Policy."""
    return f"sha384-{b64encode(hashlib.sha384(script()).digest()).decode()}"


def _state(listing: PageListing, language: MachineLanguage) -> _BannerState:
    locale = locale_for(listing.page, language.language)
    headline, worst = listing.headline, worst_first(listing.open_incidents)[:1]
    hue, title = _HUES[headline.status], None
    if headline.kind is HeadlineKind.INCIDENT:
        hue = _HUES[ServiceStatus.DEGRADED_PERFORMANCE]
    elif worst and worst[0].title not in headline.subjects:
        title = localize(worst[0].title, locale).text
    return _BannerState(
        indicator=listing.banner.indicator.value,
        shown=bool(worst) or headline.status not in _FINE,
        text=headline_text(headline, locale),
        title=title,
        url=f"{listing.page.base_url}/{language.language}/",
        language=language.language,
        direction=direction(language.language),
        colour=hue,
        close=_CLOSE.translate(locale.catalogue),
    )
