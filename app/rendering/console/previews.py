"""Previews of texts in the console: the public page in every language, before publication."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.domain.page.pages import PageFacts
from app.domain.publication import PreviewContent
from app.i18n.catalogues.catalogs import translations
from app.i18n.languages import direction
from app.i18n.localization import Locale
from app.rendering.environment import public_environment

__all__ = ["Preview", "render_previews"]

# A preview links to nothing, since its subject may not exist yet. It has no ids, since its
# elements stand on the page once for each language.
_LINK = re.compile(r'<a href="[/#][^"]*">(.*?)</a>', re.DOTALL)
_ID = re.compile(r' id="[^"]*"')


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview in one language."""

    tag: str
    direction: str
    html: Markup


def render_previews(
    page: PageFacts,
    content: PreviewContent,
    languages: Sequence[str] | None = None,
    *,
    catalogue: NullTranslations | None = None,
) -> tuple[Preview, ...]:
    """The previews in `languages`, or in all of the page; none when there is nothing to show."""
    if content.is_empty:
        return ()
    tags = page.languages if languages is None else languages
    return tuple(_preview(page, content, tag, catalogue) for tag in tags)


def _preview(
    page: PageFacts, content: PreviewContent, tag: str, catalogue: NullTranslations | None
) -> Preview:
    catalogue = catalogue or translations(tag)
    values = {
        "incident": content.incident,
        "window": content.window,
        "text": content.text,
        "page": page,
        "locale": Locale(tag, page.default_language, ZoneInfo(page.time_zone), catalogue),
        "language": tag,
        "direction": direction(tag),
        "home": f"/{tag}",
    }
    html = public_environment(catalogue).get_template("public/preview.html").render(values)
    html = _ID.sub("", _LINK.sub(r"\1", html))
    return Preview(tag, direction(tag), Markup(html))  # noqa: S704  # rendered by a template
