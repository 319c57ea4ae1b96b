"""How the page looks: accents and links, between their row and the records."""

from collections.abc import Sequence

from app.db.tables import PageRow
from app.domain.localized_text import LocalizedText
from app.domain.page.appearance import (
    DARK_BACKGROUND,
    LIGHT_BACKGROUND,
    Accent,
    PageLink,
    check_accent,
    check_url,
)

__all__ = ["accent_of", "links_of", "set_appearance"]


def accent_of(row: PageRow) -> Accent | None:
    """The page's own colours, None where it has none."""
    if row.accent_light is None and row.accent_dark is None:
        return None
    return Accent(row.accent_light, row.accent_dark)


def links_of(row: PageRow) -> tuple[PageLink, ...]:
    """The links at the foot of each page, in their order."""
    return tuple(
        PageLink(
            LocalizedText.from_mapping(each["name"], default=row.default_language), each["url"]
        )
        for each in row.links or []
    )


def set_appearance(
    row: PageRow, light: str | None, dark: str | None, links: Sequence[PageLink] | None
) -> None:
    """Change what is not None; an accent of no characters takes it away. Raises InvalidError."""
    if light is not None:
        row.accent_light = (
            check_accent(light, LIGHT_BACKGROUND, field="accent_light") if light else None
        )
    if dark is not None:
        row.accent_dark = check_accent(dark, DARK_BACKGROUND, field="accent_dark") if dark else None
    if links is not None:
        row.links = [
            {"name": dict(each.name), "url": check_url(each.url, field="links")} for each in links
        ]
