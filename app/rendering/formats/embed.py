"""What stands on other people's pages while something is wrong here: docs/embed.md."""

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
class _State:
    """`shown` is whether anything is to be told: that something is planned is not."""

    indicator: str
    shown: bool
    text: str
    title: str | None
    url: str
    language: str
    direction: str
    colour: str
    close: str


def banner_json(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """What embed.js asks for."""
    state = asdict(_state(listing, tongue))
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()


def banner_html(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The same for a frame: an empty page while all is well."""
    locale = locale_for(listing.page, tongue.language)
    page = public_environment(locale.catalogue).get_template("embed/banner.html")
    return page.render(
        state=_state(listing, tongue),
        status=banner_status(listing.banner).value,
        style=Markup(_STYLE),  # noqa: S704  # our own
    ).encode()


def script() -> bytes:
    """The script that others put on their pages."""
    return asset_bytes("embed.js")


def script_hash() -> str:
    """What browsers know the script by: for `integrity` and for a page's own policy."""
    return f"sha384-{b64encode(hashlib.sha384(script()).digest()).decode()}"


def _state(listing: PageListing, tongue: MachineLanguage) -> _State:
    locale = locale_for(listing.page, tongue.language)
    say = locale.catalogue.gettext
    newest = listing.open_incidents[0] if listing.open_incidents else None
    indicator = listing.banner.indicator
    calm = indicator in {Indicator.NONE, Indicator.MAINTENANCE}
    text, hue = say(terms.BANNER[listing.banner.text]), _HUES[banner_status(listing.banner)]
    title = None if newest is None else localize(newest.title, locale).text
    if calm and title is not None:
        # Beside what goes on, a sentence that all is well would be wrong.
        text, title, hue = title, None, _HUES[ServiceStatus.DEGRADED_PERFORMANCE]
    return _State(
        indicator=indicator.value,
        shown=not calm or newest is not None,
        text=text,
        title=title,
        url=f"{listing.page.base_url}/{tongue.language}/",
        language=tongue.language,
        direction=direction(tongue.language),
        colour=hue,
        close=say(_CLOSE),
    )
