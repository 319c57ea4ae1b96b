"""Badges and the icon of the page: small images that say the state in a shape and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.page.listing import PageListing
from app.domain.phrases import N_
from app.domain.statuses import ServiceStatus
from app.i18n import terms
from app.i18n.bidi import isolate
from app.i18n.languages import direction
from app.i18n.localization import Locale, localize
from app.rendering.filters.banner import banner_status
from app.rendering.formats.xml import render_xml
from app.rendering.text.machine_language import MachineLanguage, locale_for
from app.rendering.text.width import text_width, truncate

__all__ = ["THEMES", "BadgeTheme", "badge", "badge_dark", "favicon"]

_SAID = N_("%(name)s: %(status)s")
_SIZE = 12
_EDGE, _ICON, _GAP = 9.0, 14.0, 7.0
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class BadgeTheme:
    """The stylesheet's colours, as programs that know no oklch() take them."""

    paper: str
    line: str
    ink: str
    soft: str
    hues: Mapping[ServiceStatus, str]

    def __getitem__(self, name: str) -> str:
        """A colour of text by its name."""
        return {"ink": self.ink, "soft": self.soft}[name]


def _hues(*colours: str) -> Mapping[ServiceStatus, str]:
    return dict(zip(ServiceStatus, colours, strict=True))


_LIGHT = BadgeTheme(
    "#fcfbf8",
    "#dbdee3",
    "#1b222e",
    "#545b66",
    _hues("#25956f", "#386bb6", "#b5820c", "#d45e00", "#c51d28"),
)
_DARK = BadgeTheme(
    "#10151e",
    "#2d333d",
    "#e4e8ef",
    "#a5abb5",
    _hues("#47c496", "#6aa9ed", "#edc14d", "#f79643", "#f76560"),
)
THEMES = (_LIGHT, _DARK)


@dataclass(frozen=True, slots=True)
class TextBox:
    """A text, the middle of its place and its width."""

    text: str
    ink: str
    middle: float
    width: float


@dataclass(frozen=True, slots=True)
class _Badge:
    title: str
    language: str
    direction: str
    status: ServiceStatus
    width: float
    icon_x: float
    pieces: Sequence[TextBox]


def badge(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The badge of the page or of one service, for light surroundings."""
    return _drawn(listing, tongue, _LIGHT)


def badge_dark(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The badge of the page or of one service, for dark surroundings."""
    return _drawn(listing, tongue, _DARK)


def favicon(listing: PageListing, _tongue: MachineLanguage) -> bytes:
    """The icon of the page, with the shape of what is wrong on it."""
    status = banner_status(listing.banner)
    return render_xml("favicon.svg", status=status.value, hue=_LIGHT.hues[status])


def _drawn(listing: PageListing, tongue: MachineLanguage, theme: BadgeTheme) -> bytes:
    locale = locale_for(listing.page, tongue.language)
    status, name, said = _told(listing, locale)
    made = _laid_out(status, name, said, locale)
    return render_xml("badge.svg", badge=made, theme=theme, hue=theme.hues[status])


def _told(listing: PageListing, locale: Locale) -> tuple[ServiceStatus, str, str]:
    """Shape, name and words of what the listing is about."""
    say = locale.catalogue.gettext
    for service in listing.services:
        if service.slug == listing.service:
            name = localize(service.name, locale).text
            return service.status, name, say(terms.SERVICE_STATUS[service.status])
    name = localize(listing.page.name, locale).text
    return banner_status(listing.banner), name, say(terms.BANNER[listing.banner.text])


def _laid_out(status: ServiceStatus, name: str, said: str, locale: Locale) -> _Badge:
    short = truncate(name, _LONGEST_NAME)
    pieces, at = [], _EDGE + _ICON + _GAP
    for text, ink in ((short, "soft"), (said, "ink")):
        wide = round(text_width(text, _SIZE), 1)
        pieces.append(TextBox(text, ink, round(at + wide / 2, 1), wide))
        at += wide + _GAP
    whole = round(at - _GAP + _EDGE, 1)
    icon_x = _EDGE
    # In a script that runs from right to left everything stands the other way round.
    if direction(locale.language) == "rtl":
        icon_x = round(whole - _EDGE - _ICON, 1)
        pieces = [
            TextBox(each.text, each.ink, round(whole - each.middle, 1), each.width)
            for each in pieces
        ]
    title = locale.catalogue.gettext(_SAID) % {
        "name": isolate(name, locale.language),
        "status": said,
    }
    return _Badge(
        title, locale.language, direction(locale.language), status, whole, icon_x, tuple(pieces)
    )
