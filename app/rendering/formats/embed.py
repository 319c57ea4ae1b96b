"""Embeddable banner for other sites, shown while something is wrong: docs/embed.md."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from markupsafe import Markup

from app.domain.incidents.impact import Indicator
from app.domain.page.listing import PageListing
from app.domain.phrases import N_
from app.domain.statuses import ServiceStatus
from app.i18n import terms
from app.i18n.languages import direction
from app.i18n.localization import localize
from app.rendering.assets import asset_bytes
from app.rendering.environment import public_environment
from app.rendering.filters.banner import banner_status
from app.rendering.formats.badges import THEMES
from app.rendering.text.machine_language import MachineLanguage, locale_for

__all__ = ["STYLE_HASH", "banner_html", "banner_json", "script", "script_hash"]

_CLOSE = N_("Close")

_HUES: Mapping[ServiceStatus, str] = THEMES[0].hues
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
        status=banner_status(listing.banner).value,
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
    gettext = locale.catalogue.gettext
    newest = listing.open_incidents[0] if listing.open_incidents else None
    indicator = listing.banner.indicator
    is_fine = indicator in {Indicator.NONE, Indicator.MAINTENANCE}
    text, hue = gettext(terms.BANNER[listing.banner.text]), _HUES[banner_status(listing.banner)]
    title = None if newest is None else localize(newest.title, locale).text
    if is_fine and title is not None:
        # With an open incident, the sentence that all services work would be wrong.
        text, title, hue = title, None, _HUES[ServiceStatus.DEGRADED_PERFORMANCE]
    return _BannerState(
        indicator=indicator.value,
        shown=not is_fine or newest is not None,
        text=text,
        title=title,
        url=f"{listing.page.base_url}/{language.language}/",
        language=language.language,
        direction=direction(language.language),
        colour=hue,
        close=gettext(_CLOSE),
    )
