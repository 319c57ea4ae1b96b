"""How something will look to visitors, in every language of the page, before they see it."""

import re
from dataclasses import dataclass
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.domain.page.pages import PageFacts
from app.domain.page.records import IncidentRecord, MaintenanceRecord
from app.domain.phrases import Text
from app.i18n.catalogs import translations
from app.i18n.languages import direction
from app.i18n.localization import Locale
from app.rendering.environment import public_environment

__all__ = ["Preview", "incident_previews", "maintenance_previews", "text_previews"]

Catalogue = NullTranslations | None

# What is not there yet cannot be led to, and each language shows the same element once more.
_LINK = re.compile(r'<a href="[/#][^"]*">(.*?)</a>', re.DOTALL)
_ID = re.compile(r' id="[^"]*"')


@dataclass(frozen=True, slots=True)
class Preview:
    """What those will see who read `tag`."""

    tag: str
    direction: str
    html: Markup


def incident_previews(
    page: PageFacts, incident: IncidentRecord, *, catalogue: Catalogue = None
) -> tuple[Preview, ...]:
    """The incident with its newest update, as it will stand on the first page."""
    return tuple(_preview(page, tag, catalogue, incident=incident) for tag in page.languages)


def maintenance_previews(
    page: PageFacts, window: MaintenanceRecord, *, catalogue: Catalogue = None
) -> tuple[Preview, ...]:
    """A window of a maintenance with its newest update, as it will stand on the first page."""
    return tuple(_preview(page, tag, catalogue, window=window) for tag in page.languages)


def text_previews(
    page: PageFacts, text: Text, *, catalogue: Catalogue = None
) -> tuple[Preview, ...]:
    """A text by itself, such as a postmortem."""
    return tuple(_preview(page, tag, catalogue, text=text) for tag in page.languages)


def _preview(page: PageFacts, tag: str, catalogue: Catalogue, **shown: object) -> Preview:
    words = catalogue or translations(tag)
    values = {
        "incident": None,
        "window": None,
        "text": None,
        **shown,
        "page": page,
        "locale": Locale(tag, page.default_language, ZoneInfo(page.time_zone), words),
        "language": tag,
        "direction": direction(tag),
        "home": f"/{tag}",
    }
    html = public_environment(words).get_template("public/preview.html").render(values)
    told = _ID.sub("", _LINK.sub(r"\1", html))
    return Preview(tag, direction(tag), Markup(told))  # noqa: S704  # it came out of a template
