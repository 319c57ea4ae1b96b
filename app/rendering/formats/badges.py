"""Badges and the icon of the page: SVG images with the status as symbol and text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.page.listing import PageListing
from app.domain.statuses import ServiceStatus
from app.domain.texts.phrases import N_
from app.i18n.bidi import isolate
from app.i18n.catalogues import terms
from app.i18n.languages import direction
from app.i18n.localization import Locale, localize
from app.rendering.filters.headline import headline_text
from app.rendering.formats.xml import render_xml
from app.rendering.text.machine_language import MachineLanguage, locale_for
from app.rendering.text.width import text_width, truncate

__all__ = ["THEMES", "BadgeTheme", "badge", "badge_dark", "favicon"]

_TITLE = N_("%(name)s: %(status)s")
_SIZE = 12
_EDGE, _ICON, _GAP = 9.0, 14.0, 7.0
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class BadgeTheme:
    """Colours of the stylesheet as hexadecimal values, for SVG viewers without oklch()."""

    background: str
    line: str
    text_colour: str
    soft: str
    hues: Mapping[ServiceStatus, str]

    def __getitem__(self, name: str) -> str:
        """A text colour by its name."""
        return {"text_colour": self.text_colour, "soft": self.soft}[name]


def _status_colours(*colours: str) -> Mapping[ServiceStatus, str]:
    return dict(zip(ServiceStatus, colours, strict=True))


_LIGHT = BadgeTheme(
    "#fcfbf8",
    "#dbdee3",
    "#1b222e",
    "#545b66",
    _status_colours("#25956f", "#386bb6", "#b5820c", "#d45e00", "#c51d28"),
)
_DARK = BadgeTheme(
    "#10151e",
    "#2d333d",
    "#e4e8ef",
    "#a5abb5",
    _status_colours("#47c496", "#6aa9ed", "#edc14d", "#f79643", "#f76560"),
)
THEMES = (_LIGHT, _DARK)


@dataclass(frozen=True, slots=True)
class TextBox:
    """A text with its colour, horizontal centre and width."""

    text: str
    text_colour: str
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
    boxes: Sequence[TextBox]


def badge(listing: PageListing, language: MachineLanguage) -> bytes:
    """The badge of the page or of one service, for a light background."""
    return _render(listing, language, _LIGHT)


def badge_dark(listing: PageListing, language: MachineLanguage) -> bytes:
    """The badge of the page or of one service, for a dark background."""
    return _render(listing, language, _DARK)


def favicon(listing: PageListing, _language: MachineLanguage) -> bytes:
    """The icon of the page, with the symbol of its status unless it is operational."""
    status = listing.headline.status
    return render_xml("favicon.svg", status=status.value, hue=_LIGHT.hues[status])


def _render(listing: PageListing, language: MachineLanguage, theme: BadgeTheme) -> bytes:
    locale = locale_for(listing.page, language.language)
    status, name, label = _subject(listing, locale)
    badge = _layout(status, name, label, locale)
    return render_xml("badge.svg", badge=badge, theme=theme, hue=theme.hues[status])


def _subject(listing: PageListing, locale: Locale) -> tuple[ServiceStatus, str, str]:
    """Status, name and label of the page, or of the service that is listed."""
    catalogue = locale.catalogue
    for service in listing.services:
        if service.slug == listing.service:
            name = localize(service.name, locale).text
            return service.status, name, terms.SERVICE_STATUS[service.status].translate(catalogue)
    name = localize(listing.page.name, locale).text
    return listing.headline.status, name, headline_text(listing.headline, locale)


def _layout(status: ServiceStatus, name: str, label: str, locale: Locale) -> _Badge:
    short = truncate(name, _LONGEST_NAME)
    boxes, at = [], _EDGE + _ICON + _GAP
    for text, text_colour in ((short, "soft"), (label, "text_colour")):
        width = round(text_width(text, _SIZE), 1)
        boxes.append(TextBox(text, text_colour, round(at + width / 2, 1), width))
        at += width + _GAP
    total = round(at - _GAP + _EDGE, 1)
    icon_x = _EDGE
    # Right-to-left scripts mirror the layout.
    if direction(locale.language) == "rtl":
        icon_x = round(total - _EDGE - _ICON, 1)
        boxes = [
            TextBox(each.text, each.text_colour, round(total - each.middle, 1), each.width)
            for each in boxes
        ]
    title = locale.catalogue.gettext(_TITLE) % {
        "name": isolate(name, locale.language),
        "status": label,
    }
    return _Badge(
        title, locale.language, direction(locale.language), status, total, icon_x, tuple(boxes)
    )
